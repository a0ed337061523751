package org.reprise.core.translator;

/** Executes IR: cold code, exact tails of a budget, single instructions that compiled code could not finish. */
final class Interpreter {
    private Interpreter() {
    }

    /**
     * Executes {@code count} instructions of the block from instruction number {@code first}, or fewer when the CPU asks for attention
     * after one of them. Sets {@link TranslatedCpu#pc} and keeps {@link TranslatedCpu#remaining} exact. A guest fault passes through:
     * {@link TranslatedCpu#at} tells the operation.
     */
    static void run(TranslatedCpu cpu, Block b, int first, int count) {
        int last = first + count;
        cpu.remaining -= count;
        cpu.block = b;
        cpu.chargedTo = last;
        final int[] code = b.code;
        final long[] pool = b.pool;
        final long[] v = cpu.v;
        int ip = b.starts[first];
        // the number, not only the place: instructions that do nothing have no operations, and are not executed before attention is paid
        int stop = last;
        int end = b.starts[last];
        while (ip < end) {
            final int word = code[ip];
            final int d = word >>> 16;
            final int x = code[ip + 1];
            final int y = code[ip + 2];
            switch (word & 0xffff) {
                case Op.ADD -> v[d] = v[x] + v[y];
                case Op.ADD + 1 -> v[d] = v[x] + pool[y];
                case Op.SUB -> v[d] = v[x] - v[y];
                case Op.AND -> v[d] = v[x] & v[y];
                case Op.AND + 1 -> v[d] = v[x] & pool[y];
                case Op.OR -> v[d] = v[x] | v[y];
                case Op.OR + 1 -> v[d] = v[x] | pool[y];
                case Op.XOR -> v[d] = v[x] ^ v[y];
                case Op.XOR + 1 -> v[d] = v[x] ^ pool[y];
                case Op.SHL -> v[d] = v[x] << v[y];
                case Op.SHL + 1 -> v[d] = v[x] << pool[y];
                case Op.SHR -> v[d] = v[x] >>> v[y];
                case Op.SHR + 1 -> v[d] = v[x] >>> pool[y];
                case Op.SAR -> v[d] = v[x] >> v[y];
                case Op.SAR + 1 -> v[d] = v[x] >> pool[y];
                case Op.MUL -> v[d] = v[x] * v[y];
                case Op.ADD32 -> v[d] = (int) (v[x] + v[y]);
                case Op.ADD32 + 1 -> v[d] = (int) (v[x] + pool[y]);
                case Op.SUB32 -> v[d] = (int) (v[x] - v[y]);
                case Op.SETEQ -> v[d] = v[x] == v[y] ? 1 : 0;
                case Op.SETLT -> v[d] = v[x] < v[y] ? 1 : 0;
                case Op.SETLT + 1 -> v[d] = v[x] < pool[y] ? 1 : 0;
                case Op.SETLTU -> v[d] = v[x] + Long.MIN_VALUE < v[y] + Long.MIN_VALUE ? 1 : 0;
                case Op.SETLTU + 1 -> v[d] = v[x] + Long.MIN_VALUE < pool[y] + Long.MIN_VALUE ? 1 : 0;
                case Op.MOV -> v[d] = v[x];
                case Op.MOVK -> v[d] = pool[y];
                case Op.SEXT8 -> v[d] = (byte) v[x];
                case Op.SEXT16 -> v[d] = (short) v[x];
                case Op.SEXT32 -> v[d] = (int) v[x];
                case Op.ZEXT8 -> v[d] = v[x] & 0xff;
                case Op.ZEXT16 -> v[d] = v[x] & 0xffff;
                case Op.ZEXT32 -> v[d] = v[x] & 0xffffffffL;
                case Op.SELECT -> v[d] = v[x] != 0 ? v[y] : v[code[ip + 3]];
                case Op.LD64 -> {
                    cpu.at = ip;
                    v[d] = Access.load64(cpu, v[x] + y, code[ip + 3], 0);
                    if (cpu.attention) {
                        end = b.starts[stop = b.instructionAt(ip) + 1];
                    }
                }
                case Op.LD32S -> {
                    cpu.at = ip;
                    v[d] = Access.load32s(cpu, v[x] + y, code[ip + 3], 0);
                    if (cpu.attention) {
                        end = b.starts[stop = b.instructionAt(ip) + 1];
                    }
                }
                case Op.LD8U -> {
                    cpu.at = ip;
                    v[d] = Access.load8u(cpu, v[x] + y, code[ip + 3], 0);
                    if (cpu.attention) {
                        end = b.starts[stop = b.instructionAt(ip) + 1];
                    }
                }
                case Op.ST64 -> {
                    cpu.at = ip;
                    Access.store64(cpu, v[x] + y, v[d], code[ip + 3], 0);
                    if (cpu.attention) {
                        end = b.starts[stop = b.instructionAt(ip) + 1];
                    }
                }
                case Op.ST32 -> {
                    cpu.at = ip;
                    Access.store32(cpu, v[x] + y, v[d], code[ip + 3], 0);
                    if (cpu.attention) {
                        end = b.starts[stop = b.instructionAt(ip) + 1];
                    }
                }
                case Op.ST8 -> {
                    cpu.at = ip;
                    Access.store8(cpu, v[x] + y, v[d], code[ip + 3], 0);
                    if (cpu.attention) {
                        end = b.starts[stop = b.instructionAt(ip) + 1];
                    }
                }
                case Op.LD8S, Op.LD16S, Op.LD16U, Op.LD32U -> {
                    cpu.at = ip;
                    v[d] = load(cpu, word & 0xffff, v[x] + y, code[ip + 3]);
                    if (cpu.attention) {
                        end = b.starts[stop = b.instructionAt(ip) + 1];
                    }
                }
                case Op.ST16 -> {
                    cpu.at = ip;
                    Access.store16(cpu, v[x] + y, v[d], code[ip + 3], 0);
                    if (cpu.attention) {
                        end = b.starts[stop = b.instructionAt(ip) + 1];
                    }
                }
                case Op.CALL -> {
                    cpu.at = ip;
                    if (cpu.system[x]) {
                        cpu.pc = b.pcOf(b.instructionAt(ip));
                    }
                    v[d] = cpu.functions[x].call(cpu, v[y & 0xffff], v[y >>> 16], v[code[ip + 3]]);
                    if (cpu.attention) {
                        end = b.starts[stop = b.instructionAt(ip) + 1];
                    }
                }
                case Op.JUMP -> {
                    cpu.block = null;
                    cpu.pc = b.target;
                    return;
                }
                case Op.JUMP_TO -> {
                    cpu.block = null;
                    cpu.pc = v[x];
                    b.jumped(cpu.pc);
                    return;
                }
                case Op.BREQ -> {
                    cpu.block = null;
                    cpu.pc = v[x] == v[y] ? b.target : b.nextPc;
                    return;
                }
                case Op.BRNE -> {
                    cpu.block = null;
                    cpu.pc = v[x] != v[y] ? b.target : b.nextPc;
                    return;
                }
                case Op.BRLT -> {
                    cpu.block = null;
                    cpu.pc = v[x] < v[y] ? b.target : b.nextPc;
                    return;
                }
                case Op.BRGE -> {
                    cpu.block = null;
                    cpu.pc = v[x] >= v[y] ? b.target : b.nextPc;
                    return;
                }
                case Op.BRLTU -> {
                    cpu.block = null;
                    cpu.pc = v[x] + Long.MIN_VALUE < v[y] + Long.MIN_VALUE ? b.target : b.nextPc;
                    return;
                }
                case Op.BRGEU -> {
                    cpu.block = null;
                    cpu.pc = v[x] + Long.MIN_VALUE >= v[y] + Long.MIN_VALUE ? b.target : b.nextPc;
                    return;
                }
                case Op.EXIT -> {
                    cpu.block = null;
                    cpu.pc = b.nextPc;
                    return;
                }
                case Op.EXIT_SET -> {
                    cpu.block = null;
                    return;
                }
                default -> v[d] = rare(word & 0xffff, v, x, y, pool);
            }
            ip += 4;
        }
        // stopped at an instruction boundary: by count, or for attention
        cpu.remaining += last - stop;
        cpu.block = null;
        cpu.pc = b.pcOf(stop);
    }

