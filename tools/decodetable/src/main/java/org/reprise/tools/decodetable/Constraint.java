package org.reprise.tools.decodetable;

/**
 * A condition on a field's value that the bit pattern cannot express, such as {@code rd!=0}.
 *
 * @param right the field compared with, or null for the constant
 */
record Constraint(Field left, Operator operator, Field right, long constant) {

    enum Operator {
        NOT_EQUAL("!="), EQUAL("=="), LESS_OR_EQUAL("<="), GREATER_OR_EQUAL(">="), LESS("<"), GREATER(">");

        final String symbol;

        Operator(String symbol) {
            this.symbol = symbol;
        }

        boolean holds(long a, long b) {
            return switch (this) {
                case NOT_EQUAL -> a != b;
                case EQUAL -> a == b;
                case LESS_OR_EQUAL -> a <= b;
                case GREATER_OR_EQUAL -> a >= b;
                case LESS -> a < b;
                case GREATER -> a > b;
            };
        }
    }

    boolean holds(long insn) {
        return operator.holds(left.extract(insn), right == null ? constant : right.extract(insn));
    }

    @Override
    public String toString() {
        return left.name() + operator.symbol + (right == null ? Long.toString(constant) : right.name());
    }
}
