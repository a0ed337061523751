package org.reprise.core.translator;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.cpu.CpuContext;
import org.reprise.api.cpu.WatchListener;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.memory.AddressSpace;
import org.reprise.api.memory.MemoryListener;
import org.reprise.api.state.State;
import org.reprise.core.memory.HostMemory;

/**
 * A CPU that runs translated code: dispatcher, exact instruction counting, soft TLB with its slow path, code cache. An architecture's
 * CPU extends it with registers beyond the slots, traps and address translation. Everything runs on the machine's thread.
 *
 * <p>Whether code is interpreted or compiled is invisible to the guest: both make the same memory accesses in the same order; fetch
 * translations are kept until the next flush, without a limit, so a page is walked for a fetch exactly once between flushes.
 */
public abstract class TranslatedCpu implements Cpu, MemoryListener {
    /** Access kinds of {@link #translate}. */
    public static final int READ = 0;
    /** A write, or the write half of an atomic access. */
    public static final int WRITE = 1;
    /** An instruction fetch. */
    public static final int FETCH = 2;
    /** Flags in the low bits of what {@link #translate} returns: the page may be read, written, executed through the TLB from now on. */
    public static final int PERM_READ = 1;
    /** See {@link #PERM_READ}. */
    public static final int PERM_WRITE = 2;
    /** See {@link #PERM_READ}. */
    public static final int PERM_EXECUTE = 4;
    /** The answer holds for this access only (a rule finer than a page applies). */
    public static final int NO_CACHE = 8;

    private static final int JUMPS = 16384;
    /** Entries of a block until a region is made that an earlier run had. */
    private static final int REMEMBERED_THRESHOLD = 8;
    /** A region in which less was executed is not worth remembering: to interpret it costs less than to compile it. */
    private static final long WORTH_REMEMBERING = 50_000;

    /** Guest register slots (slot 0 is always 0), then temporaries. */
    public final long[] v;
    /** The program counter: of the next instruction at instruction boundaries and in system helpers that set it. */
    public long pc;
    /** Instructions that may still be charged in this slice; for generated code. */
    public long remaining;
    /** Charged but not executed instructions while compiled code is in a system helper; for generated code. */
    public int uncharged;
    /** Site of the last helper call that can fault; for generated code. */
    public int site;
    /** The physical address space. */
    public final AddressSpace memory;
    /** What the CPU can reach of its machine. */
    protected final CpuContext context;

    /** Token of the soft TLB's table; for generated code. */
    public final long tlbTable;
    /** What tags of the TLB hold besides page and MMU index; for generated code. Changes in system helpers, traps and between runs only. */
    public long tlbGeneration;

    boolean attention;
    Block block;
    int chargedTo;
    int at;
    Helper.Function[] functions;
    boolean[] system;
    final TranslatorSettings settings;

    final GuestFault fault = new GuestFault();
    boolean inRegion;

    private final SoftTlb tlb = new SoftTlb();
    final SlowPath slowPath;
    private final int slots;
    private final Block[] jumps = new Block[JUMPS];
    private final AddressSpaces spaces = new AddressSpaces(tlb);
    private final CodeCache cache = new CodeCache();
    private BlockBuilder builder;
    private Frontend frontend;
    private Helper[] helpers;
    private RegionManager regions;
    private SharedCode shared;
    private TranslationCache remembered;
    private int jumpShift;
    private int generation;
    private int mode;
    private long sliceBudget;
    private boolean running;
    private boolean closed;
    private boolean stop;
    private boolean waiting;
    private boolean stepping;
    /** Virtual addresses with a breakpoint, sorted, and whether the last run ended at one. */
    private long[] breakpoints = {};
    private LongPredicate breakpointStops = address -> true;
    private boolean halted;
    private boolean fetchUncached;
    private long faultCause;
    private long faultValue;
    /** Instructions retired before the present slice, and in all when the last trap was taken (-1: none). */
    private long retiredBefore;
    private long lastTrap = -1;
    /** Traps and interrupts taken when so many instructions had retired. */
    private long traps;
    private long trapsAt = -1;
    private long flushes;
    private long pageFlushes;
    private long translated;
    private long interpreted;
    private long faultsInRegions;

