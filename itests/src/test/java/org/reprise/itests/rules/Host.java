package org.reprise.itests.rules;

import java.util.Set;
import java.util.regex.Pattern;
import org.reprise.itests.rules.Reach.Method;

/**
 * What of the JDK is the host's: clocks, threads, randomness, I/O, environment, default locale and charset, identity. Whatever is not known
 * to depend on its arguments alone is taken to be the host's.
 */
final class Host {
    private static final Pattern PURE = Pattern.compile(
        "java/lang/(Object|String|StringBuilder|CharSequence|Math|StrictMath|Integer|Long|Short|Byte|Character|Boolean|Float|Double|Number"
        + "|Enum|Record|Iterable|Comparable|AutoCloseable|Runnable|Throwable|Exception|Error|Class|\\w+Exception|\\w+Error)"
        + "|java/util/(Arrays|List|ArrayList|ArrayDeque|Deque|Queue|Iterator|ListIterator|Map|Map\\$Entry|TreeMap|SortedMap|NavigableMap"
        + "|HashMap|LinkedHashMap|Collection|Collections|Set|TreeSet|SortedSet|LinkedHashSet|HashSet|BitSet|Optional\\w*|Objects|HexFormat"
        + "|Comparator|PriorityQueue|EnumMap|EnumSet|StringJoiner|Locale|\\w+Exception)"
        + "|java/util/function/\\w+|java/util/stream/\\w+|java/util/zip/(CRC32C?|Checksum)"
        + "|java/nio/(\\w*Buffer|ByteOrder)|java/nio/charset/(StandardCharsets|Charset)|java/io/(IOException|UncheckedIOException)"
        + "|java/math/\\w+|java/util/regex/\\w+|java/io/ByteArrayOutputStream");
    /** Names of classes and their constants; what looks into them or loads them is not among these. */
    private static final Set<String> OF_CLASS = Set.of("getName", "getSimpleName", "cast", "isInstance",
        "desiredAssertionStatus");
    private static final Set<String> OF_OBJECT = Set.of("wait", "notify", "notifyAll");
    private static final Set<String> PARALLEL = Set.of("parallel", "parallelStream", "parallelSort", "parallelPrefix", "parallelSetAll");
    private static final Set<String> DEFAULT_LOCALE = Set.of("toLowerCase()Ljava/lang/String;", "toUpperCase()Ljava/lang/String;",
        "format(Ljava/lang/String;[Ljava/lang/Object;)Ljava/lang/String;", "formatted([Ljava/lang/Object;)Ljava/lang/String;",
        "getBytes()[B", "<init>([B)V", "<init>([BII)V");

    private Host() {
    }

    /** True for a method that takes the default locale or charset, or runs on threads of its own. */
    static boolean byDefault(Method m) {
        return m.owner().equals("java/lang/String") && DEFAULT_LOCALE.contains(m.name() + m.descriptor()) || PARALLEL.contains(m.name())
            || m.owner().equals("java/util/Locale") && m.name().equals("getDefault")
            || m.owner().equals("java/nio/charset/Charset") && m.name().equals("defaultCharset");
    }

    /** True for a method of the JDK whose result or effect is not that of its arguments alone. */
    static boolean reaches(Method m) {
        if (m.owner().equals("java/lang/System")) {
            return !m.name().equals("arraycopy");
        }
        if (!PURE.matcher(m.owner()).matches()) {
            return true;
        }
        if (byDefault(m) || m.name().equals("printStackTrace")) {
            return true;
        }
        return switch (m.owner()) {
            case "java/lang/Object" -> OF_OBJECT.contains(m.name());
            case "java/lang/Class" -> !OF_CLASS.contains(m.name());
            case "java/util/Collections" -> m.name().equals("shuffle");
            default -> m.name().equals("random");
        };
    }
}
