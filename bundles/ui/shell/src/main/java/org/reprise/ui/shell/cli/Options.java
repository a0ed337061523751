package org.reprise.ui.shell.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;

/** A command line: a command, its arguments, its options. */
final class Options {
    private static final List<String> FLAGS = List.of("--exit-on-shutdown", "--exit-at-end", "--force", "--json", "--stop");
    private static final List<String> VALUES = List.of("--guest", "--record", "--set", "--file", "--ram", "--cpus", "--shift", "--sleep", "--kernel",
        "--firmware", "--initrd", "--append", "--disk", "--console-log", "--summary", "--gdb", "--kind", "--from", "--to", "--format", "--modes",
        "--console", "--runs", "--jobs", "--flame", "--flame-every", "--symbols", "--start-snapshot", "--vmstate", "--snapshots");

    final String command;
    final List<String> arguments = new ArrayList<>();
    private final Map<String, List<String>> values = new LinkedHashMap<>();

    private Options(String command) {
        this.command = command;
    }

    /** @throws MachineException USAGE naming the option and the remedy */
    static Options parse(List<String> line) {
        Options o = new Options(line.isEmpty() ? "shell" : line.get(0));
        for (int i = 1; i < line.size(); i++) {
            String word = line.get(i);
            int equals = word.indexOf('=');
            String name = word.startsWith("--") && equals > 0 ? word.substring(0, equals) : word;
            if (!word.startsWith("--")) {
                o.arguments.add(word);
            } else if (FLAGS.contains(word)) {
                o.values.put(word, List.of("true"));
            } else if (VALUES.contains(name)) {
                String value;
                if (equals > 0) {
                    value = word.substring(equals + 1);
                } else if (i + 1 < line.size()) {
                    value = line.get(++i);
                } else {
                    throw new MachineException(ExitCode.USAGE, "option " + name + " needs a value");
                }
                o.values.computeIfAbsent(name, k -> new ArrayList<>()).add(value);
            } else {
                throw new MachineException(ExitCode.USAGE, "unknown option " + word + ": reprise help lists the options");
            }
        }
        return o;
    }

    boolean flag(String name) {
        return values.containsKey(name);
    }

    String value(String name) {
        List<String> v = values.get(name);
        return v == null ? null : v.get(v.size() - 1);
    }

    /** All values of an option that may be given several times. */
    List<String> values(String name) {
        return values.getOrDefault(name, List.of());
    }

    /** A number from 1 on. @throws MachineException USAGE naming the option */
    int count(String name, int none, int most) {
        String v = value(name);
        if (v == null) {
            return none;
        }
        if (!v.matches("[1-9]\\d{0,8}") || Integer.parseInt(v) > most) {
            throw new MachineException(ExitCode.USAGE, name + " " + v + ": give a number from 1 to " + most);
        }
        return Integer.parseInt(v);
    }

    /** The options as they were given, for another process. @param except names of those that are left out */
    List<String> line(java.util.Set<String> except) {
        List<String> line = new ArrayList<>();
        values.forEach((name, all) -> {
            if (!except.contains(name)) {
                all.forEach(v -> line.addAll(FLAGS.contains(name) ? List.of(name) : List.of(name, v)));
            }
        });
        return line;
    }

    Path path(String name) {
        String v = value(name);
        return v == null ? null : Path.of(v);
    }

    /** The one argument of the command. */
    String argument(String what) {
        if (arguments.size() != 1) {
            throw new MachineException(ExitCode.USAGE, "reprise " + command + " takes one " + what + ", got "
                + (arguments.isEmpty() ? "none" : String.join(" ", arguments)));
        }
        return arguments.get(0);
    }

    /** Settings PART.KEY=VALUE of --set, --file and the short options; files as absolute paths. */
    Map<String, String> settings() {
        Map<String, String> s = new LinkedHashMap<>();
        pairs("--set", s, false);
        pairs("--file", s, true);
        put(s, "--ram", "machine.ram", false);
        put(s, "--cpus", "machine.cpus", false);
        put(s, "--shift", "machine.shift", false);
        put(s, "--sleep", "machine.sleep", false);
        put(s, "--kernel", "loader.kernel", true);
        put(s, "--firmware", "loader.firmware", true);
        put(s, "--initrd", "loader.initrd", true);
        put(s, "--append", "loader.append", false);
        put(s, "--disk", "disk0.file", true);
        put(s, "--vmstate", "machine.vmstate", true);
        return s;
    }

    private void pairs(String option, Map<String, String> into, boolean file) {
        for (String pair : values.getOrDefault(option, List.of())) {
            int equals = pair.indexOf('=');
            if (equals <= 0 || pair.lastIndexOf('.', equals) <= 0) {
                throw new MachineException(ExitCode.USAGE, option + " " + pair + ": write " + option + " PART.KEY=" + (file ? "PATH" : "VALUE"));
            }
            String value = pair.substring(equals + 1);
            into.put(pair.substring(0, equals), file ? absolute(value) : value);
        }
    }

    private void put(Map<String, String> into, String option, String key, boolean file) {
        String v = value(option);
        if (v != null) {
            into.put(key, file ? absolute(v) : v);
        }
    }

    private static String absolute(String path) {
        return Path.of(path).toAbsolutePath().normalize().toString();
    }
}
