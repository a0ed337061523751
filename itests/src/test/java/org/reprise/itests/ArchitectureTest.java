package org.reprise.itests;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The house's floors, families and rules of determinism, checked on the bytecode of every bundle. */
class ArchitectureTest {
    private static final Path ROOT = Path.of(System.getProperty("reprise.root")).toAbsolutePath().normalize();
    private static final String[] ENGINE = {"org.reprise.core.memory..", "org.reprise.core.translator..", "org.reprise.core.softfloat..",
        "org.reprise.core.registers..", "org.reprise.core.decode..", "org.reprise.core.packet.."};
    private static final String[] CORE = {"org.reprise.core.machine..", "org.reprise.core.replay..", "org.reprise.core.features.."};
    private static final String[] PARTS = {"org.reprise.cpu..", "org.reprise.device..", "org.reprise.block..", "org.reprise.character..",
        "org.reprise.random..", "org.reprise.net.."};
    /** Parts that guest-visible state lives in: they reach their context and nothing of the host. Back ends are not among them. */
    private static final String[] SEALED = {"org.reprise.cpu..", "org.reprise.device..", "org.reprise.block.blkreplay..",
        "org.reprise.net.filterreplay..", "org.reprise.core.registers..", "org.reprise.core.softfloat..", "org.reprise.core.packet.."};
    private static final List<String> FAMILIES = List.of("cpu", "device", "block", "net", "character", "random");
    private static final int MOST_LINES = 800;

    private static JavaClasses all;

    @BeforeAll
    static void read() throws IOException {
        Set<Path> folders = new TreeSet<>();
        Set<String> bundles = new TreeSet<>();
        try (Stream<Path> poms = Files.walk(ROOT.resolve("bundles"), 3)) {
            for (Path pom : poms.filter(p -> p.endsWith("pom.xml")).toList()) {
                Path bundle = pom.getParent();
                if (Files.isDirectory(bundle.resolve("src/main/java"))) {
                    bundles.add(ROOT.resolve("bundles").relativize(bundle).toString());
                    assertTrue(Files.isDirectory(bundle.resolve("target/classes")), bundle + " is not compiled: it would not be checked");
                    folders.add(bundle.resolve("target/classes"));
                }
            }
        }
        assertTrue(bundles.containsAll(Set.of("api", "core/machine", "core/replay", "core/translator", "cpu/riscv", "device/serial",
            "block/blkreplay", "ui/shell")), bundles.toString());
        all = new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPaths(folders);
        assertTrue(all.size() > 200, "only " + all.size() + " classes");
    }

    private static String[] and(String[]... lists) {
        List<String> l = new ArrayList<>();
        for (String[] s : lists) {
            l.addAll(List.of(s));
        }
        return l.toArray(String[]::new);
    }

    @Test
    void eachFloorImportsOnlyFloorsBelow() {
        String[] ui = {"org.reprise.ui.."};
        String[] above = {"org.reprise.debug..", "org.reprise.ui.."};
        noClasses().that().resideInAPackage("org.reprise.api..").should().dependOnClassesThat().resideInAnyPackage(and(ENGINE, CORE, PARTS, above))
            .check(all);
        noClasses().that().resideInAnyPackage(ENGINE).should().dependOnClassesThat().resideInAnyPackage(and(CORE, PARTS, above)).check(all);
        noClasses().that().resideInAnyPackage(CORE).should().dependOnClassesThat().resideInAnyPackage(and(PARTS, above)).check(all);
        noClasses().that().resideInAnyPackage(PARTS).should().dependOnClassesThat().resideInAnyPackage(and(CORE, above)).check(all);
        // outside observers use what an embedding program would use: the contracts, never a part
        noClasses().that().resideInAPackage("org.reprise.debug..").should().dependOnClassesThat().resideInAnyPackage(and(ENGINE, PARTS, ui)).check(all);
        classes().that().resideInAPackage("org.reprise.api..").should().onlyDependOnClassesThat().resideInAnyPackage("org.reprise.api..", "java..",
            "org.osgi.annotation..").check(all);
    }

    @Test
    void partsDoNotKnowPartsOfAnotherFamily() {
        for (String family : FAMILIES) {
            String[] others = FAMILIES.stream().filter(f -> !f.equals(family)).map(f -> "org.reprise." + f + "..").toArray(String[]::new);
            noClasses().that().resideInAPackage("org.reprise." + family + "..").should().dependOnClassesThat().resideInAnyPackage(others).check(all);
        }
    }

    @Test
    void thereIsNoCycleOfPackages() {
        // api packages describe one contract and refer to each other; everything built on it is free of cycles
        slices().matching("org.reprise.(core|cpu|device|block|net|character|random|debug|ui).(**)").should().beFreeOfCycles().check(all);
    }

