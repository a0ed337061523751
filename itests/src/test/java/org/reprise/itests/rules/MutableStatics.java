package org.reprise.itests.rules;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.FieldNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * State that machines of one JVM would share. A static field must be final. An array or collection in one may be written in its class's
 * initialiser only, and outside of it neither be written nor leave the class. An object of ours in one must be immutable: all its fields
 * final, and their types likewise.
 */
final class MutableStatics {
    private static final Set<String> READS = Set.of("get", "getOrDefault", "containsKey", "contains", "size", "isEmpty", "length", "clone",
        "indexOf", "stream", "iterator", "forEach", "entrySet", "keySet", "values", "toString", "hashCode", "equals", "test", "apply");
    /** Static methods of the JDK that only read what they are given. */
    private static final Set<String> READERS = Set.of("java/util/Arrays", "java/util/List", "java/util/Objects", "java/lang/String",
        "java/lang/System");
    private static final Set<String> IMMUTABLE = Set.of("java/lang/String", "java/lang/Integer", "java/lang/Long", "java/lang/Boolean",
        "java/lang/Double", "java/lang/Float", "java/lang/Class", "java/math/BigInteger", "java/nio/ByteOrder", "java/nio/charset/Charset",
        "java/util/HexFormat", "java/util/Locale", "java/util/regex/Pattern");

    private final Bytecode code;
    private final List<String> findings = new ArrayList<>();

    private MutableStatics(Bytecode code) {
        this.code = code;
    }

    static List<String> of(Bytecode code, ClassNode c) {
        MutableStatics s = new MutableStatics(code);
        s.check(c);
        return s.findings;
    }

    private void check(ClassNode c) {
        for (FieldNode f : c.fields) {
            if ((f.access & Opcodes.ACC_STATIC) == 0) {
                continue;
            }
            String where = c.name.replace('/', '.') + "." + f.name;
            if ((f.access & Opcodes.ACC_FINAL) == 0) {
                findings.add(where + " is not final");
            }
            Type t = Type.getType(f.desc);
            if (container(t)) {
                if ((f.access & (Opcodes.ACC_PUBLIC | Opcodes.ACC_PROTECTED)) != 0 && t.getSort() == Type.ARRAY) {
                    findings.add(where + " is an array that everybody can write");
                }
            } else if (t.getSort() == Type.OBJECT && !immutable(t.getInternalName(), new HashSet<>())) {
                findings.add(where + " holds a mutable " + t.getClassName());
            }
        }
        Set<MethodNode> initialisers = initialisers(c);
        for (MethodNode m : c.methods) {
            method(c, m, initialisers.contains(m));
        }
    }

    private static boolean container(Type t) {
        return t.getSort() == Type.ARRAY || t.getSort() == Type.OBJECT && t.getInternalName().startsWith("java/util/")
            && !IMMUTABLE.contains(t.getInternalName()) && !t.getInternalName().startsWith("java/util/function/");
    }

    /** The static initialiser, and private static methods that nobody but it, or another such, calls. */
    private static Set<MethodNode> initialisers(ClassNode c) {
        Set<MethodNode> found = new HashSet<>();
        for (MethodNode m : c.methods) {
            int own = Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC;
            if (m.name.equals("<clinit>") || (m.access & own) == own) {
                found.add(m);
            }
        }
        for (int before = -1; before != found.size();) {
            before = found.size();
            Set<MethodNode> others = new HashSet<>(c.methods);
            others.removeAll(found);
            found.removeIf(m -> !m.name.equals("<clinit>") && others.stream().anyMatch(caller -> calls(caller, c, m)));
        }
        return found;
    }

    private static boolean calls(MethodNode caller, ClassNode c, MethodNode m) {
        for (AbstractInsnNode i : caller.instructions) {
            if (i instanceof MethodInsnNode call && call.owner.equals(c.name) && call.name.equals(m.name) && call.desc.equals(m.desc)) {
                return true;
            }
            if (i instanceof InvokeDynamicInsnNode dynamic) {
                for (Object a : dynamic.bsmArgs) {
                    if (a instanceof Handle h && h.getOwner().equals(c.name) && h.getName().equals(m.name) && h.getDesc().equals(m.desc)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** True when nobody can change an object of the type. Interfaces that the JDK implements by lambdas are taken to be stateless. */
    private boolean immutable(String type, Set<String> pending) {
        if (IMMUTABLE.contains(type) || type.startsWith("java/util/function/") || !pending.add(type)) {
            return true;
        }
        ClassNode c = code.get(type);
        if (c == null) {
            return false;
        }
        if ((c.access & Opcodes.ACC_INTERFACE) != 0) {
            return code.subtypes(type).stream().allMatch(s -> immutable(s.name, pending));
        }
        for (FieldNode f : c.fields) {
            if ((f.access & Opcodes.ACC_STATIC) == 0) {
                Type t = Type.getType(f.desc);
                if ((f.access & Opcodes.ACC_FINAL) == 0 || t.getSort() == Type.ARRAY
                        || t.getSort() == Type.OBJECT && !immutable(t.getInternalName(), pending)) {
                    return false;
                }
            }
        }
        return c.superName == null || c.superName.startsWith("java/lang/") || immutable(c.superName, pending);
    }

    private void method(ClassNode c, MethodNode m, boolean initialiser) {
        Set<AbstractInsnNode> makers = new HashSet<>();
        for (AbstractInsnNode i : m.instructions) {
            if (i instanceof FieldInsnNode f && i.getOpcode() == Opcodes.GETSTATIC && code.get(f.owner) != null
                    && !(initialiser && f.owner.equals(c.name)) && container(Type.getType(f.desc))) {
                makers.add(i);
            }
        }
        if (makers.isEmpty()) {
            return;
        }
        new Flow(c, m).uses(makers, (taker, operand, operands, maker) -> {
            FieldInsnNode field = (FieldInsnNode) maker;
            String where = field.owner.replace('/', '.') + "." + field.name + " in " + c.name.replace('/', '.') + "." + m.name;
            int opcode = taker.getOpcode();
            if (taker instanceof MethodInsnNode call) {
                boolean receiver = operand == 0 && opcode != Opcodes.INVOKESTATIC;
                if (receiver ? !READS.contains(call.name) : !reads(call, operand)) {
                    findings.add(where + (receiver ? " is changed by " : " is given to ") + call.owner + "." + call.name);
                }
            } else if (opcode >= Opcodes.IASTORE && opcode <= Opcodes.SASTORE) {
                if (operand == 0) {
                    findings.add(where + " is written");
                }
            } else if (!(opcode >= Opcodes.IALOAD && opcode <= Opcodes.SALOAD)) {
                findings.add(where + " leaves its class");
            }
        });
    }

    private static boolean reads(MethodInsnNode call, int operand) {
        if (call.owner.equals("java/util/Collections")) {
            return call.name.startsWith("unmodifiable");
        }
        if (!READERS.contains(call.owner)) {
            return false;
        }
        return switch (call.name) {
            case "fill", "sort", "setAll", "asList", "requireNonNull" -> false;
            case "arraycopy" -> operand == 0;
            default -> true;
        };
    }
}
