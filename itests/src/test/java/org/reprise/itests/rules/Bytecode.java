package org.reprise.itests.rules;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;

/** Classes as they were compiled, and how they inherit from each other. Names are internal: slashes, no dots. */
final class Bytecode {
    private final SortedMap<String, ClassNode> classes = new TreeMap<>();
    private final SortedMap<String, List<ClassNode>> subtypes = new TreeMap<>();

    private Bytecode() {
    }

    /** Everything in folders of classes and in jars. */
    static Bytecode of(List<Path> places) throws IOException {
        Bytecode b = new Bytecode();
        for (Path place : places) {
            if (Files.isDirectory(place)) {
                try (Stream<Path> files = Files.walk(place)) {
                    for (Path f : files.filter(p -> p.toString().endsWith(".class")).sorted().toList()) {
                        b.add(Files.readAllBytes(f));
                    }
                }
            } else {
                try (JarFile jar = new JarFile(place.toFile())) {
                    for (var e : jar.stream().filter(x -> x.getName().endsWith(".class") && !x.getName().startsWith("META-INF")).toList()) {
                        try (InputStream in = jar.getInputStream(e)) {
                            b.add(in.readAllBytes());
                        }
                    }
                }
            }
        }
        b.link();
        return b;
    }

    /** The classes given and those nested in them, read as resources. */
    Bytecode with(Class<?>... types) throws IOException {
        Bytecode b = new Bytecode();
        b.classes.putAll(classes);
        for (Class<?> t : types) {
            b.addWithNested(t);
        }
        b.link();
        return b;
    }

    private void addWithNested(Class<?> type) throws IOException {
        try (InputStream in = type.getResourceAsStream('/' + type.getName().replace('.', '/') + ".class")) {
            add(in.readAllBytes());
        }
        for (Class<?> nested : type.getDeclaredClasses()) {
            addWithNested(nested);
        }
    }

    private void add(byte[] bytes) {
        ClassNode node = new ClassNode();
        new ClassReader(bytes).accept(node, ClassReader.SKIP_DEBUG);
        if (!node.name.endsWith("-info")) {
            classes.put(node.name, node);
        }
    }

    private void link() {
        for (ClassNode c : classes.values()) {
            for (String parent : parents(c)) {
                subtypes.computeIfAbsent(parent, p -> new ArrayList<>()).add(c);
            }
        }
    }

    private static List<String> parents(ClassNode c) {
        List<String> parents = new ArrayList<>(c.interfaces);
        if (c.superName != null) {
            parents.add(c.superName);
        }
        return parents;
    }

    Stream<ClassNode> in(List<String> prefixes) {
        return classes.values().stream().filter(c -> prefixes.stream().anyMatch(c.name::startsWith));
    }

    /** The class, or null when it is none of ours. */
    ClassNode get(String name) {
        return classes.get(name);
    }

    int size() {
        return classes.size();
    }

    static MethodNode method(ClassNode c, String name, String descriptor) {
        for (MethodNode m : c.methods) {
            if (m.name.equals(name) && m.desc.equals(descriptor)) {
                return m;
            }
        }
        return null;
    }

    /** The class or interface of ours, from this one upwards, that has the method; null when a class of the JDK has it. */
    ClassNode declaring(String owner, String name, String descriptor) {
        ClassNode c = classes.get(owner);
        if (c == null) {
            return null;
        }
        MethodNode m = method(c, name, descriptor);
        if (m != null) {
            return c;
        }
        ClassNode up = c.superName == null ? null : declaring(c.superName, name, descriptor);
        for (String i : c.interfaces) {
            if (up == null) {
                up = declaring(i, name, descriptor);
            }
        }
        return up;
    }

    /** All subtypes of ours, direct or not, the class itself excluded. */
    Set<ClassNode> subtypes(String name) {
        Set<ClassNode> all = new LinkedHashSet<>();
        for (ClassNode c : subtypes.getOrDefault(name, List.of())) {
            if (all.add(c)) {
                all.addAll(subtypes(c.name));
            }
        }
        return all;
    }

    /** Supertypes that are not ours, {@code java/lang/Object} excluded. */
    boolean hasForeignSupertype(ClassNode c) {
        for (String p : parents(c)) {
            if (p.equals("java/lang/Object") || p.equals("java/lang/Record") || p.equals("java/lang/Enum")) {
                continue;
            }
            ClassNode parent = classes.get(p);
            if (parent == null || hasForeignSupertype(parent)) {
                return true;
            }
        }
        return false;
    }

    static boolean isAbstract(MethodNode m) {
        return (m.access & Opcodes.ACC_ABSTRACT) != 0;
    }
}
