package org.reprise.block.imagetool;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;

/** The arguments of one subcommand: options, some with a value, and names. */
final class Arguments {
    private final String command;
    private final Map<String, String> options = new HashMap<>();
    private final List<String> names = new ArrayList<>();

    /**
     * @param withValue options that take a value
     * @param flags options that take none
     * @throws MachineException USAGE naming the option
     */
    Arguments(String command, List<String> line, List<String> withValue, List<String> flags) {
        this.command = command;
        for (int i = 0; i < line.size(); i++) {
            String word = line.get(i);
            if (flags.contains(word)) {
                options.put(word, "");
            } else if (withValue.contains(word)) {
                if (i + 1 == line.size()) {
                    throw usage("option " + word + " needs a value");
                }
                if (options.put(word, line.get(++i)) != null) {
                    throw usage("option " + word + " is given twice");
                }
            } else if (word.startsWith("-") && word.length() > 1) {
                throw usage("unknown option " + word);
            } else {
                names.add(word);
            }
        }
    }

    boolean has(String option) {
        return options.containsKey(option);
    }

    String value(String option) {
        return options.get(option);
    }

    /** A format. @param given null when it must be stated */
    String format(String option, String given) {
        String format = options.getOrDefault(option, given);
        if (format == null) {
            throw usage("state the format with " + option + " raw or " + option + " qcow2");
        }
        if (!format.equals("raw") && !format.equals("qcow2")) {
            throw usage(option + " " + format + ": the formats are raw and qcow2");
        }
        return format;
    }

    /** How many names there must be. */
    void expect(int fewest, int most, String what) {
        if (names.size() < fewest || names.size() > most) {
            throw usage("takes " + what + ", got " + (names.isEmpty() ? "nothing" : String.join(" ", names)));
        }
    }

    int count() {
        return names.size();
    }

    String name(int index) {
        return names.get(index);
    }

    Path file(int index) {
        return Path.of(names.get(index));
    }

    /** A number of bytes: decimal, with K, M, G or T for powers of 1024. */
    long size(String text) {
        String digits = text.matches("\\d{1,18}[KMGTkmgt]") ? text.substring(0, text.length() - 1) : text;
        if (!digits.matches("\\d{1,18}")) {
            throw usage("size " + text + ": write a number of bytes, or one with K, M, G or T");
        }
        int shift = digits.equals(text) ? 0 : 10 * (1 + "KMGT".indexOf(Character.toUpperCase(text.charAt(text.length() - 1))));
        long n = Long.parseLong(digits);
        if (n > Long.MAX_VALUE >> shift) {
            throw usage("size " + text + " is too large");
        }
        return n << shift;
    }

    MachineException usage(String problem) {
        return new MachineException(ExitCode.USAGE, "image " + command + ": " + problem + "; reprise image --help shows how");
    }
}
