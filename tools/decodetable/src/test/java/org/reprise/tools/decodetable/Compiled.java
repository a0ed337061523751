package org.reprise.tools.decodetable;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.reprise.core.decode.InstructionTable;

/**
 * The generated classes of a table, compiled and loaded with a handler that records its calls as text. The handler is made from
 * the signatures, so a wrong signature or a wrong argument type does not compile.
 */
final class Compiled {
    static final Names NAMES = new Names("generated", "TestDecoder", "TestHandler", "RegisterNames");

    final DecodeTable table;
    final Path classes;
    private final ClassLoader loader;
    private final Object handler;
    private final Method decode;
    private final InstructionTable runtime;

    /** @param registerNames source of the class that formats operands, for package {@code generated}, or null if there is none */
    Compiled(DecodeTable table, Path folder, String registerNames) {
        this.table = table;
        this.classes = folder.resolve("classes");
        try {
            List<String> arguments = new ArrayList<>(List.of("--release", "17", "-Xlint:all", "-Werror", "-cp",
                    System.getProperty("java.class.path"), "-d", classes.toString()));
            for (Map.Entry<String, String> source : Main.sources(table, NAMES).entrySet()) {
                arguments.add(write(folder, source.getKey(), source.getValue()));
            }
            arguments.add(write(folder, NAMES.handler(), handlerSource(table)));
            if (registerNames != null) {
                arguments.add(write(folder, "RegisterNames", registerNames));
            }
            run("javac", arguments);
            loader = new URLClassLoader(new URL[] {classes.toUri().toURL()}, InstructionTable.class.getClassLoader());
            Class<?> handlerClass = loader.loadClass("generated.TestHandler");
            handler = handlerClass.getDeclaredConstructor().newInstance();
            decode = method("TestDecoder", "decode", word(), long.class, handlerClass);
            runtime = (InstructionTable) invoke(method("TestTable", "create"));
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String write(Path folder, String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name + ".java"), text).toString();
    }

    /** Runs one of the JDK's tools and returns what it printed. */
    static String run(String tool, List<String> arguments) {
        StringWriter out = new StringWriter();
        PrintWriter printer = new PrintWriter(out);
        int code = ToolProvider.findFirst(tool).orElseThrow().run(printer, printer, arguments.toArray(String[]::new));
        if (code != 0) {
            throw new AssertionError(tool + " ended with " + code + ":\n" + out);
        }
        return out.toString();
    }

    private static String handlerSource(DecodeTable table) {
        StringBuilder source = new StringBuilder("package generated;\npublic final class TestHandler {\n    public String call = \"\";\n"
                + "    public TestHandler() {\n    }\n");
        for (String line : DecoderWriter.signatures(table).split("\n")) {
            String head = line.substring(0, line.indexOf(';'));
            String name = head.substring("void ".length(), head.indexOf('('));
            String parameters = head.substring(head.indexOf('(') + 1, head.length() - 1);
            String values = parameters.isEmpty() ? "\"\"" : Arrays.stream(parameters.split(", "))
                    .map(p -> "\" " + p.replace(' ', ':') + "=\" + " + p.split(" ")[1]).collect(Collectors.joining(" + "));
            source.append("    public ").append(head).append(" {\n        call = \"").append(name).append("\" + ").append(values)
                    .append(";\n    }\n");
        }
        return source.append("}\n").toString();
    }

    Class<?> word() {
        return table.longWord() ? long.class : int.class;
    }

    private Method method(String type, String name, Class<?>... parameters) {
        try {
            Method method = loader.loadClass("generated." + type).getDeclaredMethod(name, parameters);
            method.setAccessible(true);
            return method;
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private Object boxed(long insn) {
        return table.longWord() ? (Object) insn : (Object) (int) insn;
    }

    private static Object invoke(Method method, Object... arguments) {
        try {
            return method.invoke(null, arguments);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new AssertionError(e);
        }
    }

    /** The handler's call with types, names and values, or "illegal". */
    String decode(long insn, long features) {
        try {
            if (!(boolean) invoke(decode, boxed(insn), features, handler)) {
                return "illegal";
            }
            return (String) handler.getClass().getField("call").get(handler);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    int lookup(long insn, long features) {
        return (int) invoke(method("TestMatcher", "line", word(), long.class), boxed(insn), features);
    }

    String disassemble(long insn, long pc, long features) {
        return runtime.disassemble(insn, pc, features);
    }

    int length(int firstUnit) {
        return (int) invoke(method("TestDecoder", "length", int.class), firstUnit);
    }

    /** The runtime line's answer whether {@code insn} meets its constraints. */
    boolean satisfies(int line, long insn) {
        return runtime.satisfies(line, insn);
    }

    /** The table at run time. */
    InstructionTable runtime() {
        return runtime;
    }

    /** Bytes of the largest generated method, as javap lists it. */
    int largestMethod() throws IOException {
        try (Stream<Path> files = Files.walk(classes)) {
            List<String> arguments = new ArrayList<>(List.of("-c", "-p"));
            files.filter(f -> f.toString().endsWith(".class")).sorted().forEach(f -> arguments.add(f.toString()));
            return run("javap", arguments).lines().map(String::strip).filter(line -> line.matches("\\d+: [a-z].*"))
                    .mapToInt(line -> Integer.parseInt(line.substring(0, line.indexOf(':')))).max().orElseThrow();
        }
    }
}
