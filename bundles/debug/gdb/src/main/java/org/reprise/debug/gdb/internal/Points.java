package org.reprise.debug.gdb.internal;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;
import org.reprise.api.cpu.WatchListener.Access;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.debug.gdb.protocol.Packets;

/** One client's breakpoints and watchpoints: the packets Z and z. Machine's thread. */
final class Points {
    private static final int MOST_BREAKPOINTS = 10_000;
    private static final int MOST_WATCHPOINTS = 1_000;
    private final Target target;
    private final Set<Long> software = new TreeSet<>();
    private final Set<Long> hardware = new TreeSet<>();
    private final Set<Watchpoint> watchpoints = new LinkedHashSet<>();
    private boolean tellSoftware;
    private boolean tellHardware;

    Points(Target target) {
        this.target = target;
    }

    /** The client understands these reasons to stop. */
    void tell(boolean swbreak, boolean hwbreak) {
        tellSoftware = swbreak;
        tellHardware = hwbreak;
    }

    /** Z or z TYPE,ADDRESS,KIND; a type not known is answered by nothing. */
    String change(String p) {
        if (p.length() < 2 || p.charAt(1) < '0' || p.charAt(1) > '4') {
            return Replies.UNKNOWN;
        }
        String[] words = p.substring(Math.min(3, p.length())).split(",", -1);
        if (p.length() < 3 || p.charAt(2) != ',' || words.length != 2) {
            throw new IllegalArgumentException("type, address and kind are needed, and no conditions or commands");
        }
        boolean add = p.charAt(0) == 'Z';
        long address = Packets.number(words[0]);
        long kind = Packets.number(words[1]);
        if (p.charAt(1) <= '1') {
            // either kind costs the guest nothing and changes none of its memory: they differ in how a halt is reported
            change(p.charAt(1) == '0' ? software : hardware, address, add, MOST_BREAKPOINTS);
            target.session().breakpoints(breakpoints());
        } else {
            Watchpoint.Kind access = switch (p.charAt(1)) {
                case '2' -> Watchpoint.Kind.WRITE;
                case '3' -> Watchpoint.Kind.READ;
                default -> Watchpoint.Kind.ACCESS;
            };
            change(watchpoints, new Watchpoint(access, address, kind, false), add, MOST_WATCHPOINTS);
            target.session().watchpoints(watchpoints());
        }
        return Replies.OK;
    }

    private static <T> void change(Set<T> set, T point, boolean add, int most) {
        if (!add) {
            set.remove(point);
        } else if (set.add(point) && set.size() > most) {
            set.remove(point);
            throw new IllegalArgumentException("there are " + most + " already, which is the most; delete some");
        }
    }

    /** Takes all away. */
    void clear() {
        software.clear();
        hardware.clear();
        watchpoints.clear();
        target.session().breakpoints(Set.of());
        target.session().watchpoints(Set.of());
    }

    Set<Long> breakpoints() {
        Set<Long> all = new TreeSet<>(software);
        all.addAll(hardware);
        return all;
    }

    Set<Watchpoint> watchpoints() {
        return new LinkedHashSet<>(watchpoints);
    }

    boolean watches(Watchpoint point) {
        return watchpoints.contains(point);
    }

    boolean breaksAt(long pc) {
        return software.contains(pc) || hardware.contains(pc);
    }

    /** For a stop reply: which breakpoint is at this address. */
    String reason(long pc) {
        if (hardware.contains(pc) && !software.contains(pc)) {
            return tellHardware ? "hwbreak:;" : "";
        }
        return tellSoftware ? "swbreak:;" : "";
    }

    /** For a stop reply: what was accessed. gdb looks for the address within what it watches. */
    static String reason(Access access) {
        Watchpoint point = access.point();
        boolean within = Long.compareUnsigned(access.address() - point.address(), point.length()) < 0;
        String name = switch (point.kind()) {
            case WRITE -> "watch";
            case READ -> "rwatch";
            case ACCESS -> "awatch";
        };
        return name + ':' + Long.toHexString(within ? access.address() : point.address()) + ';';
    }
}
