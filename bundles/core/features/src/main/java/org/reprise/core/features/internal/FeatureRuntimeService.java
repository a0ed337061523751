package org.reprise.core.features.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.feature.Feature;
import org.osgi.service.feature.FeatureBundle;
import org.osgi.service.feature.FeatureConfiguration;
import org.osgi.service.feature.FeatureService;
import org.osgi.service.feature.ID;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.core.features.FeatureRuntime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads feature files with the Felix Feature service; bundles come from the distribution's repository folder, as files. */
@Component
public final class FeatureRuntimeService implements FeatureRuntime {
    private static final Logger LOG = LoggerFactory.getLogger(FeatureRuntimeService.class);
    private static final String MACHINE = "machine";

    private final BundleContext context;
    private final FeatureService features;
    private final ConfigurationAdmin configurations;
    private final Path folder;
    private final Path repository;
    private final Map<String, String> installed = new LinkedHashMap<>();

    /** For the component runtime. */
    @Activate
    public FeatureRuntimeService(BundleContext context, @Reference FeatureService features, @Reference ConfigurationAdmin configurations) {
        this.context = context;
        this.features = features;
        this.configurations = configurations;
        String home = context.getProperty("reprise.home");
        Path base = Path.of(home == null ? "." : home);
        folder = base.resolve("features");
        repository = base.resolve("repository");
    }

    @Override
    public List<String> available() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).filter(n -> n.endsWith(".json")).map(n -> n.substring(0, n.length() - 5)).sorted()
                .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    @Override
    public synchronized List<String> installed() {
        return List.copyOf(installed.values());
    }

    @Override
    public synchronized List<String> install(String name, Map<String, String> settings) {
        Feature feature = read(name);
        Map<String, Map<String, Object>> configured = configurations(feature, settings);
        List<Bundle> fresh = bundles(feature);
        List<String> machines = new ArrayList<>();
        try {
            // parts first, machines last: a machine then finds its parts at once; it would wait for them in any other order, too
            for (boolean machine : new boolean[] {false, true}) {
                for (Map.Entry<String, Map<String, Object>> c : configured.entrySet()) {
                    if (isMachine(c.getKey()) == machine) {
                        configure(c.getKey(), c.getValue());
                        if (machine) {
                            machines.add(c.getKey().substring(c.getKey().indexOf('~') + 1));
                        }
                    }
                }
            }
            for (Bundle b : fresh) {
                if ((b.adapt(BundleRevision.class).getTypes() & BundleRevision.TYPE_FRAGMENT) == 0) {
                    b.start();
                }
            }
        } catch (IOException | BundleException e) {
            throw new MachineException(ExitCode.FEATURE, "feature " + name + " cannot be started: " + e.getMessage(), e);
        }
        installed.put(feature.getID().getArtifactId(), feature.getID().toString());
        LOG.info("feature {}: {} bundles installed, machines {}", feature.getID(), fresh.size(), machines);
        return machines;
    }

    private Feature read(String name) {
        boolean path = name.endsWith(".json");
        Path file = path ? Path.of(name) : folder.resolve(name + ".json");
        if (!path && name.contains("/") || !Files.isRegularFile(file)) {
            throw new MachineException(ExitCode.FEATURE, path ? "feature file " + name + " does not exist: name a file, or one of "
                + String.join(", ", available()) : "no such feature: " + name + "; there are " + String.join(", ", available()));
        }
        try (Reader in = Files.newBufferedReader(file)) {
            return features.readFeature(in);
        } catch (IOException | RuntimeException e) {
            throw new MachineException(ExitCode.FEATURE, "feature file " + file + " is broken: " + e.getMessage()
                + "; it must be an OSGi feature in JSON", e);
        }
    }

    private static boolean isMachine(String pid) {
        return pid.startsWith(Machine.PID + "~");
    }

    /** The feature's configurations by PID with the settings put in. */
    private static Map<String, Map<String, Object>> configurations(Feature feature, Map<String, String> settings) {
        Map<String, Map<String, Object>> all = new LinkedHashMap<>();
        Map<String, String> pidOfPart = new HashMap<>();
        for (FeatureConfiguration c : feature.getConfigurations().values()) {
            String pid = c.getPid();
            Map<String, Object> values = new LinkedHashMap<>(c.getValues());
            if (isMachine(pid)) {
                values.put("feature", feature.getID().toString());
                pidOfPart.put(MACHINE, pid);
            } else {
                pidOfPart.put(pid.substring(pid.indexOf('~') + 1), pid);
            }
            all.put(pid, values);
        }
        settings.forEach((key, value) -> {
            int dot = key.indexOf('.');
            String pid = dot < 0 ? null : pidOfPart.get(key.substring(0, dot));
            if (pid == null) {
                throw new MachineException(ExitCode.USAGE, "setting " + key + "=" + value + ": feature " + feature.getID().getArtifactId()
                    + " has no such part; it has " + String.join(", ", new TreeSet<>(pidOfPart.keySet())) + " (write PART.KEY=VALUE)");
            }
            all.get(pid).put(key.substring(dot + 1), value);
        });
        return all;
    }

    private void configure(String pid, Map<String, Object> values) throws IOException {
        int tilde = pid.indexOf('~');
        Configuration c = tilde < 0 ? configurations.getConfiguration(pid, "?")
            : configurations.getFactoryConfiguration(pid.substring(0, tilde), pid.substring(tilde + 1), "?");
        c.updateIfDifferent(new Hashtable<>(values));
    }

    private List<Bundle> bundles(Feature feature) {
        List<Bundle> fresh = new ArrayList<>();
        for (FeatureBundle fb : feature.getBundles()) {
            Path jar = locate(fb.getID());
            if (!Files.isRegularFile(jar)) {
                throw new MachineException(ExitCode.FEATURE, "feature " + feature.getID() + " names the bundle " + fb.getID()
                    + ", which is not in the repository: " + jar);
            }
            String location = jar.toUri().toString();
            if (context.getBundle(location) != null) {
                continue;
            }
            try (InputStream in = Files.newInputStream(jar)) {
                Bundle b = context.installBundle(location, in);
                Object level = fb.getMetadata().get("bundleStartLevel");
                if (level != null) {
                    b.adapt(BundleStartLevel.class).setStartLevel(Integer.parseInt(level.toString()));
                }
                fresh.add(b);
            } catch (BundleException e) {
                // the same bundle is here already from another location: that one serves
                if (e.getType() != BundleException.DUPLICATE_BUNDLE_ERROR) {
                    throw new MachineException(ExitCode.FEATURE, "bundle " + fb.getID() + " of feature " + feature.getID()
                        + " cannot be installed: " + e.getMessage(), e);
                }
            } catch (IOException e) {
                throw new MachineException(ExitCode.FEATURE, "bundle " + jar + " cannot be read: " + e.getMessage(), e);
            }
        }
        context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(FrameworkWiring.class).resolveBundles(fresh);
        return fresh;
    }

    private Path locate(ID id) {
        String file = id.getArtifactId() + '-' + id.getVersion() + id.getClassifier().map(c -> '-' + c).orElse("") + '.' + id.getType().orElse("jar");
        return repository.resolve(id.getGroupId().replace('.', '/')).resolve(id.getArtifactId()).resolve(id.getVersion()).resolve(file);
    }
}
