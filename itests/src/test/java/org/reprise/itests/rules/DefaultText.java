package org.reprise.itests.rules;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TypeInsnNode;

/** Texts and numbers made of an object's identity: {@code Object.toString} and {@code Object.hashCode} where nothing overrides them. */
final class DefaultText {
    private static final Set<String> TEXT = Set.of("toString()Ljava/lang/String;", "hashCode()I");

    private DefaultText() {
    }

    static List<String> of(Bytecode code, ClassNode c) {
        List<String> findings = new ArrayList<>();
        for (MethodNode m : c.methods) {
            given(code, c, m, findings);
            for (AbstractInsnNode i : m.instructions) {
                for (Type t : Reach.concatenated(i)) {
                    if (byIdentity(code, t, "toString", "()Ljava/lang/String;")) {
                        findings.add(c.name.replace('/', '.') + "." + m.name + " makes text of " + t.getClassName());
                    }
                }
                if (i instanceof MethodInsnNode call && call.getOpcode() != Opcodes.INVOKESPECIAL && TEXT.contains(call.name + call.desc)
                        && byIdentity(code, Type.getObjectType(call.owner), call.name, call.desc)) {
                    findings.add(c.name.replace('/', '.') + "." + m.name + " calls " + call.name + " of " + call.owner);
                }
            }
        }
        return findings;
    }

    /** Values given to what makes text of any object. What comes as a plain Object is not judged: it may be a text or a number. */
    private static void given(Bytecode code, ClassNode c, MethodNode m, List<String> findings) {
        Set<AbstractInsnNode> makers = new HashSet<>();
        boolean texts = false;
        for (AbstractInsnNode i : m.instructions) {
            Type t = made(i);
            if (t != null && !t.getDescriptor().equals("Ljava/lang/Object;") && byIdentity(code, t, "toString", "()Ljava/lang/String;")) {
                makers.add(i);
            }
            texts |= takesAny(i);
        }
        if (texts && !makers.isEmpty()) {
            new Flow(c, m).uses(makers, (taker, operand, operands, maker) -> {
                if (takesAny(taker) && operand == operands - 1) {
                    findings.add(c.name.replace('/', '.') + "." + m.name + " makes text of " + made(maker).getClassName());
                }
            });
        }
    }

    private static boolean takesAny(AbstractInsnNode i) {
        return i instanceof MethodInsnNode call && (call.desc.startsWith("(Ljava/lang/Object;)")
            && (call.owner.equals("java/lang/String") && call.name.equals("valueOf")
                || call.owner.equals("java/util/Objects") && (call.name.equals("toString") || call.name.equals("hashCode"))
                || call.owner.equals("java/lang/StringBuilder") && call.name.equals("append")));
    }

    /** The declared type of what an instruction puts on the stack, or null. */
    private static Type made(AbstractInsnNode i) {
        if (i instanceof FieldInsnNode f && (i.getOpcode() == Opcodes.GETFIELD || i.getOpcode() == Opcodes.GETSTATIC)) {
            return Type.getType(f.desc);
        }
        if (i instanceof MethodInsnNode call) {
            return Type.getReturnType(call.desc);
        }
        if (i instanceof TypeInsnNode t && i.getOpcode() != Opcodes.CHECKCAST && i.getOpcode() != Opcodes.INSTANCEOF) {
            return i.getOpcode() == Opcodes.NEW ? Type.getObjectType(t.desc) : Type.getType("[Ljava/lang/Object;");
        }
        return i.getOpcode() == Opcodes.NEWARRAY ? Type.getType("[I") : null;
    }

    private static boolean byIdentity(Bytecode code, Type t, String name, String descriptor) {
        if (t.getSort() == Type.ARRAY) {
            return true;
        }
        ClassNode c = t.getSort() == Type.OBJECT ? code.get(t.getInternalName()) : null;
        if (c == null) {
            return t.getSort() == Type.OBJECT && t.getInternalName().equals("java/lang/Object");
        }
        if ((c.access & Opcodes.ACC_ENUM) != 0 && name.equals("toString") || code.declaring(c.name, name, descriptor) != null) {
            return false;
        }
        // an exception has its message
        return !code.hasForeignSupertype(c);
    }
}