    /**
     * Makes a CPU.
     *
     * @param context its context; translator settings come from its configuration
     * @param slots number of guest register slots, as {@link Frontend#slots} says
     */
    protected TranslatedCpu(CpuContext context, int slots) {
        this.context = context;
        this.memory = context.memory();
        this.slots = slots;
        this.v = new long[slots + BlockBuilder.MAX_TEMPS];
        this.tlbTable = tlb.table;
        this.slowPath = new SlowPath(this, tlb);
        this.settings = TranslatorSettings.of(context.config());
        memory.addListener(this);
    }

    // ---- what an architecture implements --------------------------------------------------------------------------------------

    /** Makes the frontend; called once, before the first instruction. */
    protected abstract Frontend createFrontend();

    /**
     * Translates a virtual address for an access of {@code size} bytes that does not cross a page end, with all its effects (A and D
     * bits). The MMU index is the one that translated code carries, or {@link #fetchMmu} for fetches.
     *
     * @return the physical page, with PERM_ flags for which no further walk is needed and NO_CACHE in the low 12 bits
     */
    protected abstract long translate(long va, int size, int access, int mmu);

    /** The MMU index 0..7 under which instructions are fetched now. */
    protected abstract int fetchMmu();

    /**
     * Takes a trap; {@link #pc} is the address of the instruction that trapped. Sets pc, mode, ….
     *
     * @return false when it was none: the instruction is executed again in another mode
     */
    protected abstract boolean takeTrap(long cause, long value);

    /** True when the instruction that raised this trap counts as retired. */
    protected boolean countsTrap(long cause) {
        return false;
    }

    /** Takes the highest pending and enabled interrupt, if any. */
    protected abstract boolean takeInterrupt();

    /** True when something is pending that ends waiting for an interrupt. */
    protected abstract boolean wakeUp();

    /** Raises the fault for an access that the bus refused: {@code return raise(cause, va)}. */
    protected abstract RuntimeException busFault(long va, int access);

    /** State after reset, the slots (already zero) and pc included. */
    protected abstract void resetState();

    // ---- what an architecture uses --------------------------------------------------------------------------------------------

    /** Raises a guest trap out of an instruction: {@code throw raise(cause, value)}. */
    public final RuntimeException raise(long cause, long value) {
        faultCause = cause;
        faultValue = value;
        return fault;
    }

    /** The mode that translation depends on. */
    public final int mode() {
        return mode;
    }

    /** An address as {@link #pc} would hold it, where that differs from how people write it. */
    protected long canonical(long address) {
        return address;
    }

    /** The reverse of {@link #canonical}: an address as people write it. */
    protected long plain(long address) {
        return address;
    }

    /** The slot of register number {@code register} in {@link #registers}; -1 for one that is in none, and for one that is always 0. */
    protected int slot(int register) {
        return -1;
    }

    /** Changes the mode; from resetState, takeTrap, takeInterrupt and system helpers only. */
    protected final void setMode(int mode) {
        this.mode = mode;
    }

    /** Forgets all address translations. From the places where {@link #setMode} is allowed. */
    protected final void flushTlb() {
        spaces.flush();
        adopt();
        flushes++;
    }

    /** Forgets the translation of the page that an address is on, in all address spaces. From the places where {@link #setMode} is allowed. */
    protected final void flushTlb(long va) {
        spaces.flush(va);
        adopt();
        pageFlushes++;
    }

    /** Goes to another address space and keeps the translations of this one. From the places where {@link #setMode} is allowed. */
    protected final void enterAddressSpace(long id) {
        spaces.enter(id);
        adopt();
    }

    /** A translation comes from a page of this size, more than 4096 bytes, at this virtual address. From {@link #translate} only. */
    protected final void largePage(long va, long size) {
        spaces.large(va & -size, size);
    }

    private void adopt() {
        tlbGeneration = spaces.tlbGeneration();
        generation = spaces.generation();
    }

    /** Something may be pending or enabled now: interrupts are looked at after the present instruction. */
    public final void attention() {
        attention = true;
    }

