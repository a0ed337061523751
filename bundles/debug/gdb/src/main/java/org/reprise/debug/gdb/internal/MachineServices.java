package org.reprise.debug.gdb.internal;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.reprise.api.machine.Machine;
import org.reprise.api.replay.RecordReplay;
import org.reprise.api.travel.TimeTravel;

/** Services beside the machines, by machine; they come and go. Any thread. */
final class MachineServices {
    private final Map<String, TimeTravel> travels = new ConcurrentHashMap<>();
    private final Map<String, RecordReplay> recorders = new ConcurrentHashMap<>();

    private static String machine(Map<String, Object> properties) {
        return String.valueOf(properties.get(Machine.NAME));
    }

    void add(TimeTravel travel, Map<String, Object> properties) {
        travels.put(machine(properties), travel);
    }

    void remove(TimeTravel travel, Map<String, Object> properties) {
        travels.remove(machine(properties), travel);
    }

    void add(RecordReplay recorder, Map<String, Object> properties) {
        recorders.put(machine(properties), recorder);
    }

    void remove(RecordReplay recorder, Map<String, Object> properties) {
        recorders.remove(machine(properties), recorder);
    }

    Optional<TimeTravel> travel(String machine) {
        return Optional.ofNullable(travels.get(machine));
    }

    /** How record or replay of a machine stands. Not for the machine's thread. */
    Optional<RecordReplay.Progress> progress(String machine) {
        return Optional.ofNullable(recorders.get(machine)).flatMap(RecordReplay::progress);
    }
}
