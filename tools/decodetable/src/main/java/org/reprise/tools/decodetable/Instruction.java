package org.reprise.tools.decodetable;

import java.util.List;

/**
 * One instruction line of the table. Mask and match count bits from the pattern's own least significant bit;
 * {@link DecodeTable#offset} places them in the word that the decoder is given.
 *
 * @param index position among the instruction lines, from 0
 * @param handler the handler's Java method
 * @param named whether the handler was chosen with {@code ->}, so that sharing it is intended
 * @param bits length of the pattern in bits
 * @param mask ones where the pattern fixes a bit
 * @param overrides names of the lines that this one wins over where both match
 * @param source line number in the table file
 */
record Instruction(int index, String name, String handler, boolean named, int bits, long mask, long match, List<Argument> arguments,
        Condition condition, String syntax, List<Constraint> constraints, List<String> overrides, int source) {

    List<Argument> passed() {
        return arguments.stream().filter(Argument::passed).toList();
    }
}
