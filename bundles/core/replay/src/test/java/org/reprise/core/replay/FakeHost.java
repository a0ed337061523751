package org.reprise.core.replay;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.MachineStatus;
import org.reprise.api.replay.EventJournal;
import org.reprise.api.replay.ReplayHost;
import org.reprise.api.travel.TravelHost;

/** A machine without a guest: the test is its loop. */
final class FakeHost {
    final Map<String, String> manifest = new LinkedHashMap<>();
    List<String> parts = List.of("cpu0", "uart0", "disk0");
    List<String> components = List.of("cpu0", "ram", "uart0");
    List<String> blockers = List.of();
    MachineException refusal;
    EventJournal journal;
    MachineState state = MachineState.STOPPED;
    long icount;
    String problem;
    long traps;
    final List<String> pokes = new ArrayList<>();
    final Map<String, String> paths = new LinkedHashMap<>(Map.of("loader.kernel", "/images/Image"));
    List<String> written = List.of();

    FakeHost() {
        manifest.put("machine.parts", "cpu0,uart0,disk0");
        manifest.put("machine.feature", "org.reprise:virt-test:0.1.0");
        manifest.put("machine.ram", "64M");
        manifest.put("machine.shift", "3");
        manifest.put("part.uart0.type", "device ns16550a");
        manifest.put("part.uart0.address", "0x10000000");
        manifest.put("bundle.org.reprise.device.serial", "0.1.0 sha256:aa");
        manifest.put("image.loader.kernel", "4096 sha256:bb");
    }

    ReplayHost service() {
        return (ReplayHost) Proxy.newProxyInstance(FakeHost.class.getClassLoader(), new Class<?>[] {ReplayHost.class},
            (proxy, method, arguments) -> switch (method.getName()) {
                case "name" -> "test";
                case "manifest" -> new LinkedHashMap<>(manifest);
                case "imagePaths" -> new LinkedHashMap<>(paths);
                case "written" -> written;
                case "partNames" -> parts;
                case "digestComponents" -> components;
                case "blockers" -> blockers;
                case "status" -> new MachineStatus(state, journal != null && journal.replaying() ? "replay" : "live", icount, icount << 3, 0, false, null, 0);
                case "problem" -> Optional.ofNullable(problem);
                case "digests" -> digests();
                case "journal" -> journal;
                case "start" -> start((EventJournal) arguments[0]);
                case "pause" -> {
                    state = MachineState.PAUSED;
                    yield null;
                }
                case "inspect" -> traps;
                case "travel" -> travel();
                case "hashCode" -> System.identityHashCode(proxy);
                case "equals" -> proxy == arguments[0];
                default -> throw new UnsupportedOperationException(method.toString());
            });
    }

    private TravelHost travel() {
        return (TravelHost) Proxy.newProxyInstance(FakeHost.class.getClassLoader(), new Class<?>[] {TravelHost.class}, (proxy, method, arguments) -> {
            switch (method.getName()) {
                case "goLive" -> start((EventJournal) arguments[0]);
                case "check", "poke" -> pokes.add(method.getName() + " " + arguments[0]);
                default -> throw new UnsupportedOperationException(method.toString());
            }
            return null;
        });
    }

    private Map<String, Long> digests() {
        if (state == MachineState.STOPPED) {
            throw new MachineException(ExitCode.USAGE, "machine test is not assembled");
        }
        return Map.of("cpu0", 1L, "ram", 2L, "uart0", 3L);
    }

    private Object start(EventJournal with) {
        if (refusal != null) {
            throw refusal;
        }
        journal = with;
        state = MachineState.RUNNING;
        return null;
    }
}