    /** Waits for an interrupt, from a system helper: the CPU becomes idle after this instruction unless {@link #wakeUp}. */
    protected final void waitForInterrupt() {
        waiting = true;
        attention = true;
    }

    /** A debugger sends the CPU somewhere: it does not wait for an interrupt any more. */
    protected final void goTo(long address) {
        pc = address;
        waiting = false;
    }

    /** Loads for a helper with {@link Helper#FAULTS}, zero-extended; must not cross a page end. */
    public final long loadForHelper(long va, int size, int mmu) {
        return switch (size) {
            case 1 -> Access.load8u(this, va, mmu << 3, site);
            case 2 -> Access.load16u(this, va, mmu << 3, site);
            case 4 -> Access.load32u(this, va, mmu << 3, site);
            default -> Access.load64(this, va, mmu << 3, site);
        };
    }

    /** As {@link #loadForHelper}, where the guest's instruction is none that loads: watchpoints do not see it. */
    public final long loadUnwatched(long va, int size, int mmu) {
        boolean before = slowPath.watches.off(true);
        try {
            return loadForHelper(va, size, mmu);
        } finally {
            slowPath.watches.off(before);
        }
    }

    /** Stores for a helper with {@link Helper#FAULTS}; must not cross a page end. */
    public final void storeForHelper(long va, int size, long value, int mmu) {
        switch (size) {
            case 1 -> Access.store8(this, va, value, mmu << 3, site);
            case 2 -> Access.store16(this, va, value, mmu << 3, site);
            case 4 -> Access.store32(this, va, value, mmu << 3, site);
            default -> Access.store64(this, va, value, mmu << 3, site);
        }
    }

    /** Raises the fault that a store would raise, without storing. */
    public final void probeWrite(long va, int size, int mmu) {
        slowPath.probeWrite(va, size, mmu << 3);
    }

    // ---- Cpu --------------------------------------------------------------------------------------------------------------------

    @Override
    public final void reset() {
        prepare();
        Arrays.fill(v, 0);
        waiting = false;
        resetState();
        flushTlb();
        attention = true;
    }

    private void prepare() {
        if (frontend == null) {
            frontend = createFrontend();
            if (frontend.slots() != slots) {
                throw new IllegalStateException("frontend has " + frontend.slots() + " slots, the CPU " + slots);
            }
            Helper telling = frontend.helpers().add(RegisterWrites.class, "tell", RegisterWrites::tell, Helper.FAULTS);
            helpers = frontend.helpers().toArray();
            functions = new Helper.Function[helpers.length];
            system = new boolean[helpers.length];
            for (int i = 0; i < helpers.length; i++) {
                functions[i] = helpers[i].function;
                system[i] = helpers[i].system();
            }
            builder = new BlockBuilder(this, slots, telling);
            jumpShift = Integer.numberOfTrailingZeros(frontend.instructionAlignment());
            String configuration = frontend.configuration() + ", " + slots + " slots, regions of " + settings.regionInstructions();
            // CPUs that translate alike share what depends on the guest's code only
            shared = context.shared("translator: " + configuration + ", " + settings, () -> new SharedCode(
                new RegionCompiler(new PassContext(slots, helpers), settings.passes(), frontend.lookup()),
                () -> settings.cache() == null || !settings.background() ? null : new TranslationCache(settings.cache(), configuration))).use();
            remembered = shared.remembered();
            regions = new RegionManager(settings, cache, shared);
        }
    }

