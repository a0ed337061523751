package org.reprise.core.machine;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;

/** Version and digest of the bundles that a machine consists of: those of its parts, and those that they are wired to. */
final class BundleDigests {
    private static final String PACKAGE = "osgi.wiring.package";
    /** Digests by bundle id and last change: a bundle is digested once. */
    private static final Map<String, String> CACHE = new ConcurrentHashMap<>();

    private BundleDigests() {
    }

    /** By symbolic name in order. */
    static SortedMap<String, String> of(Collection<Bundle> roots) {
        SortedMap<String, String> bundles = new TreeMap<>();
        for (Bundle bundle : closure(roots)) {
            bundles.put(bundle.getSymbolicName(), bundle.getVersion() + " sha256:" + digest(bundle));
        }
        return bundles;
    }

    private static Set<Bundle> closure(Collection<Bundle> roots) {
        Set<Bundle> seen = new LinkedHashSet<>(roots);
        ArrayDeque<Bundle> next = new ArrayDeque<>(roots);
        while (!next.isEmpty()) {
            BundleWiring wiring = next.remove().adapt(BundleWiring.class);
            for (BundleWire wire : wiring == null ? List.<BundleWire>of() : wiring.getRequiredWires(PACKAGE)) {
                Bundle provider = wire.getProvider().getBundle();
                if (guestVisible(String.valueOf(wire.getCapability().getAttributes().get(PACKAGE))) && provider.getBundleId() != 0
                        && seen.add(provider)) {
                    next.add(provider);
                }
            }
        }
        return seen;
    }

    /** Logging and the framework's services do not change what a guest does. */
    private static boolean guestVisible(String packageName) {
        return !packageName.startsWith("org.slf4j") && !packageName.startsWith("org.osgi.");
    }

    private static String digest(Bundle bundle) {
        return CACHE.computeIfAbsent(bundle.getBundleId() + "@" + bundle.getLastModified(), key -> {
            try {
                Path jar = jar(bundle.getLocation());
                return HexFormat.of().formatHex(jar != null ? file(jar) : entries(bundle));
            } catch (IOException e) {
                throw new IllegalStateException("bundle " + bundle.getSymbolicName() + " cannot be digested: " + e.getMessage(), e);
            }
        });
    }

    private static Path jar(String location) {
        String file = location.startsWith("reference:") ? location.substring("reference:".length()) : location;
        if (!file.startsWith("file:")) {
            return null;
        }
        try {
            URI uri = URI.create(file);
            Path path = uri.isOpaque() ? Path.of(uri.getSchemeSpecificPart()) : Path.of(uri);
            return Files.isRegularFile(path) ? path : null;
        } catch (IllegalArgumentException e) {
            // A location is only a name by specification: one that is no file URL after all is digested by its entries.
            return null;
        }
    }

    private static byte[] file(Path jar) throws IOException {
        MessageDigest digest = ImageFile.sha256();
        try (InputStream in = Files.newInputStream(jar)) {
            feed(digest, in);
        }
        return digest.digest();
    }

    private static byte[] entries(Bundle bundle) throws IOException {
        MessageDigest digest = ImageFile.sha256();
        TreeMap<String, URL> entries = new TreeMap<>();
        var found = bundle.findEntries("/", "*", true);
        for (URL url : found == null ? List.<URL>of() : Collections.list(found)) {
            if (!url.getPath().endsWith("/")) {
                entries.put(url.getPath(), url);
            }
        }
        for (Map.Entry<String, URL> entry : entries.entrySet()) {
            digest.update(entry.getKey().getBytes(StandardCharsets.UTF_8));
            try (InputStream in = entry.getValue().openStream()) {
                feed(digest, in);
            }
        }
        return digest.digest();
    }

    private static void feed(MessageDigest digest, InputStream in) throws IOException {
        byte[] buffer = new byte[1 << 16];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            digest.update(buffer, 0, n);
        }
    }
}
