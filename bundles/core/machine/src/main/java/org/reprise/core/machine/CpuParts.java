package org.reprise.core.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.reprise.api.machine.Machine;
import org.reprise.core.machine.PartCatalog.PartConfiguration;

/**
 * The machine's key {@code cpus}: makes as many CPU parts as it says, all configured like the first one that the machine declares; one that has a
 * configuration of its own keeps it. They follow each other in the list of parts and are numbered: {@code cpu0, cpu1, …}.
 */
final class CpuParts {
    /** Most CPUs of a machine. */
    static final int MOST = 8;
    private final String machine;
    private final PartSettings settings;
    private final Set<String> copies = new TreeSet<>();

    CpuParts(String machine, PartSettings settings) {
        this.machine = machine;
        this.settings = settings;
    }

    /** Names of the CPUs that are configured like the first one because they have no configuration of their own. */
    Set<String> copies() {
        return copies;
    }

    /**
     * The list of parts with all CPUs.
     *
     * @param names the declared parts
     * @param configurations of the parts, by name; gets those of added CPUs
     * @throws IllegalArgumentException when {@code cpus} is out of range or does not fit what is declared
     */
    List<String> expand(List<String> names, Map<String, PartConfiguration> configurations) {
        if (!settings.has("cpus")) {
            return names;
        }
        long wanted = settings.number("cpus");
        if (wanted < 1 || wanted > MOST) {
            throw settings.bad("cpus", settings.text("cpus"), "is out of range; use 1.." + MOST);
        }
        String first = names.stream().filter(name -> configurations.containsKey(name)
                && configurations.get(name).factoryPid().equals(Machine.CPU_PID)).findFirst().orElse(null);
        if (first == null) {
            // the CPU's configuration has not arrived yet: the machine waits for it
            return names;
        }
        String stem = first.replaceFirst("\\d+$", "");
        if (!first.equals(stem + "0")) {
            throw settings.bad("cpus", settings.text("cpus"), "cannot number the CPUs after " + first + "; name the first one " + stem + "0");
        }
        List<String> all = new ArrayList<>(names);
        PartConfiguration pattern = configurations.get(first);
        for (int i = 1; i < wanted; i++) {
            String cpu = stem + i;
            if (!all.contains(cpu)) {
                all.add(all.indexOf(stem + (i - 1)) + 1, cpu);
            }
            if (!configurations.containsKey(cpu)) {
                configurations.put(cpu, new PartConfiguration(Machine.CPU_PID + "~" + cpu, Machine.CPU_PID, pattern.values()));
                copies.add(cpu);
            }
        }
        long there = all.stream().filter(name -> configurations.containsKey(name)
                && configurations.get(name).factoryPid().equals(Machine.CPU_PID)).count();
        if (there > wanted) {
            throw settings.bad("cpus", settings.text("cpus"), "is less than the " + there + " CPUs that machine " + machine
                    + " declares; take some out of its parts");
        }
        return all;
    }
}