    @Override
    public final long run(long budget) {
        if (closed) {
            throw new IllegalStateException("the CPU is closed");
        }
        prepare();
        sliceBudget = budget;
        remaining = budget;
        uncharged = 0;
        attention = true;
        stop = false;
        halted = false;
        slowPath.watches.begin();
        running = true;
        regions.install();
        try {
            while (remaining > 0) {
                if (attention) {
                    attention = false;
                    if (stop) {
                        break;
                    }
                    if (waiting) {
                        if (!wakeUp()) {
                            break;
                        }
                        waiting = false;
                    }
                    if (takeInterrupt()) {
                        noteTrap(retiredBefore + sliceBudget - remaining);
                        if (stepping) {
                            break;
                        }
                    }
                }
                Block b = jumps[(int) (pc >>> jumpShift) & (JUMPS - 1)];
                if ((b == null || b.pc != pc || b.mode != mode || b.generation != generation) && (b = lookup(b)) == null) {
                    continue;
                }
                CompiledCode code = b.compiled;
                if (code != null && remaining >= b.needed && (b.mapped == generation || verify(b))) {
                    long before = remaining;
                    runRegion(b, code);
                    b.executed += before - remaining;
                    if (b.executed >= b.promotion && b.pending == 0) {
                        regions.promote(b, this);
                    }
                } else if (remaining >= b.length) {
                    // near the end of a slice even hot code is interpreted: that does not count
                    if (code == null && ++b.heat >= b.due && b.pending == 0) {
                        regions.request(b, this);
                    }
                    interpreted += b.length;
                    interpret(b, 0, b.length);
                } else {
                    interpret(b, 0, (int) remaining);
                }
            }
        } finally {
            running = false;
            block = null;
            retiredBefore += sliceBudget - remaining;
        }
        return sliceBudget - remaining;
    }

    @Override
    public final long step() {
        stepping = true;
        try {
            return run(1);
        } finally {
            stepping = false;
        }
    }

    @Override
    public final void breakpoints(long[] addresses, LongPredicate stops) {
        breakpointStops = stops;
        long[] before = breakpoints;
        breakpoints = Arrays.stream(addresses).map(this::canonical).sorted().toArray();
        // code with a breakpoint is not compiled, code that has none any more is again
        LongStream.concat(Arrays.stream(before), Arrays.stream(breakpoints)).forEach(cache::removeContaining);
        Arrays.fill(jumps, null);
    }

    @Override
    public final boolean atBreakpoint() {
        return halted;
    }

    @Override
    public final void watch(List<Watchpoint> points, WatchListener listener) {
        if (slowPath.watch(points, listener)) {
            // other registers are watched: translated code says itself where it writes them
            cache.clear();
        }
    }

    @Override
    public final boolean atWatchpoint() {
        return slowPath.watches.hit();
    }

    /** True when the instruction at this address must begin a block that the dispatcher sees. */
    final boolean isBreakpoint(long address) {
        return breakpoints.length > 0 && Arrays.binarySearch(breakpoints, address) >= 0;
    }

    private void interpret(Block b, int first, int count) {
        try {
            Interpreter.run(this, b, first, count);
            if (attention && slowPath.watches.pending()) {
                tellOfAccesses(b.pcOf(b.instructionAt(at)));
            }
        } catch (GuestFault f) {
            slowPath.watches.forget();
            int instruction = b.instructionAt(at);
            remaining += chargedTo - instruction;
            block = null;
            pc = b.pcOf(instruction);
            trap();
        }
    }

    /** The instruction before was watched: who looks at the CPU meanwhile sees it in front of it. */
    private void tellOfAccesses(long address) {
        long next = pc;
        pc = address;
        uncharged = 1;
        try {
            stop |= slowPath.watches.tell();
        } finally {
            pc = next;
            uncharged = 0;
        }
    }

    /** Takes the raised trap. Traps do not retire, so a trap whose handler traps at once is charged: a budget always ends. */
    private void trap() {
        attention = true;
        if (!takeTrap(faultCause, faultValue)) {
            return;
        }
        boolean counts = countsTrap(faultCause);
        if (counts) {
            remaining--;
        }
        long retired = retiredBefore + sliceBudget - remaining;
        if (retired == lastTrap) {
            remaining--;
            retired++;
            counts = true;
        }
        lastTrap = retired;
        if (!counts) {
            noteTrap(retired);
        }
        stop |= stepping;
    }

    private void noteTrap(long retired) {
        traps = retired == trapsAt ? traps + 1 : 1;
        trapsAt = retired;
    }

    private void runRegion(Block head, CompiledCode code) {
        CompiledRegion r = head.region();
        inRegion = true;
        int site;
        try {
            site = code.run(head.which, this, remaining);
        } finally {
            inRegion = false;
            uncharged = 0;
        }
        if (site == CompiledCode.WIDE) {
            regions.refused(r);
            interpret(head, 0, head.length);
        } else if (site >= 0) {
            faultsInRegions++;
            Block b = r.blocks[r.siteBlock[site]];
            int instruction = r.siteInstruction[site];
            remaining += b.length - instruction;
            pc = b.pcOf(instruction);
            interpret(b, instruction, 1);
        }
    }

