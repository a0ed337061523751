package org.reprise.tools.decodetable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TableErrorsTest {
    /** Five lines, so that the line under test is line 6. */
    private static final List<String> HEAD = List.of(
            "unit 8",
            "feature A B X Y",
            "exclusive X Y",
            "field lo imm 3:0",
            "field hi imm 7:4");

    private static String problems(String... lines) {
        List<String> table = new ArrayList<>(HEAD);
        table.addAll(Arrays.asList(lines));
        return assertThrows(TableException.class, () -> TableParser.parse("t.decode", table)).getMessage();
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '"', value = {
        "frobnicate 3; unknown directive 'frobnicate'",
        "unit 8; unit given twice",
        "unit 12; unit '12' is not a fetch unit",
        "length 2 1.1; length pattern '1.1' has 3 bits, the unit 8",
        "length two; length 'two' is not a rule",
        "feature A; feature 'A' is defined twice",
        "feature 9x; feature name '9x' is not a Java identifier",
        "kind imm; kind 'imm' is defined twice",
        "exclusive A Z; unknown feature 'Z'",
        "address-bits A; address-bits 'A' is not 'FEATURE BITS'",
        "field a; field 'a' is incomplete",
        "field a imm 3-0; field 'a' has bits '3-0'",
        "field a imm 0:3; field 'a' has the piece '0:3'",
        "field a imm 64; field 'a' has the piece '64'",
        "field a imm 3:0|0; field 'a' uses bits of '0' twice",
        "field a xreg 3:0; unknown kind 'xreg' of field 'a'",
        "field lo imm 3:0; field 'lo' is defined twice",
        "field int imm 3:0; field name 'int' is reserved",
        "field decode imm 3:0; field name 'decode' is reserved",
        "field a imm 7:0 << 60; field 'a' needs 68 bits",
        "format F | lo; format 'F' has 2 columns",
        "format F | nix | ; unknown field 'nix' in argument 'nix'",
        "i | 0000.... | lo; instruction 'i' has 3 columns",
        "i | 0000x... | lo | -; pattern of 'i' has the character 'x'",
        "i | 0000... | lo | -; pattern of 'i' has 7 bits",
        "i | 0000.... | @F | -; unknown format 'F'",
        "i | 0000.... | nix | -; unknown field 'nix' in argument 'nix'",
        "i | 0000.... | lo lo | -; argument 'lo' is given twice",
        "i | 0000.... | class=lo | -; argument name 'class' is a Java keyword",
        "i | 0000.... | - | -; bits 3:0 of 'i' are '.' but belong to no argument",
        "i | .0.0.... | lo | -; bits 7, 5 of 'i' are '.' but belong to no argument",
        "i | 00001... | lo | -; argument 'lo' of 'i' uses bits 3, which the pattern fixes",
        "i | 0000.... | lo | Q; unknown feature 'Q'",
        "i | 0000.... | lo | A&!A; feature '!A' stands twice",
        "i | 0000.... | lo | - | i {hi2}; syntax of 'i' shows unknown '{hi2}'",
        "i | 0000.... | lo | - | i {lo; syntax of 'i' has an unbalanced brace",
        "i | 0000.... | lo | - | i | lo~3; constraint 'lo~3' is not understood",
        "i | 0000.... | lo | - | i | foo!=3; constraint on unknown 'foo'",
        "i | 0000.... | lo c=3 | - | i | c!=3; constraint on 'c', which is the constant 3",
        "i | 0000.... | lo | - | i | overrides j; 'i' overrides unknown 'j'",
        "i+ | 0000.... | lo | -; handler name 'i+' is not a Java identifier",
    })
    void namesFileLineAndValue(String line, String expected) {
        String message = problems(line);
        String first = message.lines().filter(m -> m.contains(expected)).findFirst().orElse("none of: " + message);
        assertTrue(first.startsWith("t.decode:6: " + expected), first);
        assertTrue(first.contains(";"), "no remedy in: " + first);
    }

    @Test
    void aTableWithoutUnitIsRefused() {
        String message = assertThrows(TableException.class, () -> TableParser.parse("t.decode", List.of("feature A"))).getMessage();
        assertEquals("t.decode:1: no unit directive; add 'unit 32' (bits in which instructions are fetched)", message);
    }

    @Test
    void everyProblemIsReportedAtOnce() {
        assertEquals(2, problems("field a nokind 1", "exclusive A Z").lines().count());
    }

    @Test
    void undeclaredOverlapNamesBothLinesAndThePattern() {
        String message = problems("i | 0000.... | lo | A", "j | 00000000 | - | B");
        assertTrue(message.startsWith("t.decode:7: 'j' overlaps 'i' of line 6 at 00000000;"), message);
    }

    @Test
    void overlapThatConstraintsDoNotExcludeIsFound() {
        assertTrue(problems("i | 0000.... | lo | A | i | lo!=1", "j | 00000000 | - | B").contains("'j' overlaps 'i'"));
        assertTrue(problems("i | 0000.... | lo | A | i | lo<8", "j | 0000.... | lo | B | j | lo>6").contains("'j' overlaps 'i'"));
    }

    @Test
    void overlapExcludedByFeaturesOrConstraintsIsAccepted() throws TableException {
        List<String> table = new ArrayList<>(HEAD);
        table.addAll(List.of(
                "i | 0000.... | lo | X", "j | 0000.... | lo | Y",
                "k | 0001.... | lo | A", "l | 0001.... | lo | !A",
                "m | 0010.... | lo | - | m | lo!=0", "n | 00100000 | - | -",
                "o | 0011.... | lo | - | o | lo<8", "p | 0011.... | lo | - | p | lo>=8",
                "q | ....0100 | hi | - | q | hi>3"));
        assertEquals(9, TableParser.parse("t.decode", table).instructions().size());
    }

    @Test
    void overrideMustBeNeededInsideAndOneSided() {
        assertTrue(problems("i | 0000.... | lo | A", "j | 00010000 | - | - | j | overrides i")
                .contains("t.decode:7: 'j' overrides 'i' of line 6, but they never both match; remove 'overrides i'"));
        assertTrue(problems("i | 0000.... | lo | A", "j | ....0000 | hi | - | j | overrides i")
                .contains("t.decode:7: 'j' overrides 'i' of line 6 without lying inside its pattern"));
        assertTrue(problems("i | 0000.... | lo | A | i | overrides j", "j | 0000.... | lo | - | j | overrides i")
                .contains("t.decode:7: 'j' and 'i' override each other"));
    }

    @Test
    void mnemonicsAndHandlersAreNotRepeatedByAccident() {
        assertTrue(problems("i | 0000.... | lo | A", "i | 0001.... | lo | B")
                .contains("t.decode:7: mnemonic 'i' stands already in line 6"));
        assertTrue(problems("i.a | 0000.... | lo | A", "i_a | 0001.... | lo | B")
                .contains("t.decode:7: 'i_a' and 'i.a' of line 6 have the same handler 'i_a'"));
        assertTrue(problems("i | 0000.... | lo | A", "j -> i | 0001.... | hi2=lo | B")
                .contains("t.decode:7: 'j' passes [hi2] to handler 'i', but line 6 passes [lo]"));
    }

    @Test
    void lengthsAreCheckedAgainstTheRules() {
        assertTrue(problems("i | 0000.... ........ | lo ~hi | -").contains("no length rule says so"));
        assertTrue(problems("length 1 0.......", "length 2 00......", "i | 0000.... | lo | -")
                .contains("t.decode:7: length rule overlaps"));
        assertTrue(problems("length 2 0.......", "length 1 1.......", "i | 0000.... | lo | -")
                .contains("t.decode:8: 'i' has 1 bytes, but the rule of line 6 gives its first unit 2"));
        assertTrue(problems("length 1 1.......", "i | 0000.... | lo | -").contains("no length rule matches the first unit of 'i'"));
        assertTrue(problems("length by-line", "length 1 1.......", "i | 1000.... | lo | -").contains("both 'length by-line'"));
    }

    @Test
    void fieldsBeyondAShortPatternAreRefused() {
        String message = problems("length 1 0.......", "length 2 1.......", "field far imm 15:12", "i | 0000.... | lo far | -",
                "j | 0001.... | lo | - | j | far!=1");
        assertTrue(message.contains("t.decode:9: argument 'far' of 'i' uses bit 15 of a pattern of 8 bits"), message);
        assertTrue(message.contains("t.decode:10: constraint far!=1 of 'j' uses bit 15"), message);
    }
}
