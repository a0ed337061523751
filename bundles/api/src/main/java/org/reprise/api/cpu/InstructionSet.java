package org.reprise.api.cpu;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * The instructions of one CPU model, for disassemblers, coverage reports and fuzzers. Immutable; any thread.
 *
 * <p>An instruction's <em>word</em> is its bits, right-aligned in a {@code long}, numbered as its line of the decode table numbers them.
 */
@ConsumerType
public interface InstructionSet {
    /** All instructions that the model has, in the order of the architecture's decode table. Names are unique. */
    List<Instruction> instructions();

    /** The instruction whose bytes begin at {@code offset}, or null when it is none of this model's. Bytes beyond the end count as 0. */
    Instruction find(byte[] code, int offset);

    /** Length in bytes of the instruction that begins at {@code offset}, also of an undefined one. */
    int length(byte[] code, int offset);

    /** Greatest length of an instruction in bytes. */
    int longest();

    /** The bytes, in the order of their addresses, of the instruction that a word is. @param length its length, 1..{@link #longest} */
    byte[] bytes(long word, int length);

    /** The word of an instruction: the inverse of {@link #bytes}. */
    long word(byte[] instruction);

    /** The instruction at {@code offset} in assembly language, or a data directive. @param address its own, for operands relative to it */
    String disassemble(byte[] code, int offset, long address);

    /**
     * One line of the decode table.
     *
     * @param name the manual's mnemonic
     * @param extension the feature of the architecture that it belongs to
     * @param bytes its length
     * @param mask bits that are fixed
     * @param match their values
     * @param operands what the other bits mean
     */
    record Instruction(String name, String extension, int bytes, long mask, long match, List<Operand> operands) {
    }

    /**
     * Bits of an instruction with one meaning.
     *
     * @param name the field's name
     * @param kind {@code imm}, {@code hex}, {@code pcrel} or a kind of the architecture, such as a register file
     * @param signed whether the most significant bit is a sign
     * @param pieces pairs of bit numbers (high, low) within the word, from the most significant piece
     */
    record Operand(String name, String kind, boolean signed, List<Integer> pieces) {
        /** Number of bits. */
        public int bits() {
            int bits = 0;
            for (int i = 0; i < pieces.size(); i += 2) {
                bits += pieces.get(i) - pieces.get(i + 1) + 1;
            }
            return bits;
        }

        /** The word with the operand's bits set to the low {@link #bits} of {@code value}. */
        public long insert(long word, long value) {
            long left = value;
            for (int i = pieces.size() - 2; i >= 0; i -= 2) {
                int low = pieces.get(i + 1);
                int width = pieces.get(i) - low + 1;
                long ones = width == 64 ? -1L : (1L << width) - 1;
                word = word & ~(ones << low) | (left & ones) << low;
                left = width == 64 ? 0 : left >>> width;
            }
            return word;
        }

        /** The operand's bits, right-aligned, not extended. */
        public long extract(long word) {
            long value = 0;
            for (int i = 0; i < pieces.size(); i += 2) {
                int low = pieces.get(i + 1);
                int width = pieces.get(i) - low + 1;
                value = value << width | word >>> low & (width == 64 ? -1L : (1L << width) - 1);
            }
            return value;
        }
    }
}