    /**
     * Finds or translates the block at pc; null when the fetch trapped (the trap is taken).
     *
     * @param guess a block that may be it, or null
     */
    private Block lookup(Block guess) {
        boolean hasBreakpoint = isBreakpoint(pc);
        if (hasBreakpoint && !stepping && breakpointStops.test(pc)) {
            halted = true;
            stop = true;
            attention = true;
            return null;
        }
        try {
            fetchUncached = false;
            long page = fetchPage(pc);
            long physical = page + (pc & 4095);
            Block b = guess;
            if (b == null || !b.valid || b.pc != pc || b.mode != mode || b.physical != physical || fetchUncached) {
                b = fetchUncached ? null : cache.find(physical, pc, mode);
            }
            if (b != null && b.secondPage != -1 && fetchPage((pc & -4096L) + 4096) != b.secondPage) {
                cache.remove(b);
                b = null;
            }
            if (b == null) {
                b = builder.build(pc, mode, frontend, fetchUncached ? 1 : BlockBuilder.MAX_INSTRUCTIONS);
                if (fetchUncached) {
                    translated += b.length;
                    b.due = Integer.MAX_VALUE;
                    return b;
                }
                install(b);
            }
            if (!hasBreakpoint) {
                b.generation = generation;
                jumps[(int) (pc >>> jumpShift) & (JUMPS - 1)] = b;
            }
            return b;
        } catch (GuestFault f) {
            trap();
            return null;
        }
    }

    /** The heat at which the block is worth compiling: soon, when an earlier run says so. */
    private int due(Block b) {
        if (b.secondPage == -1 && !shared.madeAt(b).isEmpty()) {
            return Math.min(REMEMBERED_THRESHOLD, settings.threshold());
        }
        if (remembered != null && b.secondPage == -1) {
            b.remembered = remembered.find(b, this);
            if (b.remembered != null) {
                return Math.min(REMEMBERED_THRESHOLD, settings.threshold());
            }
        }
        return settings.threshold();
    }

    /** The block at an address, translated if need be, when its page is one that is known to be fetched from; else null. */
    final Block blockIfKnown(long address, int blockMode) {
        long page = knownFetchPage(address);
        if (page == -1 || isBreakpoint(address)) {
            return null;
        }
        Block b = cache.find(page + (address & 4095), address, blockMode);
        if (b == null) {
            // translating must not fetch from a second page: the guest would see the walk
            if ((address & 4095) + frontend.maxInstructionLength() > 4096 || address % frontend.instructionAlignment() != 0) {
                return null;
            }
            b = builder.build(address, blockMode, frontend, BlockBuilder.MAX_INSTRUCTIONS);
            install(b);
        }
        return b;
    }

    private void install(Block b) {
        translated += b.length;
        cache.add(b);
        b.due = due(b);
        int bytes = (int) (b.nextPc - b.pc);
        int inFirst = (int) Math.min(bytes, 4096 - (b.physical & 4095));
        memory.markCode(b.physical, inFirst);
        if (b.secondPage != -1) {
            memory.markCode(b.secondPage, bytes - inFirst);
        }
    }

    /** Physical page of a fetch from the virtual address's page; raises the fetch fault. */
    final long fetchPage(long va) {
        int mmu = fetchMmu();
        long key = va & -4096L | mmu << 3;
        long known = spaces.fetched(key);
        if (known != -1) {
            return known;
        }
        int size = Math.max(1, frontend.instructionAlignment());
        long entry = translate(va, size, FETCH, mmu);
        slowPath.walks++;
        long page = entry & -4096L;
        if (memory.hostAddress(page) == -1) {
            throw busFault(va, FETCH);
        }
        if ((entry & NO_CACHE) != 0) {
            fetchUncached = true;
        } else {
            spaces.fetched(key, page);
        }
        return page;
    }

