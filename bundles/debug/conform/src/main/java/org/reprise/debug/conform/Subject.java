package org.reprise.debug.conform;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.reprise.api.debug.GdbServers;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.core.features.FeatureRuntime;
import org.reprise.debug.gdb.protocol.GdbClient;
import org.reprise.debug.gdb.protocol.Packets;

/** Our machine, halted before its first instruction, behind our own gdb server. */
final class Subject implements AutoCloseable {
    private static final long WAIT_MILLIS = 30_000;
    private final GdbServers servers;
    private final Machine machine;
    private final Path firmware;
    private final GdbClient client;

    /** @param settings of the machine feature, beyond the profile's */
    Subject(Profile profile, BundleContext context, FeatureRuntime features, GdbServers servers, Map<String, String> settings)
            throws IOException, InterruptedException {
        this.servers = servers;
        Map<String, String> all = new HashMap<>(profile.under("machine.set."));
        firmware = Files.createTempFile("reprise-conform", ".bin");
        if (profile.has("firmware")) {
            Files.write(firmware, Packets.bytes(profile.text("firmware")));
            all.put(profile.text("firmware.setting"), firmware.toString());
        }
        all.putAll(settings);
        machine = await(context, features.install(profile.text("machine"), all).get(0), all);
        machine.startPaused();
        client = new GdbClient("our machine", new InetSocketAddress(InetAddress.getLoopbackAddress(), servers.serve(machine, 0)));
    }

    /** The machine, once the settings have reached it: it may have been there with others. */
    private static Machine await(BundleContext context, String name, Map<String, String> settings) throws InterruptedException {
        for (long waited = 0; waited < WAIT_MILLIS; waited += 5) {
            try {
                for (ServiceReference<Machine> r : context.getServiceReferences(Machine.class, "(" + Machine.NAME + "=" + name + ")")) {
                    Machine m = context.getService(r);
                    if (m != null && m.status().state() != MachineState.WAITING && has(m, settings)) {
                        return m;
                    }
                }
            } catch (InvalidSyntaxException e) {
                throw new IllegalArgumentException(name, e);
            }
            Thread.sleep(5);
        }
        throw new MachineException(ExitCode.WAITING, "machine " + name + " did not become ready");
    }

    private static boolean has(Machine m, Map<String, String> settings) {
        return settings.entrySet().stream().filter(e -> e.getKey().startsWith("machine."))
            .allMatch(e -> e.getValue().equals(m.settings().get(e.getKey().substring("machine.".length()))));
    }

    GdbClient client() {
        return client;
    }

    @Override
    public void close() throws IOException {
        client.close();
        servers.end(machine.name());
        machine.stop();
        Files.deleteIfExists(firmware);
    }
}
