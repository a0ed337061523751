package org.reprise.itests.rules;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TypeInsnNode;

/**
 * Which methods of the JDK can be reached from some classes through code of ours and of our libraries. An over-approximation: a virtual
 * call reaches the method in every subclass, a method reference or lambda counts as called where it is made, touching a class runs its
 * static initialiser, and whoever makes an object of a type that the JDK knows has all its methods called. Contracts are the seam: a call
 * to an interface of {@code org.reprise.api} reaches no implementation (each implementation is a part, or core, and judged as such).
 */
final class Reach {
    private static final String API = "org/reprise/api/";

    /** One method. */
    record Method(String owner, String name, String descriptor) {
        @Override
        public String toString() {
            return owner.replace('/', '.') + "." + name + descriptor;
        }
    }

    private final Bytecode code;
    /** Methods of ours that are reached, and from where. */
    private final Map<Method, Method> reachedFrom = new LinkedHashMap<>();
    private final ArrayDeque<Method> next = new ArrayDeque<>();
    /** Calls to methods of the JDK. */
    private final Set<Call> foreign = new LinkedHashSet<>();

    /** A method of ours calls one of the JDK. */
    record Call(Method caller, Method called) {
    }

    private Reach(Bytecode code) {
        this.code = code;
    }

    /**
     * @param roots prefixes of class names; all their methods
     * @param forbidden calls of the JDK
     * @return the call path to each forbidden call, as text
     */
    static List<String> paths(Bytecode code, List<String> roots, Predicate<Call> forbidden) {
        Reach r = new Reach(code);
        // what a part inherits is its own: callers see no difference
        code.in(roots).forEach(root -> {
            for (ClassNode c = root; c != null; c = code.get(c.superName)) {
                for (MethodNode m : c.methods) {
                    if (!Bytecode.isAbstract(m)) {
                        r.enter(new Method(c.name, m.name, m.desc), null);
                    }
                }
            }
        });
        while (!r.next.isEmpty()) {
            r.follow(r.next.remove());
        }
        List<String> paths = new ArrayList<>();
        for (Call c : r.foreign) {
            if (forbidden.test(c)) {
                paths.add(r.path(c.caller) + "\n    -> " + c.called);
            }
        }
        return List.copyOf(new TreeSet<>(paths));
    }

    private String path(Method m) {
        Method from = reachedFrom.get(m);
        return from == null ? m.toString() : path(from) + "\n    -> " + m;
    }

    private void enter(Method m, Method from) {
        if (reachedFrom.containsKey(m)) {
            return;
        }
        reachedFrom.put(m, from);
        next.add(m);
    }

    private void follow(Method m) {
        MethodNode node = Bytecode.method(code.get(m.owner), m.name, m.descriptor);
        for (AbstractInsnNode i : node.instructions) {
            if (i instanceof MethodInsnNode call) {
                boolean virtual = call.getOpcode() == Opcodes.INVOKEVIRTUAL || call.getOpcode() == Opcodes.INVOKEINTERFACE;
                call(m, virtual, call.owner, call.name, call.desc);
                if (call.getOpcode() == Opcodes.INVOKESTATIC) {
                    touch(m, call.owner);
                }
            } else if (i instanceof InvokeDynamicInsnNode dynamic) {
                for (Object argument : dynamic.bsmArgs) {
                    if (argument instanceof Handle h && h.getTag() >= Opcodes.H_INVOKEVIRTUAL) {
                        boolean virtual = h.getTag() == Opcodes.H_INVOKEVIRTUAL || h.getTag() == Opcodes.H_INVOKEINTERFACE;
                        call(m, virtual, h.getOwner(), h.getName(), h.getDesc());
                        touch(m, h.getOwner());
                    }
                }
            } else if (i instanceof FieldInsnNode field && (i.getOpcode() == Opcodes.GETSTATIC || i.getOpcode() == Opcodes.PUTSTATIC)) {
                touch(m, field.owner);
            } else if (i instanceof TypeInsnNode made && i.getOpcode() == Opcodes.NEW) {
                touch(m, made.desc);
                make(m, made.desc);
            }
        }
    }

    private void touch(Method from, String type) {
        ClassNode c = code.get(type);
        if (c != null && Bytecode.method(c, "<clinit>", "()V") != null) {
            enter(new Method(type, "<clinit>", "()V"), from);
        }
    }

    /** The JDK may call any method of an object whose type it knows, and these three of all. */
    private void make(Method from, String type) {
        for (ClassNode c = code.get(type); c != null; c = code.get(c.superName)) {
            boolean all = code.hasForeignSupertype(c);
            for (MethodNode n : c.methods) {
                boolean everyObjects = n.name.equals("toString") || n.name.equals("hashCode") || n.name.equals("equals");
                if (!Bytecode.isAbstract(n) && !n.name.startsWith("<") && (n.access & Opcodes.ACC_STATIC) == 0 && (all || everyObjects)) {
                    enter(new Method(c.name, n.name, n.desc), from);
                }
            }
        }
    }

    private void call(Method from, boolean virtual, String owner, String name, String descriptor) {
        ClassNode c = code.get(owner);
        if (c == null) {
            foreign.add(new Call(from, new Method(owner.startsWith("[") ? "java/lang/Object" : owner, name, descriptor)));
            return;
        }
        ClassNode declaring = code.declaring(owner, name, descriptor);
        if (declaring == null) {
            // inherited from the JDK
            String top = owner;
            while (code.get(top) != null && code.get(top).superName != null) {
                top = code.get(top).superName;
            }
            foreign.add(new Call(from, new Method(top, name, descriptor)));
        } else if (!Bytecode.isAbstract(Bytecode.method(declaring, name, descriptor))) {
            enter(new Method(declaring.name, name, descriptor), from);
        }
        if (virtual && !owner.startsWith(API)) {
            for (ClassNode sub : code.subtypes(owner)) {
                MethodNode n = Bytecode.method(sub, name, descriptor);
                if (n != null && !Bytecode.isAbstract(n)) {
                    enter(new Method(sub.name, name, descriptor), from);
                }
            }
        }
    }

    /** Types of the arguments of a string concatenation, or none. */
    static Type[] concatenated(AbstractInsnNode i) {
        return i instanceof InvokeDynamicInsnNode d && d.bsm.getOwner().equals("java/lang/invoke/StringConcatFactory")
            ? Type.getArgumentTypes(d.desc) : new Type[0];
    }
}