    /** The rarer loads. */
    private static long load(TranslatedCpu cpu, int op, long va, int mmu) {
        return switch (op) {
            case Op.LD8S -> Access.load8s(cpu, va, mmu, 0);
            case Op.LD16S -> Access.load16s(cpu, va, mmu, 0);
            case Op.LD16U -> Access.load16u(cpu, va, mmu, 0);
            default -> Access.load32u(cpu, va, mmu, 0);
        };
    }

    /** The operations that are not in the main switch, to keep that small enough for the JIT compiler. */
    private static long rare(int op, long[] v, int x, int y, long[] pool) {
        if (op < Op.BINARY_END) {
            return Op.evaluate(op & ~1, v[x], (op & 1) != 0 ? pool[y] : v[y]);
        }
        return unary(op, v[x]);
    }

    /** Evaluates a unary operation. */
    static long unary(int op, long a) {
        return switch (op) {
            case Op.SEXT8 -> (byte) a;
            case Op.SEXT16 -> (short) a;
            case Op.SEXT32 -> (int) a;
            case Op.ZEXT8 -> a & 0xff;
            case Op.ZEXT16 -> a & 0xffff;
            case Op.ZEXT32 -> a & 0xffffffffL;
            case Op.CLZ -> Long.numberOfLeadingZeros(a);
            case Op.CTZ -> Long.numberOfTrailingZeros(a);
            case Op.POPCNT -> Long.bitCount(a);
            case Op.CLZ32 -> Integer.numberOfLeadingZeros((int) a);
            case Op.CTZ32 -> Integer.numberOfTrailingZeros((int) a);
            case Op.POPCNT32 -> Integer.bitCount((int) a);
            case Op.BSWAP -> Long.reverseBytes(a);
            default -> throw new IllegalStateException("operation " + Op.name(op) + " is not for the interpreter here");
        };
    }
}
