package org.reprise.itests.rules;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TypeInsnNode;

/**
 * Collections whose order is that of hash codes, identities or a salt drawn at the start of the JVM. In parts: none at all, but tables made
 * once of constants and only looked up. In core: they may be looked up, and neither iterated nor handed to anybody who could. A value is
 * followed within its method and through private fields; what leaves that is a finding.
 */
final class HashOrder {
    private static final Set<String> TYPES = Set.of("java/util/HashMap", "java/util/HashSet", "java/util/IdentityHashMap",
        "java/util/WeakHashMap", "java/util/Hashtable", "java/util/concurrent/ConcurrentHashMap");
    private static final Set<String> FACTORIES = Set.of("java/util/Set.of", "java/util/Set.copyOf", "java/util/Map.of",
        "java/util/Map.copyOf", "java/util/Map.ofEntries", "java/util/stream/Collectors.toSet", "java/util/stream/Collectors.toMap",
        "java/util/stream/Collectors.toUnmodifiableSet", "java/util/stream/Collectors.toUnmodifiableMap",
        "java/util/stream/Collectors.groupingBy", "java/util/stream/Collectors.partitioningBy",
        "java/util/stream/Collectors.toConcurrentMap",
        "java/util/concurrent/ConcurrentHashMap.newKeySet", "java/util/Collections.newSetFromMap");
    /** One key at a time, or order does not matter. */
    private static final Set<String> LOOKUPS = Set.of("<init>", "get", "put", "containsKey", "contains", "add", "remove", "size", "isEmpty",
        "getOrDefault", "putIfAbsent", "computeIfAbsent", "computeIfPresent", "compute", "merge", "clear", "containsAll", "putAll",
        "addAll");

    private final String owner;
    private final List<String> findings = new ArrayList<>();
    /** Private fields that hold such a collection, and whether it was made of constants. */
    private final Set<String> fields = new HashSet<>();
    private final Map<MethodNode, Flow> flows = new HashMap<>();

    private HashOrder(String owner) {
        this.owner = owner;
    }

    /** Every place where one is made. */
    static List<String> made(ClassNode c) {
        List<String> places = new ArrayList<>();
        for (MethodNode m : c.methods) {
            for (AbstractInsnNode i : m.instructions) {
                if (makes(i)) {
                    places.add(place(c, m) + " makes " + what(i));
                }
            }
        }
        return places;
    }

    /** Every use of one that could show its order. */
    static List<String> orderShown(ClassNode c) {
        HashOrder h = new HashOrder(c.name);
        int before = -1;
        // fields found in one pass are followed in the next
        while (h.fields.size() > before) {
            before = h.fields.size();
            h.findings.clear();
            for (MethodNode m : c.methods) {
                h.method(c, m);
            }
        }
        return h.findings;
    }

    private static boolean makes(AbstractInsnNode i) {
        if (i instanceof TypeInsnNode t && i.getOpcode() == Opcodes.NEW) {
            return TYPES.contains(t.desc);
        }
        // sets and maps of no or one element have one order only
        return i instanceof MethodInsnNode m && FACTORIES.contains(m.owner + "." + m.name) && !m.desc.startsWith("()")
            && !m.desc.equals("(Ljava/lang/Object;)Ljava/util/Set;")
            && !m.desc.equals("(Ljava/lang/Object;Ljava/lang/Object;)Ljava/util/Map;")
            || i instanceof MethodInsnNode n && n.owner.startsWith("java/util/stream/Collectors")
                && FACTORIES.contains(n.owner + "." + n.name);
    }

    private static String what(AbstractInsnNode i) {
        return i instanceof TypeInsnNode t ? t.desc : ((MethodInsnNode) i).owner + "." + ((MethodInsnNode) i).name;
    }

    private static String place(ClassNode c, MethodNode m) {
        return c.name.replace('/', '.') + "." + m.name;
    }

    private void method(ClassNode c, MethodNode m) {
        Set<AbstractInsnNode> makers = new HashSet<>();
        for (AbstractInsnNode i : m.instructions) {
            if (makes(i) || i instanceof FieldInsnNode f && f.owner.equals(owner) && fields.contains(f.name)
                    && (i.getOpcode() == Opcodes.GETFIELD || i.getOpcode() == Opcodes.GETSTATIC)) {
                makers.add(i);
            }
        }
        if (makers.isEmpty()) {
            return;
        }
        flows.computeIfAbsent(m, x -> new Flow(c, x)).uses(makers, (taker, operand, operands, maker) -> {
            if (taker instanceof MethodInsnNode call) {
                boolean receiver = operand == 0 && call.getOpcode() != Opcodes.INVOKESTATIC;
                if (!receiver || !LOOKUPS.contains(call.name)) {
                    findings.add(place(c, m) + ": " + (receiver ? "" : "as an argument of ") + call.owner + "." + call.name);
                }
            } else if (taker instanceof FieldInsnNode f && (operand == operands - 1) && taker.getOpcode() != Opcodes.GETFIELD) {
                if (f.owner.equals(owner) && isPrivate(c, f.name)) {
                    fields.add(f.name);
                } else {
                    findings.add(place(c, m) + ": kept in " + f.owner + "." + f.name + ", which is not private");
                }
            } else {
                findings.add(place(c, m) + ": given away");
            }
        });
    }

    private static boolean isPrivate(ClassNode c, String field) {
        return c.fields.stream().anyMatch(f -> f.name.equals(field) && (f.access & Opcodes.ACC_PRIVATE) != 0);
    }
}
