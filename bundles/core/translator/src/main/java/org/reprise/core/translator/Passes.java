package org.reprise.core.translator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The passes that are switched on, in their order. */
final class Passes {
    /** Not a rewriting of IR but of the same kind: computed jumps go to where they were seen to go without leaving the region. */
    private static final String JUMPS = "jumps";
    /** The budget is checked at heads of loops only. */
    private static final String BUDGET = "budget";
    /** Registers that a region keeps to 32 bits are ints in its code. */
    private static final String INTS = "ints";
    private static final Map<String, Supplier<Pass>> ALL = all();

    private final Map<String, Pass> passes = new LinkedHashMap<>();
    private final boolean jumps;
    private final boolean budget;
    private final boolean ints;
    private final boolean verify;

    private Passes(Set<String> names, boolean verify) {
        ALL.forEach((name, pass) -> {
            if (names.contains(name) && pass != null) {
                passes.put(name, pass.get());
            }
        });
        jumps = names.contains(JUMPS);
        budget = names.contains(BUDGET);
        ints = names.contains(INTS);
        this.verify = verify;
    }

    private static Map<String, Supplier<Pass>> all() {
        Map<String, Supplier<Pass>> m = new LinkedHashMap<>();
        m.put("constants", ConstantPass::new);
        m.put("narrow", NarrowPass::new);
        m.put("dead-stores", DeadStorePass::new);
        m.put("tlb", TlbPass::new);
        m.put(JUMPS, null);
        m.put(BUDGET, null);
        m.put(INTS, null);
        return java.util.Collections.unmodifiableMap(m);
    }

    /** Names of all that can be switched. */
    static List<String> names() {
        return new ArrayList<>(ALL.keySet());
    }

    /**
     * Reads a list of names: {@code all}, {@code none}, names, and names to leave out with a minus sign.
     *
     * @throws IllegalArgumentException naming the unknown one
     */
    static Passes of(String text, boolean verify) {
        Set<String> on = new LinkedHashSet<>();
        for (String word : text.trim().split("[ ,]+")) {
            String name = word.startsWith("-") ? word.substring(1) : word;
            if (word.equals("all")) {
                on.addAll(ALL.keySet());
            } else if (word.equals("none")) {
                on.clear();
            } else if (!ALL.containsKey(name)) {
                throw new IllegalArgumentException("there is no pass '" + name + "': use all, none, or a list of " + names()
                    + ", each with a minus sign to leave it out");
            } else if (word.startsWith("-")) {
                on.remove(name);
            } else {
                on.add(name);
            }
        }
        return new Passes(on, verify);
    }

    boolean expectsJumps() {
        return jumps;
    }

    boolean narrowsLocals() {
        return ints;
    }

    boolean checksEveryBlock() {
        return !budget;
    }

    /** A region's blocks, rewritten. */
    RegionBlock[] run(Region region, ControlFlow flow, PassContext context) {
        RegionBlock[] blocks = new RegionBlock[region.blocks().length];
        for (int i = 0; i < blocks.length; i++) {
            blocks[i] = new RegionBlock(region.blocks()[i]);
        }
        passes.forEach((name, pass) -> {
            pass.run(blocks, flow, context);
            if (verify) {
                for (RegionBlock b : blocks) {
                    IrVerifier.verify(name, b, context);
                }
            }
        });
        return blocks;
    }

    /** Names of those that are on, for the key of cached translations. */
    @Override
    public String toString() {
        List<String> names = new ArrayList<>(passes.keySet());
        if (jumps) {
            names.add(JUMPS);
        }
        if (budget) {
            names.add(BUDGET);
        }
        if (ints) {
            names.add(INTS);
        }
        return String.join(",", names);
    }
}
