package org.reprise.itests.matrix;

import java.util.ArrayList;
import java.util.List;

/**
 * What is done with a machine while it is recorded: each drives a device that meets the outside.
 *
 * @param name what it is about
 * @param feature machine feature; one that ends in {@code +watchdog} is that feature with a watchdog beside
 * @param guest its guest
 * @param noise what the host does meanwhile
 * @param script lines typed, each at its prompt; see {@link Step} for the others
 */
record Scenario(String name, String feature, String guest, Noise.Kind noise, List<String> script) {
    /** Lines of a script that are not typed. */
    static final class Step {
        /** Press the reset button. */
        static final String RESET_BUTTON = "!reset";
        /** Pause for a while and go on. */
        static final String PAUSE = "!pause";
        /** Stop the machine while it runs. */
        static final String STOP = "!stop";
        /** What follows is typed at the virtio console, once it asks for it. */
        static final String TYPE_AT_VIRTIO = "!virtio ";
        /** Go on after so many instructions, with nothing printed or typed. */
        static final String INSTRUCTIONS = "!instructions ";

        private Step() {
        }
    }

    /** Two recordings of a scenario without input must have the same digests at the same instructions. */
    boolean withoutInput() {
        return script.get(0).startsWith(Step.INSTRUCTIONS);
    }

    /** Each device of each machine; recorded under each kind of noise by turns. */
    static List<Scenario> all() {
        List<Scenario> all = new ArrayList<>();
        for (String width : List.of("riscv64", "riscv32")) {
            boolean wide = width.equals("riscv64");
            String feature = "virt-" + width;
            String guest = "demo-" + width;
            all.add(new Scenario("serial-" + width, feature, guest, wide ? Noise.Kind.QUIET : Noise.Kind.DELAYS,
                List.of("hello\b\b\b\b\bhelp", "a line of some length, typed in pieces of any size as it comes, until it is full", "hash",
                    "quit")));
            all.add(new Scenario("clock-" + width, feature, guest, wide ? Noise.Kind.CONTENTION : Noise.Kind.QUIET,
                List.of("time", "alarm", "alarm", "time", "quit")));
            all.add(new Scenario("disk-" + width, feature, guest, wide ? Noise.Kind.DELAYS : Noise.Kind.GARBAGE,
                List.of("disk", "pairs", "pairs", "disk", "quit")));
            all.add(new Scenario("random-" + width, feature, guest, wide ? Noise.Kind.GARBAGE : Noise.Kind.ARRIVAL,
                List.of("random", "random", "random", "quit")));
            all.add(new Scenario("network-" + width, feature, guest, wide ? Noise.Kind.CONTENTION : Noise.Kind.DELAYS,
                List.of("net", "pairs", "net", "hash", "quit")));
            all.add(new Scenario("virtio-console-" + width, feature, guest, wide ? Noise.Kind.DELAYS : Noise.Kind.QUIET,
                List.of("console", Step.TYPE_AT_VIRTIO + "a line of some length, typed in pieces of any size as it comes", "console",
                    Step.TYPE_AT_VIRTIO + "more", "hash", "quit")));
            all.add(new Scenario("reset-" + width, feature, guest, wide ? Noise.Kind.ARRIVAL : Noise.Kind.CONTENTION,
                wide ? List.of("reset", "time", "quit") : List.of("time", Step.PAUSE, Step.RESET_BUTTON, "pairs", Step.STOP)));
        }
        all.add(new Scenario("watchdog-riscv64", "virt-riscv64+watchdog", "demo-riscv64", Noise.Kind.DELAYS,
            List.of("watchdog", "alarm", "bite", "watchdog", "quit")));
        all.add(new Scenario("watchdog-riscv32", "virt-riscv32+watchdog", "demo-riscv32", Noise.Kind.CONTENTION,
            List.of("watchdog", "quit")));
        all.add(new Scenario("paging-riscv64", "virt-riscv64", "bench-riscv64/paging.elf", Noise.Kind.QUIET,
            List.of(Step.INSTRUCTIONS + 60_000_000, Step.STOP)));
        all.add(new Scenario("traps-riscv64", "virt-riscv64", "bench-riscv64/traps.elf", Noise.Kind.QUIET,
            List.of(Step.INSTRUCTIONS + 40_000_000, Step.STOP)));
        return all;
    }

    /** What the golden recordings hold: all devices in one. */
    static List<Scenario> golden() {
        List<Scenario> all = new ArrayList<>();
        for (String width : List.of("riscv64", "riscv32")) {
            all.add(new Scenario("devices-" + width, "virt-" + width, "demo-" + width, Noise.Kind.QUIET,
                List.of("time", "random", "disk", "pairs", "alarm", "reset", "hash", "quit")));
        }
        all.add(new Scenario("watchdog-riscv64", "virt-riscv64+watchdog", "demo-riscv64", Noise.Kind.QUIET,
            List.of("watchdog", "bite", "quit")));
        return all;
    }
}
