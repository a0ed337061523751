package org.reprise.debug.conform;

import java.io.IOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.reprise.api.command.ScriptedCommand;
import org.reprise.api.cpu.CpuArchitecture;
import org.reprise.api.cpu.InstructionSet;
import org.reprise.api.debug.GdbServers;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.core.features.FeatureRuntime;

/** {@code reprise conform}. An architecture's profile is found in its own bundle, under {@code conform/}. */
@Component(property = ScriptedCommand.NAME + "=conform")
public final class ConformCommand implements ScriptedCommand {
    private static final String FOLDER = "conform";
    private final BundleContext context;
    private final FeatureRuntime features;
    private final GdbServers servers;

    /** For the component runtime. */
    @Activate
    public ConformCommand(BundleContext context, @Reference FeatureRuntime features, @Reference GdbServers servers) {
        this.context = context;
        this.features = features;
        this.servers = servers;
    }

    @Override
    public ExitCode run(List<String> arguments) throws Exception {
        if (arguments.contains("--help")) {
            System.out.print(ConformOptions.HELP);
            return ExitCode.OK;
        }
        ConformOptions options = ConformOptions.parse(arguments);
        Profile profile = profile(options.architecture);
        return switch (options.suite) {
            case "random" -> new RandomSuite(profile, options, this).run();
            case "directed" -> new DirectedSuite(profile, options, this).run();
            case "program" -> new ProgramSuite(profile, options, this).run();
            case "boot" -> new BootSuite(profile, options, this).run();
            case "coverage" -> new CoverageSuite(profile, options, this).run();
            default -> throw ConformOptions.usage("no suite '" + options.suite + "'");
        };
    }

    /** Our machine of the profile. */
    Subject subject(Profile profile, Map<String, String> settings) throws IOException, InterruptedException {
        return new Subject(profile, context, features, servers, settings);
    }

    private Profile profile(String name) throws IOException {
        String feature = FOLDER + "-" + name;
        if (name.matches("[a-z0-9_]+") && features.available().contains(feature)) {
            features.install(feature, Map.of());
        }
        List<String> known = new ArrayList<>(new TreeSet<>(features.available().stream().filter(f -> f.startsWith(FOLDER + "-"))
            .map(f -> f.substring(FOLDER.length() + 1)).toList()));
        for (Bundle bundle : context.getBundles()) {
            Enumeration<URL> found = bundle.findEntries(FOLDER, name + ".properties", false);
            if (found != null) {
                return Profile.read(name, found.nextElement());
            }
        }
        throw new MachineException(ExitCode.CONFIGURATION, "no conformance profile '" + name + "'; there are " + String.join(", ", known));
    }

    /** The instructions of a CPU. */
    InstructionSet instructions(String architecture, String model) {
        try {
            for (ServiceReference<CpuArchitecture> r : context.getServiceReferences(CpuArchitecture.class, "(" + CpuArchitecture.ARCH + "="
                    + architecture + ")")) {
                CpuArchitecture service = context.getService(r);
                if (service != null) {
                    return service.instructions(model);
                }
            }
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException(architecture, e);
        }
        throw new MachineException(ExitCode.WAITING, "no CPU architecture " + architecture + " is installed");
    }
}
