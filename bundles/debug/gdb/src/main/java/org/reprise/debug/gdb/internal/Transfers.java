package org.reprise.debug.gdb.internal;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.memory.MemoryRange;

/** Objects that are read in parts: qXfer. Machine's thread. */
final class Transfers {
    private final Target target;
    /** What is being read, so that all its parts are of one moment. */
    private String object = "";
    private String content = "";

    Transfers(Target target) {
        this.target = target;
    }

    /** OBJECT:read:ANNEX:OFFSET,LENGTH. */
    String read(String text) {
        String[] words = text.split(":", -1);
        if (words.length != 4 || !words[1].equals("read")) {
            return Replies.UNKNOWN;
        }
        String name = words[0] + ':' + words[2];
        long[] range = Memory.range(words[3]);
        if (range[0] == 0 || !name.equals(object)) {
            String made = switch (name) {
                case "features:target.xml" -> TargetDescription.of(target.cpu());
                case "memory-map:" -> memoryMap(target.session().memory());
                case "threads:" -> threads();
                default -> null;
            };
            if (made == null) {
                return words[0].matches("features|memory-map|threads") ? "E00" : Replies.UNKNOWN;
            }
            object = name;
            content = new String(made.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        }
        if (range[0] < 0 || range[0] > content.length()) {
            return Replies.ERROR;
        }
        int from = (int) range[0];
        int to = (int) Math.min(content.length(), from + Math.min(range[1], Commands.PACKET_SIZE / 2));
        return (to == content.length() ? "l" : "m") + content.substring(from, to);
    }

    /**
     * RAM and ROM at their physical addresses, and everything else as RAM, too: gdb thinks in virtual addresses, which it would refuse to
     * read or write anywhere that is not in the map.
     */
    static String memoryMap(List<MemoryRange> ranges) {
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\"?>\n<!DOCTYPE memory-map PUBLIC \"+//IDN gnu.org//DTD GDB Memory Map V1.0//EN\""
            + " \"http://sourceware.org/gdb/gdb-memory-map.dtd\">\n<memory-map>\n");
        long next = 0;
        boolean toTheTop = false;
        for (MemoryRange r : ranges) {
            if (r.kind() == MemoryRange.Kind.REGISTERS) {
                continue;
            }
            if (r.base() != next) {
                memory(xml, "ram", next, r.base() - next);
            }
            memory(xml, r.kind() == MemoryRange.Kind.ROM ? "rom" : "ram", r.base(), r.size());
            next = r.base() + r.size();
            toTheTop = next == 0;
        }
        if (!toTheTop) {
            memory(xml, "ram", next, next == 0 ? -1 : -next);
        }
        return xml.append("</memory-map>\n").toString();
    }

    private static void memory(StringBuilder xml, String type, long start, long length) {
        xml.append("<memory type=\"").append(type).append("\" start=\"0x").append(Long.toHexString(start)).append("\" length=\"0x")
            .append(Long.toHexString(length)).append("\"/>\n");
    }

    private String threads() {
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\"?>\n<threads>\n");
        List<Cpu> cpus = target.cpus();
        for (int i = 0; i < cpus.size(); i++) {
            xml.append("<thread id=\"").append(Target.thread(i)).append("\" core=\"").append(i).append("\" name=\"CPU ").append(i).append("\">")
                .append(Commands.state(cpus.get(i))).append("</thread>\n");
        }
        return xml.append("</threads>\n").toString();
    }
}
