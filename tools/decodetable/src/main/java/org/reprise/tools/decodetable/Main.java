package org.reprise.tools.decodetable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Compiles a decode table: {@code --table FILE --package P --class XDecoder --handler XTranslator [--names RegisterNames] --out DIR}
 * writes the decoder, its matcher and fields, and the runtime table; {@code --table FILE --signatures FILE} lists the handler's methods
 * ({@code -} writes to standard output). docs/decode-table.md describes the table.
 */
public final class Main {
    private static final Set<String> OPTIONS =
            Set.of("--table", "--package", "--class", "--handler", "--names", "--out", "--signatures");

    private Main() {
    }

    /**
     * Runs the tool inside the calling JVM (a Maven build) or as a program.
     *
     * @throws IllegalArgumentException for wrong options or a wrong table; the message names each problem with its remedy
     * @throws IOException if the table cannot be read or a file cannot be written
     */
    public static void main(String[] args) throws IOException {
        Map<String, String> options = options(args);
        Path file = Path.of(required(options, "--table"));
        DecodeTable table;
        try {
            table = TableParser.parse(file.getFileName().toString(), Files.readAllLines(file, StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException("no decode table at '" + file + "'; correct --table", e);
        } catch (TableException e) {
            throw new IllegalArgumentException("decode table " + file + ":" + System.lineSeparator() + e.getMessage(), e);
        }
        String signatures = options.get("--signatures");
        if ("-".equals(signatures)) {
            System.out.print(DecoderWriter.signatures(table));
        } else if (signatures != null) {
            writeIfChanged(Path.of(signatures), DecoderWriter.signatures(table));
        }
        if (signatures != null && !options.containsKey("--out")) {
            return;
        }
        Names names = new Names(required(options, "--package"), required(options, "--class"), required(options, "--handler"),
                options.getOrDefault("--names", "RegisterNames"));
        Path folder = Path.of(required(options, "--out")).resolve(names.packageName().replace('.', '/'));
        for (Map.Entry<String, String> source : sources(table, names).entrySet()) {
            writeIfChanged(folder.resolve(source.getKey() + ".java"), source.getValue());
        }
    }

    /** Class name to source text of everything generated. */
    static Map<String, String> sources(DecodeTable table, Names names) {
        Map<String, String> sources = new TreeMap<>(new TableWriter(table, names).write());
        sources.put(names.decoder(), new DecoderWriter(table, names).write());
        sources.put(names.matcher(), new MatcherWriter(table, names).write());
        sources.put(names.fields(), new FieldsWriter(table, names).write());
        return sources;
    }

    private static Map<String, String> options(String[] args) {
        Map<String, String> options = new LinkedHashMap<>();
        for (int i = 0; i < args.length; i += 2) {
            if (!OPTIONS.contains(args[i])) {
                throw new IllegalArgumentException("unknown option '" + args[i] + "'; use " + String.join(", ", OPTIONS.stream().sorted()
                        .toList()));
            }
            if (i + 1 == args.length) {
                throw new IllegalArgumentException("option '" + args[i] + "' has no value; give one");
            }
            options.put(args[i], args[i + 1]);
        }
        return options;
    }

    private static String required(Map<String, String> options, String name) {
        String value = options.get(name);
        if (value == null) {
            throw new IllegalArgumentException("option '" + name
                    + "' is missing; needed are --table, and --signatures or --package, --class,"
                    + " --handler and --out");
        }
        return value;
    }

    /** Keeps an unchanged file's time, so that an incremental build does not compile it again. */
    private static void writeIfChanged(Path path, String text) throws IOException {
        if (Files.exists(path) && Files.readString(path, StandardCharsets.UTF_8).equals(text)) {
            return;
        }
        if (path.getParent() != null) {
            Files.createDirectories(path.getParent());
        }
        Files.writeString(path, text, StandardCharsets.UTF_8);
    }
}
