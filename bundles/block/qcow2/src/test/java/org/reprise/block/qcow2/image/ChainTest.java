package org.reprise.block.qcow2.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.block.qcow2.image.Qcow2Image.Mode;

/** Backing files: of both formats, shorter and longer, relative names, and those that are refused. */
class ChainTest {
    @TempDir
    Path folder;

    private Path file(String name) {
        return folder.resolve(name);
    }

    private static String refusal(Path image) {
        return assertThrows(IOException.class, () -> Qcow2Image.open(image, Mode.READ).close()).getMessage();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void chainsAreReadAndOnlyTheirTopIsWritten(int version) throws Exception {
        Random random = new Random(version);
        int length = 3 << 20;
        // shorter than what stands on it, and not of whole sectors
        byte[] base = Samples.bytes(random, (1 << 20) + 777);
        Samples.write(file("base.raw"), base);
        Files.createDirectory(file("sub"));
        QemuImg.img("create", "-f", "qcow2", "-o", "cluster_size=4096", "-b", "../base.raw", "-F", "raw", file("sub/middle.qcow2"), length);
        QemuImg.io(file("sub/middle.qcow2"), "write -P 17 900k 300k", "write -z 100k 60k", "discard 64k 8k");
        byte[] middle = QemuImg.content(file("sub/middle.qcow2"));
        assertArrayEquals(middle, Samples.content(file("sub/middle.qcow2")));
        byte[] middleFile = Files.readAllBytes(file("sub/middle.qcow2"));
        ImageCreator.create(file("top.qcow2"), new ImageCreator.Options(length + 4096, version, 1 << 16, false, "sub/middle.qcow2", "qcow2"));
        byte[] model = Arrays.copyOf(middle, length + 4096);
        try (Qcow2Image top = Qcow2Image.open(file("top.qcow2"), Mode.WRITE)) {
            assertEquals(List.of(file("top.qcow2"), file("sub/middle.qcow2"), file("base.raw")), top.sources());
            Samples.play(top, model, random, 300);
            assertTrue(top.describe().contains("middle.qcow2") && top.describe().contains("raw "), top.describe());
        }
        QemuImg.assertSound(file("top.qcow2"));
        assertArrayEquals(model, QemuImg.content(file("top.qcow2")));
        assertArrayEquals(middleFile, Files.readAllBytes(file("sub/middle.qcow2")));
        assertArrayEquals(base, Files.readAllBytes(file("base.raw")));
        try (Qcow2Image top = Qcow2Image.open(file("top.qcow2"), Mode.WRITE)) {
            top.empty();
        }
        QemuImg.assertSound(file("top.qcow2"));
        assertArrayEquals(Arrays.copyOf(middle, length + 4096), QemuImg.content(file("top.qcow2")));
    }

    @Test
    void aLongerBackingFileIsCutToTheImage() throws Exception {
        byte[] base = Samples.bytes(new Random(2), 1 << 20);
        Samples.write(file("base.raw"), base);
        ImageCreator.create(file("top.qcow2"), ImageCreator.Options.ofSize(300_032).on("base.raw", "raw"));
        byte[] model = Arrays.copyOf(base, 300_032);
        try (Qcow2Image top = Qcow2Image.open(file("top.qcow2"), Mode.WRITE)) {
            Samples.play(top, model, new Random(3), 100);
        }
        QemuImg.assertSound(file("top.qcow2"));
        assertArrayEquals(model, QemuImg.content(file("top.qcow2")));
    }

    @Test
    void aFormatThatIsNotStatedIsNotGuessed() throws Exception {
        Samples.write(file("base.raw"), new byte[65536]);
        ImageCreator.create(file("top.qcow2"), ImageCreator.Options.ofSize(65536).on("base.raw", "raw"));
        byte[] bytes = Files.readAllBytes(file("top.qcow2"));
        // the extension becomes one that is not known
        bytes[Header.LENGTH_WITH_COMPRESSION] = 0x12;
        Files.write(file("top.qcow2"), bytes);
        String refused = refusal(file("top.qcow2"));
        assertTrue(refused.contains("top.qcow2") && refused.contains("base.raw") && refused.contains("qemu-img rebase"), refused);
        String creating = assertThrows(IOException.class, () -> ImageCreator.create(file("new.qcow2"),
                ImageCreator.Options.ofSize(65536).on("base.raw", null))).getMessage();
        assertTrue(creating.contains("base.raw") && creating.contains("raw or qcow2"), creating);
        assertTrue(Files.notExists(file("new.qcow2")));
    }

    @Test
    void loopsAreNamed() throws Exception {
        for (String name : List.of("a", "b", "c")) {
            QemuImg.img("create", "-f", "qcow2", file(name + ".qcow2"), "1M");
        }
        QemuImg.img("rebase", "-u", "-f", "qcow2", "-b", "b.qcow2", "-F", "qcow2", file("a.qcow2"));
        QemuImg.img("rebase", "-u", "-f", "qcow2", "-b", "c.qcow2", "-F", "qcow2", file("b.qcow2"));
        QemuImg.img("rebase", "-u", "-f", "qcow2", "-b", "a.qcow2", "-F", "qcow2", file("c.qcow2"));
        String refused = refusal(file("a.qcow2"));
        assertTrue(refused.contains("a.qcow2 -> ") && refused.contains("c.qcow2 -> ") && refused.contains("in turn"), refused);
        QemuImg.img("rebase", "-u", "-f", "qcow2", "-b", "a.qcow2", "-F", "qcow2", file("a.qcow2"));
        assertTrue(refusal(file("a.qcow2")).contains("in turn"));
    }

    @Test
    void chainsThatAreTooLongAreRefused() throws Exception {
        Samples.write(file("0"), new byte[512]);
        for (int i = 1; i < BackingChain.DEEPEST; i++) {
            ImageCreator.create(file(Integer.toString(i)), ImageCreator.Options.ofSize(512).on(Integer.toString(i - 1), i == 1 ? "raw" : "qcow2"));
        }
        Qcow2Image.open(file(Integer.toString(BackingChain.DEEPEST - 1)), Mode.READ).close();
        String refused = assertThrows(IOException.class, () -> ImageCreator.create(file("last"), ImageCreator.Options.ofSize(512)
                .on(Integer.toString(BackingChain.DEEPEST - 1), "qcow2"))).getMessage();
        assertTrue(refused.contains("more than 64 files") && refused.contains("convert"), refused);
    }

    @Test
    void missingAndForeignBackingFilesAreNamed() throws Exception {
        QemuImg.img("create", "-f", "qcow2", file("a.qcow2"), "1M");
        QemuImg.img("rebase", "-u", "-f", "qcow2", "-b", "gone.raw", "-F", "raw", file("a.qcow2"));
        String missing = refusal(file("a.qcow2"));
        assertTrue(missing.contains("a.qcow2") && missing.contains("gone.raw does not exist"), missing);
        QemuImg.img("rebase", "-u", "-f", "qcow2", "-b", "gone.vmdk", "-F", "vmdk", file("a.qcow2"));
        assertTrue(refusal(file("a.qcow2")).contains("\"vmdk\""));
        QemuImg.img("rebase", "-u", "-f", "qcow2", "-b", "nbd://localhost/x", "-F", "raw", file("a.qcow2"));
        assertTrue(refusal(file("a.qcow2")).contains("no plain file name"));
        try (Qcow2Image alone = Qcow2Image.openAlone(file("a.qcow2"), Mode.READ)) {
            assertNull(alone.below());
            assertEquals("nbd://localhost/x", alone.backingFile());
        }
    }
}
