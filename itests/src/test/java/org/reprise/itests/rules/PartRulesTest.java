package org.reprise.itests.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;

/**
 * What makes replay exact by construction, checked on the bytecode of parts and core: nothing of the host is reached, nothing depends on
 * the order of hashes, machines share no state. Each rule is shown to find what it is for, and each exception to be needed.
 */
class PartRulesTest {
    /** Where guest-visible state lives, and the libraries that are part of it. */
    private static final List<String> PARTS = List.of("org/reprise/cpu/", "org/reprise/device/", "org/reprise/block/blkreplay/",
        "org/reprise/core/registers/", "org/reprise/core/softfloat/", "org/reprise/core/decode/");
    private static final List<String> CORE = List.of("org/reprise/core/machine/", "org/reprise/core/replay/",
        "org/reprise/core/translator/");
    private static final String VIOLATIONS = "org/reprise/itests/rules/Violations$";
    private static final Path ROOT = Path.of(System.getProperty("reprise.root")).toAbsolutePath().normalize();

    /**
     * May call this of the host's.
     *
     * @param caller prefix of the class
     * @param called pattern of class and method
     * @param reason why no guest sees it
     */
    private record Exception(String caller, Pattern called, String reason) {
        static Exception of(String caller, String called, String reason) {
            return new Exception(caller, Pattern.compile(called), reason);
        }

        boolean covers(Reach.Call c) {
            return c.caller().owner().startsWith(caller) && called.matcher(c.called().owner() + '.' + c.called().name()).matches();
        }
    }

    private static final List<Exception> HOST_EXCEPTIONS = List.of(
        Exception.of("org/reprise/core/translator/RegionManager", "java/util/concurrent/ConcurrentLinkedQueue\\..*",
            "regions on their way from the thread that compiles to the machine's"),
        Exception.of("org/reprise/core/translator/CompileWorker", "java/lang/Thread\\.(<init>|setDaemon|start)"
            + "|java/lang/Object\\.(wait|notifyAll)|java/lang/System\\.nanoTime|org/slf4j/Logger(Factory)?\\..*",
            "the worker that compiles: whether and when code is compiled changes nothing that a guest sees, which the replay matrix shows"),
        Exception.of("org/reprise/core/translator/TranslationCache", "java/nio/file/.*|java/io/Data(In|Out)putStream\\..*"
            + "|java/io/ByteArrayInputStream\\..*|org/slf4j/Logger(Factory)?\\..*",
            "which code an earlier run found hot: cold, warm, damaged and forged are columns of the replay matrix"),
        Exception.of("org/reprise/core/translator/TranslatorSettings", "java/nio/file/.*|java/lang/System\\.getProperty",
            "where the translation cache is"),
        Exception.of("org/reprise/core/translator/RegionCompile", "java/lang/System\\.nanoTime|jdk/jfr/Event\\..*",
            "figures about compiling, for people"),
        Exception.of("org/reprise/core/translator/RegionCompiler", "java/lang/invoke/.*|java/lang/Class\\.getPackageName",
            "loads the compiled code"),
        Exception.of("org/reprise/cpu/riscv/RiscvFrontend", "java/lang/invoke/MethodHandles\\.lookup",
            "its package's rights, with which compiled code is loaded"),
        Exception.of("org/objectweb/asm/", ".*", "the library that writes compiled code, from nothing but what the compiler tells it"),
        Exception.of("org/reprise/core/memory/HostMemory", "java/lang/System\\.getProperty",
            "which of two memories, which hold the same: a column of the replay matrix"),
        Exception.of("org/reprise/core/memory/UnsafeMemory", "sun/misc/Unsafe\\..*|java/lang/reflect/Field\\..*"
            + "|java/lang/Class\\.getDeclaredField|java/util/concurrent/ConcurrentHashMap\\.<init>", "guest memory outside the heap"),
        Exception.of("org/reprise/core/memory/BufferMemory", "java/lang/invoke/(VarHandle|MethodHandles)\\..*", "guest memory in buffers"));

