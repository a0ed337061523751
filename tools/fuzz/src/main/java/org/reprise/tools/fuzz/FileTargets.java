package org.reprise.tools.fuzz;

import io.airlift.compress.lz4.Lz4Compressor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import java.util.zip.Deflater;
import org.reprise.api.debug.Symbols;
import org.reprise.api.machine.MachineException;
import org.reprise.block.qcow2.image.CheckReport.Repair;
import org.reprise.block.qcow2.image.Qcow2Image;
import org.reprise.core.replay.ForeignLogsService;
import org.reprise.core.replay.RecordingArchivesService;
import org.reprise.core.replay.RecordingsService;
import org.reprise.debug.symbols.SymbolReaderService;
import org.reprise.device.loader.RiscvBootModel;
import org.reprise.tools.devicekit.FakeDeviceContext;

/**
 * Readers of files that may come from a stranger: logs, recordings in one file, images, symbols, kernels. The only way out beside success
 * is the exception that the reader documents. Where a checksum guards the content, a program can ask for a right one.
 */
final class FileTargets {
    private static final long LOG_MAGIC = 0x5250_5253_4c4f_470aL;
    private static final int LOG_HEADER_BYTES = 24;
    private static final int FRAME_HEADER_BYTES = 29;
    private static final int SEMANTICS = 4;
    private static final int FEATURES = 0x1f;
    private static final int SEAL_BYTES = 64;
    private static final int IMAGE_STEPS = 8;

    private FileTargets() {
    }

    static Map<String, Target> all() {
        Map<String, Target> all = new LinkedHashMap<>();
        all.put("log", bounded(FileTargets::log));
        all.put("manifest", bounded(FileTargets::manifest));
        all.put("packed", bounded(FileTargets::packed));
        all.put("qemu-log", bounded(FileTargets::qemuLog));
        all.put("qcow2", bounded(FileTargets::qcow2));
        all.put("symbols", bounded(FileTargets::symbols));
        all.put("loader", bounded(FileTargets::loader));
        return all;
    }

    private static Target bounded(Target target) {
        return in -> {
            Effort effort = new Effort(null);
            target.run(in);
            if (effort.excessive()) {
                // loading and instrumenting classes takes memory once
                Effort second = new Effort(null);
                target.run(in.again());
                second.check();
            }
        };
    }

    /** Does something that may be refused. A refusal without a text is none. */
    private static void attempt(Attempt attempt) {
        try {
            attempt.run();
        } catch (IOException | MachineException e) {
            if (e.getMessage() == null || e.getMessage().isBlank()) {
                throw new AssertionError("refused without a reason", e);
            }
        }
    }

    private interface Attempt {
        void run() throws IOException;
    }

    private static void log(Input in) throws IOException {
        Path recording = Scratch.folder("log.rr");
        Files.write(recording.resolve("events.log"), in.flag() ? frames(in) : in.rest());
        attempt(() -> {
            long[] last = {0};
            Object end = new RecordingsService().events(recording, e -> {
                if (e.icount() < last[0]) {
                    throw new AssertionError("icount goes back from " + last[0] + " to " + e.icount());
                }
                last[0] = e.icount();
            });
            if (end == null) {
                throw new AssertionError("a log without an end");
            }
        });
    }

    /** A log whose checksums are right, whatever its frames hold (docs/log-format.md). */
    private static byte[] frames(Input in) {
        ByteBuffer header = ByteBuffer.allocate(LOG_HEADER_BYTES);
        header.putLong(LOG_MAGIC).putShort((short) 1).putShort((short) SEMANTICS).putInt(FEATURES).putInt(0);
        header.putInt(crc(header.array(), LOG_HEADER_BYTES - 4));
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        log.writeBytes(header.array());
        for (int number = 0; in.more(); number++) {
            int how = in.u8();
            byte[] raw = in.bytes(in.u16() & 0x3fff);
            boolean packed = (how & 1) != 0;
            boolean lz4 = (how & 8) != 0;
            // not packed, but said to be: a block of any content
            byte[] payload = !packed ? raw : lz4 ? lz4(raw) : deflated(raw);
            int claimed = (how & 2) != 0 ? (int) in.u32() : raw.length;
            long first = (how & 4) != 0 ? in.u64() : number << 20;
            ByteBuffer frame = ByteBuffer.allocate(FRAME_HEADER_BYTES);
            frame.putInt(payload.length).putInt(claimed).putLong(first).putInt(number).put((byte) (lz4 ? 2 : how & 1));
            frame.putInt(crc(payload, payload.length));
            frame.putInt(crc(frame.array(), FRAME_HEADER_BYTES - 4));
            log.writeBytes(frame.array());
            log.writeBytes(payload);
        }
        return log.toByteArray();
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    private static byte[] deflated(byte[] raw) {
        Deflater deflater = new Deflater(6, true);
        try {
            deflater.setInput(raw);
            deflater.finish();
            byte[] out = new byte[raw.length + 64];
            return Arrays.copyOf(out, deflater.deflate(out));
        } finally {
            deflater.end();
        }
    }

    private static byte[] lz4(byte[] raw) {
        Lz4Compressor compressor = new Lz4Compressor();
        byte[] out = new byte[compressor.maxCompressedLength(raw.length)];
        return Arrays.copyOf(out, compressor.compress(raw, 0, raw.length, out, 0, out.length));
    }

    private static void manifest(Input in) throws IOException {
        Path recording = Scratch.folder("manifest.rr");
        byte[] log = new byte[0];
        Files.write(recording.resolve("events.log"), log);
        Files.write(recording.resolve("manifest.json"), in.rest());
        attempt(() -> new RecordingsService().info(recording));
        attempt(() -> new RecordingsService().compare(recording, recording));
    }

    private static void packed(Input in) throws IOException {
        Path archive = Scratch.folder("packed").resolve("a.rrz");
        boolean sealed = in.flag();
        boolean images = in.flag();
        byte[] bytes = in.rest();
        if (sealed && bytes.length > SEAL_BYTES) {
            byte[] seal = HexFormat.of().formatHex(sha256(bytes, bytes.length - SEAL_BYTES)).getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(seal, 0, bytes, bytes.length - SEAL_BYTES, SEAL_BYTES);
        }
        Files.write(archive, bytes);
        Path outer = Scratch.folder("unpacked");
        attempt(() -> {
            new RecordingArchivesService().unpack(archive, outer.resolve("a.rr"), images);
            attempt(() -> new RecordingsService().info(outer.resolve("a.rr")));
        });
        try (var there = Files.list(outer)) {
            for (Path file : there.toList()) {
                if (!file.endsWith("a.rr")) {
                    throw new AssertionError("unpacking wrote " + file);
                }
            }
        }
        Scratch.clear(outer.resolve("a.rr"));
    }

    private static byte[] sha256(byte[] bytes, int length) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes, 0, length);
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void qemuLog(Input in) throws IOException {
        Path file = Files.write(Scratch.folder("qemu").resolve("a"), in.rest());
        ForeignLogsService logs = new ForeignLogsService();
        logs.recognises(file);
        attempt(() -> logs.events(file, e -> {
            if (e.kind() == null || e.data() == null) {
                throw new AssertionError("event without kind or data");
            }
        }));
    }

