package org.reprise.debug.conform;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.reprise.api.machine.ExitCode;
import org.reprise.debug.gdb.protocol.GdbClient;
import org.reprise.debug.gdb.protocol.MemoryCrc;
import org.reprise.debug.gdb.protocol.Packets;

/**
 * A guest's boot by windows: both machines begin with the same memory and run the same number of instructions; then all registers and all
 * of RAM are compared, again and again, as far as they stay equal. The reference is recorded first, because only in its replay does it stop
 * at an exact instruction; both count time by instructions, so that timers fire at the same ones.
 */
final class BootSuite {
    private static final int PAGE = 4096;
    private static final int GAP = 1 << 20;
    private static final int BATCH = 16;
    private static final int REGION = 1 << 16;
    private final Profile profile;
    private final ConformOptions options;
    private final ConformCommand command;

    BootSuite(Profile profile, ConformOptions options, ConformCommand command) {
        this.profile = profile;
        this.options = options;
        this.command = command;
    }

    ExitCode run() throws IOException, InterruptedException {
        Map<String, String> settings = new LinkedHashMap<>();
        for (String key : profile.words("boot.files")) {
            int equals = key.indexOf('=');
            Path file = options.guest == null ? null : options.guest.resolve(key.substring(equals + 1));
            if (file == null || !Files.isReadable(file)) {
                throw ConformOptions.usage("--suite boot needs --guest FOLDER with the file " + key.substring(equals + 1));
            }
            settings.put(key.substring(0, equals), file.toString());
        }
        profile.under("boot.set.").forEach(settings::put);
        settings.putAll(options.settings);
        long base = profile.number("boot.ram.base");
        int size = (int) profile.number("boot.ram.size");
        Path folder = Files.createTempDirectory("reprise-boot");
        try (Subject subject = command.subject(profile, settings)) {
            Target ours = new Target(Mismatch.OURS, subject.client());
            System.out.println("copying the guest's memory");
            byte[] ram = memory(ours, base, size);
            byte[] rom = memory(ours, profile.number("boot.rom.base"), (int) profile.number("boot.rom.size"));
            Path log = folder.resolve("log");
            System.out.println("recording the reference");
            List<String> pieces = pieces(folder, base, ram);
            long end = record(folder, log, ram, rom, pieces);
            System.out.printf(Locale.ROOT, "the reference was recorded for %d instructions%n", end);
            try (ReferenceProcess reference = reference("replay", log, pieces)) {
                Target theirs = prepare(reference, folder, ram, rom);
                return compare(ours, theirs, folder, base, size, end);
            }
        } finally {
            try (var files = Files.walk(folder)) {
                for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private ReferenceProcess reference(String mode, Path log, List<String> pieces) throws IOException, InterruptedException {
        List<String> more = new ArrayList<>(profile.words("reference.boot"));
        more.addAll(List.of("-icount", "shift=" + profile.text("boot.shift") + ",sleep=off,rr=" + mode + ",rrfile=" + log));
        more.addAll(pieces);
        more.addAll(options.reference);
        return new ReferenceProcess(profile, more);
    }

    /** What our loader has put into RAM, as files that the reference loads; its debug stub would take minutes for it. */
    private static List<String> pieces(Path folder, long base, byte[] ram) throws IOException {
        List<String> arguments = new ArrayList<>();
        byte[] zeros = new byte[PAGE];
        int from = -1;
        int last = -1;
        for (int page = 0; page <= ram.length; page += PAGE) {
            boolean used = page < ram.length && !Arrays.equals(ram, page, page + PAGE, zeros, 0, PAGE);
            if (used && from < 0) {
                from = page;
            }
            last = used ? page + PAGE : last;
            if (from >= 0 && (page == ram.length || page - last > GAP)) {
                Path file = folder.resolve("piece" + arguments.size());
                Files.write(file, Arrays.copyOfRange(ram, from, last));
                arguments.addAll(List.of("-device", "loader,file=" + file + ",addr=0x" + Long.toHexString(base + from) + ",force-raw=on"));
                from = -1;
            }
        }
        return arguments;
    }

    private static byte[] memory(Target target, long address, int size) throws IOException {
        byte[] bytes = new byte[size];
        for (int done = 0; done < size; done += 1 << 20) {
            int part = Math.min(1 << 20, size - done);
            System.arraycopy(target.memory(address + done, part), 0, bytes, done, part);
        }
        return bytes;
    }

    /** Gives the reference our machine's memory; both then begin at their reset address. */
    private Target prepare(ReferenceProcess reference, Path folder, byte[] ram, byte[] rom) throws IOException {
        Target theirs = new Target(Mismatch.THEIRS, reference.client());
        for (Map.Entry<String, String> e : profile.under("reference.register.").entrySet()) {
            theirs.add(e.getKey(), e.getValue());
        }
        long base = profile.number("boot.ram.base");
        byte[] present = dump(theirs.client(), folder, base, ram.length);
        List<String> packets = new ArrayList<>(Target.writing(profile.number("boot.rom.base"), rom));
        for (int page = 0; page < ram.length; page += PAGE) {
            if (!Arrays.equals(ram, page, page + PAGE, present, page, page + PAGE)) {
                packets.addAll(Target.writing(base + page, Arrays.copyOfRange(ram, page, page + PAGE)));
            }
            if (packets.size() > BATCH) {
                theirs.orders(packets);
                packets.clear();
            }
        }
        theirs.orders(packets);
        return theirs;
    }

    private static byte[] dump(GdbClient client, Path folder, long base, int size) throws IOException {
        Path file = folder.resolve("ram.bin");
        client.monitor("pmemsave 0x" + Long.toHexString(base) + " 0x" + Integer.toHexString(size) + " \"" + file + "\"", 60_000);
        byte[] bytes = Files.readAllBytes(file);
        Files.delete(file);
        return bytes;
    }

    private long record(Path folder, Path log, byte[] ram, byte[] rom, List<String> pieces) throws IOException, InterruptedException {
        try (ReferenceProcess reference = reference("record", log, pieces)) {
            Target theirs = prepare(reference, folder, ram, rom);
            GdbClient client = theirs.client();
            long wanted = options.from + options.window * options.windows;
            long end = 0;
            while (end < wanted) {
                client.send("vCont;c");
                Thread.sleep(500);
                client.interrupt();
                client.receive(20_000);
                String text = client.monitor("info replay", 10_000);
                String count = text.replaceAll("(?s).*instruction count = (\\d+).*", "$1");
                long now = Long.parseLong(count);
                if (now == end) {
                    break;
                }
                end = now;
            }
            client.send("qRcmd," + Packets.hexText("quit"));
            reference.awaitEnd(TimeUnit.SECONDS.toMillis(20));
            return end;
        }
    }

    private static int checksum(Target ours, long address, int length) throws IOException {
        String answer = ours.client().monitor("crc 0x" + Long.toHexString(address) + " 0x" + Integer.toHexString(length), 60_000).strip();
        return (int) Packets.number(answer.substring(1));
    }

    private static void differingWords(Target ours, long address, byte[] reference) throws IOException {
        int shown = 0;
        for (int at = 0; at < reference.length && shown < 8; at += PAGE) {
            byte[] page = Packets.bytes(ours.client().monitor("xp 0x" + Long.toHexString(address + at) + " 0x" + Integer.toHexString(PAGE), 10_000)
                .strip());
            for (int i = 0; i < PAGE && shown < 8; i += 8) {
                if (!Arrays.equals(page, i, i + 8, reference, at + i, at + i + 8)) {
                    shown++;
                    System.out.printf(Locale.ROOT, "  [0x%x] %s %s%n", address + at + i, Packets.hex(Arrays.copyOfRange(page, i, i + 8)),
                        Packets.hex(Arrays.copyOfRange(reference, at + i, at + i + 8)));
                }
            }
        }
    }

    private ExitCode compare(Target ours, Target theirs, Path folder, long base, int size, long end) throws IOException {
        List<String> names = new ArrayList<>();
        ours.general().forEach(r -> names.add(r.name()));
        names.addAll(profile.words("compare.system"));
        names.addAll(profile.words("compare.float"));
        if (profile.has("float.feature")) {
            ours.feature(profile.text("float.feature")).forEach(r -> names.add(r.name()));
        }
        long equal = 0;
        for (int i = 1; i <= options.windows && options.from + options.window * i <= end; i++) {
            long icount = options.from + options.window * i;
            ours.client().monitor("until " + icount, 10_000);
            ours.run(600_000);
            theirs.client().monitor("replay_break " + icount, 10_000);
            theirs.run(600_000);
            Map<String, Long> state = ours.read(names);
            Map<String, long[]> differing = Mismatch.between(state, theirs.read(names));
            profile.assignments("boot.ignore").forEach((register, bits) -> differing.computeIfPresent(register,
                (r, v) -> ((v[0] ^ v[1]) & ~bits) == 0 ? null : v));
            byte[] theirRam = dump(theirs.client(), folder, base, size);
            int theirSum = MemoryCrc.update(MemoryCrc.START, theirRam);
            // physical addresses are what machine mode sees; the guest's own translation may be on
            int ourSum = checksum(ours, base, size);
            System.out.printf(Locale.ROOT, "%14d instructions  pc 0x%x  RAM %08x %s%n", icount, state.get(profile.text("pc")), ourSum,
                differing.isEmpty() && ourSum == theirSum ? "equal" : "DIFFERENT");
            if (!differing.isEmpty() || ourSum != theirSum) {
                differing.forEach((name, v) -> System.out.printf(Locale.ROOT, "  %-14s %18x %18x%n", name, v[0], v[1]));
                int shown = 0;
                for (int a = 0; ourSum != theirSum && a < size; a += REGION) {
                    if (checksum(ours, base + a, REGION) != MemoryCrc.update(MemoryCrc.START, Arrays.copyOfRange(theirRam, a, a + REGION))) {
                        differingWords(ours, base + a, Arrays.copyOfRange(theirRam, a, a + REGION));
                    }
                }
                System.out.printf(Locale.ROOT, "comparable for %d instructions%n", equal);
                return equal >= options.count ? ExitCode.OK : ExitCode.DIVERGED;
            }
            equal = icount;
        }
        System.out.printf(Locale.ROOT, "comparable for %d instructions, all that were compared%n", equal);
        return equal >= options.count || equal == options.from + options.window * options.windows ? ExitCode.OK : ExitCode.DIVERGED;
    }
}