    private static final Map<String, String> ORDER_EXCEPTIONS = orderExceptions();

    private static Map<String, String> orderExceptions() {
        Map<String, String> m = new LinkedHashMap<>();
        m.put("org.reprise.core.machine.MachineComponent.properties: given away",
            "properties of a service: OSGi wants a Dictionary and looks them up by key");
        m.put("org.reprise.core.replay.RecorderRegistry.add: as an argument of org/osgi/framework/BundleContext.registerService",
            "properties of a service: OSGi wants a Dictionary and looks them up by key");
        m.put("org.reprise.core.replay.RecorderRegistry.close: java/util/Map.values",
            "services of all machines withdrawn when the bundle stops: no machine sees those of another");
        m.put("org.reprise.core.translator.CodeCache.removeContaining: java/util/Map.values",
            "blocks at a breakpoint are dropped, all of them: the same whatever the order");
        m.put("org.reprise.core.translator.CodeCache.clear: java/util/Map.values",
            "all blocks become invalid: the same whatever the order");
        return m;
    }

    private static Bytecode all;

    @BeforeAll
    static void read() throws IOException, URISyntaxException {
        List<Path> places = new ArrayList<>();
        try (Stream<Path> poms = Files.walk(ROOT.resolve("bundles"), 3)) {
            for (Path pom : poms.filter(p -> p.endsWith("pom.xml")).sorted().toList()) {
                if (!Files.isDirectory(pom.resolveSibling("src/main/java"))) {
                    continue;
                }
                Path classes = pom.resolveSibling("target/classes");
                assertTrue(Files.isDirectory(classes), pom + " is not compiled: it would not be checked");
                places.add(classes);
            }
        }
        // the one library that a part's class path has
        places.add(Path.of(ClassReader.class.getProtectionDomain().getCodeSource().getLocation().toURI()));
        all = Bytecode.of(places);
        assertTrue(all.size() > 250, all.size() + " classes");
        assertTrue(all.in(PARTS).count() > 60, all.in(PARTS).count() + " classes of parts");
    }

    private static String lines(List<String> findings) {
        return String.join("\n", findings);
    }

    private static List<String> hostCalls(Bytecode code, List<String> roots, Set<Exception> used) {
        return Reach.paths(code, roots, call -> {
            if (!Host.reaches(call.called())) {
                return false;
            }
            for (Exception e : HOST_EXCEPTIONS) {
                if (e.covers(call)) {
                    used.add(e);
                    return false;
                }
            }
            return true;
        });
    }

    @Test
    void partsReachNothingOfTheHost() {
        Set<Exception> used = new LinkedHashSet<>();
        assertEquals("", lines(hostCalls(all, PARTS, used)));
        for (Exception e : HOST_EXCEPTIONS) {
            assertTrue(used.contains(e), "no longer needed: " + e);
        }
    }

    @Test
    void partsHaveNoCollectionInHashOrder() {
        List<String> made = all.in(PARTS).flatMap(c -> HashOrder.made(c).stream()).filter(f -> !f.contains(".<clinit> makes ")).toList();
        assertEquals("", lines(made));
        assertEquals("", lines(all.in(PARTS).flatMap(c -> HashOrder.orderShown(c).stream()).toList()));
    }

    @Test
    void coreNeverShowsHashOrder() {
        List<String> shown = all.in(CORE).flatMap(c -> HashOrder.orderShown(c).stream()).distinct().toList();
        assertEquals("", lines(shown.stream().filter(f -> !ORDER_EXCEPTIONS.containsKey(f)).toList()));
        for (String e : ORDER_EXCEPTIONS.keySet()) {
            assertTrue(shown.contains(e), "no longer needed: " + e);
        }
    }