    /** Steps first, then the image that they are tried on. */
    private static void qcow2(Input in) throws IOException {
        Path file = Scratch.folder("qcow2").resolve("a.qcow2");
        int mode = in.u8();
        byte[] steps = in.bytes(IMAGE_STEPS * 4);
        Files.write(file, in.rest());
        attempt(() -> {
            try (Qcow2Image image = Qcow2Image.openAlone(file, (mode & 1) == 0 ? Qcow2Image.Mode.READ : Qcow2Image.Mode.WRITE)) {
                image.describe();
                attempt(image::snapshots);
                Input program = new Input(steps);
                while (program.more()) {
                    attempt(() -> step(image, program));
                }
            }
        });
        Repair repair = (mode & 0x80) == 0 ? Repair.NONE : (mode & 0x40) != 0 ? Repair.ALL : Repair.LEAKS;
        attempt(() -> {
            try (Qcow2Image image = Qcow2Image.openAlone(file, Qcow2Image.Mode.REPAIR)) {
                image.check(repair);
            }
        });
        Files.delete(file);
    }

    private static void step(Qcow2Image image, Input program) throws IOException {
        int what = program.u8();
        int length = (1 + program.u8()) << (what >>> 4 & 6);
        long last = image.length() - length;
        long position = program.u16() * 67L % Math.max(1, last);
        if (last < 0) {
            return;
        }
        byte[] bytes = new byte[length];
        switch (what & 15) {
            case 0, 1, 2 -> image.read(position, bytes, 0, length);
            case 3, 4, 5, 6 -> {
                Arrays.fill(bytes, (byte) (what | 1));
                image.write(position, bytes, 0, length);
                byte[] back = new byte[length];
                image.read(position, back, 0, length);
                if (!Arrays.equals(bytes, back)) {
                    throw new AssertionError("what was written at " + position + " is not read back");
                }
            }
            case 7 -> image.discard(position, length);
            case 8 -> image.createSnapshot("n" + position, 1, 2);
            case 9 -> image.deleteSnapshot("1");
            case 10 -> image.applySnapshot("1");
            case 11 -> image.extent(position, image.length() - position);
            case 12 -> image.read(last, bytes, 0, length);
            case 13 -> image.writeCompressed(position / image.clusterSize() * image.clusterSize(), new byte[image.clusterSize()]);
            default -> image.flush();
        }
    }

    private static void symbols(Input in) throws IOException {
        Path file = Files.write(Scratch.folder("symbols").resolve("a"), in.rest());
        attempt(() -> {
            Symbols symbols = new SymbolReaderService().read(List.of(file.toString()));
            symbols.all().forEach(s -> {
                symbols.find(s.address());
                symbols.named(s.name());
                symbols.line(s.address()).ifPresent(line -> symbols.addresses(line.file(), line.line()));
            });
            symbols.addresses("a.c", 1);
            symbols.find(-1);
            symbols.find(0);
        });
    }

    /** Firmware, kernel and initrd as files. What does not fit is an IllegalArgumentException of the device's constructor. */
    private static void loader(Input in) {
        int mode = in.u8();
        FakeDeviceContext context = new FakeDeviceContext(Rig.RAM, 8 << 20, "loader", "xlen", (mode & 1) != 0 ? "32" : "64",
                "kernel.format", (mode & 2) != 0 ? "raw" : "auto");
        byte[] first = in.bytes((mode & 4) != 0 ? in.u16() & 0xfff : 0);
        if ((mode & 4) != 0) {
            context.image("firmware", first);
        }
        if ((mode & 8) != 0) {
            context.image("initrd", new byte[100]);
        }
        context.image("kernel", in.rest());
        try {
            new RiscvBootModel().create(context).reset();
        } catch (IllegalArgumentException e) {
            if (e.getMessage() == null || !e.getMessage().contains("loader")) {
                throw new AssertionError("a refusal that does not name the part", e);
            }
        }
    }
}
