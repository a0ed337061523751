package org.reprise.debug.gdb.internal;

import java.util.Arrays;
import org.reprise.debug.gdb.protocol.Packets;

/**
 * What each CPU is to do, from a packet c, C, s, S or vCont. Signals mean nothing to a CPU. CPUs share one machine, whose turns a debugger
 * must not change: those that are to stand still run as well, until another one has made the step that is asked for.
 */
final class Resumption {
    private enum Kind { STAND, CONTINUE, STEP, RANGE }

    /** @param start of RANGE: step as long as the program counter is from here @param end to before here */
    private record Action(Kind kind, long start, long end) {
        static final Action STAND = new Action(Kind.STAND, 0, 0);
        static final Action CONTINUE = new Action(Kind.CONTINUE, 0, 0);
        static final Action STEP = new Action(Kind.STEP, 0, 0);
    }

    private final Action[] actions;
    /** Something is said about all CPUs. */
    private boolean all;

    private Resumption(int cpus) {
        actions = new Action[cpus];
    }

    /** @throws IllegalArgumentException saying what is wrong with the packet */
    static Resumption of(String p, Target target) {
        Resumption r = new Resumption(target.cpus().size());
        if (p.startsWith("vCont;")) {
            for (String part : p.substring("vCont;".length()).split(";", -1)) {
                int colon = part.indexOf(':');
                r.all |= colon < 0;
                r.set(colon < 0 ? Target.ANY : target.cpu(part.substring(colon + 1)), action(colon < 0 ? part : part.substring(0, colon)));
            }
        } else {
            if (p.indexOf(';') >= 0 || p.length() > 1 && (p.charAt(0) == 'c' || p.charAt(0) == 's')) {
                throw new IllegalArgumentException("to run from another address, set the program counter first");
            }
            Action action = action(p);
            if (action.kind == Kind.STEP && target.moved() != Target.ANY) {
                r.set(target.moved(), action);
                action = Action.CONTINUE;
            }
            r.all = action.kind == Kind.CONTINUE;
            r.set(Target.ANY, action);
        }
        r.set(Target.ANY, Action.STAND);
        return r;
    }

    /** The leftmost action of a CPU counts. */
    private void set(int cpu, Action action) {
        for (int i = 0; i < actions.length; i++) {
            if (actions[i] == null && (cpu == Target.ANY || cpu == i)) {
                actions[i] = action;
            }
        }
    }

    private static Action action(String text) {
        char kind = text.isEmpty() ? 0 : text.charAt(0);
        String rest = text.isEmpty() ? "" : text.substring(1);
        if (kind == 'C' || kind == 'S') {
            if (rest.length() != 2) {
                throw new IllegalArgumentException("'" + text + "': a signal is two hexadecimal digits");
            }
            Packets.number(rest);
        } else if (kind == 'r') {
            int comma = rest.indexOf(',');
            if (comma < 0) {
                throw new IllegalArgumentException("'" + text + "': a range has a start and an end");
            }
            return new Action(Kind.RANGE, Packets.number(rest.substring(0, comma)), Packets.number(rest.substring(comma + 1)));
        } else if (!rest.isEmpty()) {
            throw new IllegalArgumentException("'" + text + "' is no action");
        }
        return switch (kind) {
            case 'c', 'C' -> Action.CONTINUE;
            case 's', 'S' -> Action.STEP;
            case 't' -> Action.STAND;
            default -> throw new IllegalArgumentException("'" + text + "' is no action: c, C, s, S, t and r are");
        };
    }

    /** Something is to run. */
    boolean moves() {
        return Arrays.stream(actions).anyMatch(a -> a.kind != Kind.STAND);
    }

    /** Some CPU is to make steps. */
    boolean steps() {
        return Arrays.stream(actions).anyMatch(a -> a.kind == Kind.STEP || a.kind == Kind.RANGE);
    }

    /** This CPU alone is named, and no other is to do anything. */
    boolean movesOnly(int cpu) {
        if (all) {
            return false;
        }
        for (int i = 0; i < actions.length; i++) {
            if (actions[i].kind == Kind.STAND != (i != cpu)) {
                return false;
            }
        }
        return true;
    }

    /** A CPU has made a step, and stands at this address: is it what was wanted? */
    boolean done(int cpu, long pc) {
        Action a = actions[cpu];
        return switch (a.kind) {
            case STEP -> true;
            case RANGE -> Long.compareUnsigned(pc, a.start) < 0 || Long.compareUnsigned(pc, a.end) >= 0;
            case CONTINUE, STAND -> false;
        };
    }
}