    /** Default locale, default charset and parallel streams are of the host, too; the core speaks to people in no locale either. */
    @Test
    void coreUsesNoDefaultLocaleOrCharset() {
        assertEquals("", lines(Reach.paths(all, CORE, c -> c.caller().owner().startsWith("org/reprise/") && Host.byDefault(c.called()))));
    }

    @Test
    void partsMakeNoTextOfIdentities() {
        assertEquals("", lines(all.in(PARTS).flatMap(c -> DefaultText.of(all, c).stream()).toList()));
    }

    @Test
    void machinesShareNoState() {
        List<String> where = new ArrayList<>(PARTS);
        where.add("org/reprise/core/translator/");
        assertEquals("", lines(all.in(where).flatMap(c -> MutableStatics.of(all, c).stream()).toList()));
    }

    // ---- the rules find what they are for -------------------------------------------------------------------------------------

    private static List<String> hostCallsOf(Class<?> type) throws IOException {
        Bytecode code = all.with(Violations.class);
        return hostCalls(code, List.of(type.getName().replace('.', '/')), new LinkedHashSet<>());
    }

    @Test
    void hostCallsAreFoundWhereverTheyHide() throws IOException {
        List<String> clock = hostCallsOf(Violations.ClockBehindALambda.class);
        assertEquals(1, clock.size(), lines(clock));
        assertTrue(clock.get(0).matches("(?s).*ClockBehindALambda\\.<init>.*-> .*Library\\.now.*-> .*Library\\.later"
            + ".*-> java.lang.System.nanoTime.*"), lines(clock));
        assertTrue(lines(hostCallsOf(Violations.EnvironmentBehindAnInterface.class)).contains("System.getenv"));
        assertTrue(lines(hostCallsOf(Violations.ThreadInAnInitialiser.class)).contains("Thread.start"));
        assertTrue(lines(hostCallsOf(Violations.RandomInAComparator.class)).contains("Math.random"));
        assertTrue(lines(hostCallsOf(Violations.LocaleByDefault.class)).contains("String.format"));
        assertEquals("", lines(hostCallsOf(Violations.OnlyLooksUp.class)));
    }

    private static List<String> orderShownBy(String nested) throws IOException {
        return HashOrder.orderShown(all.with(Violations.class).get(VIOLATIONS + nested));
    }

    @Test
    void hashOrderIsFoundAndLookupsAreNot() throws IOException {
        for (String nested : List.of("IteratesAField", "GivesAwayALocal", "ReturnsIdentities", "IteratesASaltedConstant")) {
            assertEquals(1, orderShownBy(nested).size(), nested + orderShownBy(nested));
        }
        assertEquals(List.of(), orderShownBy("OnlyLooksUp"));
        assertEquals(2, HashOrder.made(all.with(Violations.class).get(VIOLATIONS + "OnlyLooksUp")).size());
    }

    @Test
    void textOfIdentitiesIsFound() throws IOException {
        Bytecode code = all.with(Violations.class);
        for (String nested : List.of("IdentityInAText", "IdentityInAHash")) {
            assertEquals(1, DefaultText.of(code, code.get(VIOLATIONS + nested)).size(), nested);
        }
        assertEquals(List.of(), DefaultText.of(code, code.get(VIOLATIONS + "OnlyLooksUp")));
    }

    @Test
    void mutableStaticsAreFoundAndTablesAreNot() throws IOException {
        Bytecode code = all.with(Violations.class);
        for (String nested : List.of("NotFinal", "WritesAnArray", "FillsAList", "HandsOutAnArray", "HoldsAMutableObject")) {
            assertEquals(1, MutableStatics.of(code, code.get(VIOLATIONS + nested)).size(),
                nested + MutableStatics.of(code, code.get(VIOLATIONS + nested)));
        }
        assertEquals(List.of(), MutableStatics.of(code, code.get(VIOLATIONS + "OnlyReads")));
    }
}