    @Test
    void packagesAreNamedAfterTheirBundles() {
        for (JavaClass c : all) {
            String path = c.getSource().orElseThrow().getUri().getPath();
            String bundle = path.substring(path.indexOf("/bundles/") + 9, path.indexOf("/target/classes/")).replace('/', '.').replace("-", "");
            assertTrue(c.getPackageName().startsWith("org.reprise." + bundle), c.getName() + " in bundle " + bundle);
        }
    }

    private static final DescribedPredicate<JavaAccess<?>> HOST_CALL = DescribedPredicate.describe("a call to the host's clock, randomness or "
        + "processes", access -> {
            String owner = access.getTargetOwner().getName();
            String name = access.getTarget().getName();
            return owner.equals("java.lang.System") && Set.of("currentTimeMillis", "nanoTime", "identityHashCode", "getenv", "getProperty",
                "exit").contains(name)
                || owner.equals("java.lang.Math") && name.equals("random") || owner.equals("java.util.UUID") && name.equals("randomUUID")
                || owner.startsWith("java.time.") && name.equals("now")
                || owner.equals("java.lang.Object") && Set.of("wait", "notify", "notifyAll").contains(name);
        });

    private static ArchRule noHostCalls(String... packages) {
        return noClasses().that().resideInAnyPackage(packages).should().accessTargetWhere(HOST_CALL);
    }

    private static ArchRule noHostTypes(String... packages) {
        return noClasses().that().resideInAnyPackage(packages).should().dependOnClassesThat(DescribedPredicate.describe(
            "a thread, file, socket, random source or identity map", (JavaClass c) -> {
                String n = c.getName();
                return n.startsWith("java.util.concurrent.") || n.startsWith("java.nio.file.") || n.startsWith("java.nio.channels.")
                    || n.startsWith("java.net.") || n.startsWith("java.security.") || n.startsWith("java.util.random.")
                    || Set.of("java.lang.Thread", "java.lang.Runtime", "java.lang.Process", "java.lang.ProcessBuilder", "java.util.Timer",
                        "java.util.Random", "java.util.IdentityHashMap", "java.util.WeakHashMap", "java.io.File", "java.io.FileInputStream",
                        "java.io.FileOutputStream", "java.io.RandomAccessFile", "java.util.Date", "java.time.Clock").contains(n);
            }));
    }

    @Test
    void partsReachNothingOfTheHost() {
        noHostCalls(SEALED).check(all);
        noHostTypes(SEALED).check(all);
    }

    /** The two rules do find what they are for, where it is allowed: in the core and the back ends. */
    @Test
    void theRulesFindHostAccess() {
        assertThrows(AssertionError.class, () -> noHostCalls("org.reprise.core.machine..").check(all));
        assertThrows(AssertionError.class, () -> noHostTypes("org.reprise.block.raw..").check(all));
    }

    @Test
    void partsHaveNoMutableStatics() {
        fields().that().areDeclaredInClassesThat().resideInAnyPackage(PARTS).and().haveModifier(JavaModifier.STATIC).should().beFinal().check(all);
    }

    @Test
    void noSourceFileHasMoreThan800Lines() throws IOException {
        int files = 0;
        for (String top : List.of("bundles", "tools", "distribution/src", "itests/src", "benchmarks")) {
            try (Stream<Path> walk = Files.walk(ROOT.resolve(top))) {
                for (Path p : walk.filter(f -> f.toString().endsWith(".java") && !f.toString().contains("/target/")).toList()) {
                    files++;
                    long lines;
                    try (Stream<String> l = Files.lines(p)) {
                        lines = l.count();
                    }
                    assertTrue(lines <= MOST_LINES, p + " has " + lines + " lines");
                }
            }
        }
        assertTrue(files > 200, files + " files");
    }

    @Test
    void bundlesAreNamedAfterTheirFolders() throws IOException {
        try (Stream<Path> poms = Files.walk(ROOT.resolve("bundles"), 3)) {
            for (Path pom : poms.filter(p -> p.endsWith("pom.xml") && Files.isDirectory(p.resolveSibling("src"))).toList()) {
                String folder = ROOT.resolve("bundles").relativize(pom.getParent()).toString().replace('/', '.');
                assertTrue(Files.readString(pom).contains("<artifactId>org.reprise." + folder + "</artifactId>"), pom.toString());
            }
        }
        assertFalse(all.isEmpty());
        assertEquals("org.reprise.api.cpu", all.get("org.reprise.api.cpu.Cpu").getPackageName());
    }
}