    /** The physical page that a fetch is known to go to since the last flush, or -1; no effect. */
    protected final long knownFetchPage(long va) {
        return spaces.fetched(va & -4096L | fetchMmu() << 3);
    }

    final int codeByte(long host, int offset) {
        return HostMemory.getByte(host + offset) & 0xff;
    }

    private boolean verify(Block head) {
        long[] pages = head.region().pages;
        for (int i = 0; i < pages.length; i += 2) {
            if (knownFetchPage(pages[i]) != pages[i + 1]) {
                return false;
            }
        }
        head.mapped = generation;
        return true;
    }

    // ---- slow path of memory accesses ---------------------------------------------------------------------------------------------

    /** A load that missed: zero-extended value. {@code where} is the site in compiled code. For generated code. */
    public final long slowLoad(long va, int size, int mmu8, int where) {
        if (inRegion) {
            site = where;
        }
        return slowPath.load(va, size, mmu8);
    }

    /** A store that missed. For generated code. */
    public final void slowStore(long va, int size, long value, int mmu8, int where) {
        if (inRegion) {
            site = where;
        }
        slowPath.store(va, size, value, mmu8);
    }

    // ---- memory listener ----------------------------------------------------------------------------------------------------------

    @Override
    public final void writeTagsRevoked() {
        tlb.revokeWrites();
    }

    @Override
    public final void writeTagRevoked(long pageAddress) {
        tlb.revokeWrites(pageAddress);
    }

    @Override
    public final void codeWritten(long pageAddress) {
        cache.removePage(pageAddress);
        attention = true;
    }

    @Override
    public final void mapChanged() {
        cache.clear();
        flushTlb();
        attention = true;
    }

    // ---- the rest of Cpu ----------------------------------------------------------------------------------------------------------

    @Override
    public final long retired() {
        if (!running) {
            return 0;
        }
        long pending = block != null ? chargedTo - block.instructionAt(at) : uncharged;
        return sliceBudget - remaining - pending;
    }

    /** Instructions that this CPU has retired since power-on, exact at the instruction being executed. */
    protected final long retiredInAll() {
        return retiredBefore + retired();
    }

    @Override
    public final long traps() {
        return retiredInAll() == trapsAt ? traps : 0;
    }

    @Override
    public final void endSlice() {
        stop = true;
        attention = true;
    }

    @Override
    public final boolean idle() {
        return waiting && !wakeUp();
    }

    @Override
    public final long pc() {
        return pc;
    }

    @Override
    public void state(State s) {
        s.int64s("slots", v, slots);
        pc = s.int64("pc", pc);
        waiting = s.bool("waiting", waiting);
        retiredBefore = s.int64("retired", retiredBefore);
        lastTrap = s.int64("last trap", lastTrap);
        if (!s.digesting()) {
            s.nested("translations", spaces);
            traps = s.int64("traps", traps);
            trapsAt = s.int64("traps at", trapsAt);
        }
        if (s.loading()) {
            adopt();
            attention = true;
        }
    }

    @Override
    public Map<String, Long> statistics() {
        Map<String, Long> m = new LinkedHashMap<>();
        m.put("blocks", (long) cache.size());
        m.put("instructions translated", translated);
        m.put("instructions interpreted in whole blocks", interpreted);
        m.put("page walks", slowPath.walks);
        m.put("TLB flushes", flushes);
        m.put("TLB flushes of one page", pageFlushes);
        m.put("compiled code left for the interpreter", faultsInRegions);
        if (regions != null) {
            regions.statistics(m);
        }
        return m;
    }

    @Override
    public final List<HotSpot> hotSpots(int most) {
        return cache.hotSpots(most);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (remembered != null) {
            cache.forEach(b -> {
                if (b.region() != null && b.executed >= WORTH_REMEMBERING) {
                    remembered.add(RegionManager.entry(b.region(), this));
                }
            });
            remembered = null;
        }
        if (regions != null) {
            regions.close();
        }
        cache.close();
        tlb.close();
    }

    /** Listing of the IR that the instruction at the program counter's block has, for people. */
    public final String listing() {
        Block b = lookup(null);
        return b == null ? "" : b.listing(helpers);
    }
}
