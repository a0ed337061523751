package org.reprise.itests.rules;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.analysis.Analyzer;
import org.objectweb.asm.tree.analysis.AnalyzerException;
import org.objectweb.asm.tree.analysis.Frame;
import org.objectweb.asm.tree.analysis.SourceInterpreter;
import org.objectweb.asm.tree.analysis.SourceValue;

/** Where the values that each instruction of a method takes come from: through locals, casts and joins to what made them. */
final class Flow {
    private final MethodNode method;
    private final Frame<SourceValue>[] frames;

    Flow(ClassNode owner, MethodNode method) {
        this.method = method;
        try {
            frames = new Analyzer<>(new Origin()).analyze(owner.name, method);
        } catch (AnalyzerException e) {
            throw new IllegalStateException(owner.name + "." + method.name, e);
        }
    }

    /** Told which instruction takes a value made by which other. */
    @FunctionalInterface
    interface Use {
        /** @param operand 0 for the deepest operand: the receiver of a call, the array of an array store */
        void use(AbstractInsnNode taker, int operand, int operands, AbstractInsnNode maker);
    }

    /** All uses of values that some instructions make. */
    void uses(Set<AbstractInsnNode> makers, Use use) {
        for (int i = 0; i < frames.length; i++) {
            AbstractInsnNode taker = method.instructions.get(i);
            Frame<SourceValue> f = frames[i];
            int operands = f == null ? 0 : operands(taker, f);
            for (int o = 0; o < operands; o++) {
                for (AbstractInsnNode maker : f.getStack(f.getStackSize() - operands + o).insns) {
                    if (makers.contains(maker)) {
                        use.use(taker, o, operands, maker);
                    }
                }
            }
        }
    }

    /** How many values an instruction takes off the stack and does something with; 0 when it only moves them. */
    private static int operands(AbstractInsnNode i, Frame<SourceValue> f) {
        if (i instanceof MethodInsnNode call) {
            return Type.getArgumentTypes(call.desc).length + (call.getOpcode() == Opcodes.INVOKESTATIC ? 0 : 1);
        }
        if (i instanceof InvokeDynamicInsnNode call) {
            return Type.getArgumentTypes(call.desc).length;
        }
        int opcode = i.getOpcode();
        if (opcode >= Opcodes.IALOAD && opcode <= Opcodes.SALOAD || opcode == Opcodes.PUTFIELD) {
            return 2;
        }
        if (opcode >= Opcodes.IASTORE && opcode <= Opcodes.SASTORE) {
            return 3;
        }
        return opcode == Opcodes.ARETURN || opcode == Opcodes.PUTSTATIC || opcode == Opcodes.GETFIELD ? Math.min(1, f.getStackSize()) : 0;
    }

    private static final class Origin extends SourceInterpreter {
        private final Map<AbstractInsnNode, SourceValue> seen = new HashMap<>();

        Origin() {
            super(Opcodes.ASM9);
        }

        @Override
        public SourceValue copyOperation(AbstractInsnNode i, SourceValue value) {
            return value;
        }

        @Override
        public SourceValue unaryOperation(AbstractInsnNode i, SourceValue value) {
            return i.getOpcode() == Opcodes.CHECKCAST ? value : seen.computeIfAbsent(i, x -> super.unaryOperation(x, value));
        }
    }
}
