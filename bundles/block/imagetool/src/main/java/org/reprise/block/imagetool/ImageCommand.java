package org.reprise.block.imagetool;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.block.BlockNode;
import org.reprise.api.command.ScriptedCommand;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.block.qcow2.image.CheckReport;
import org.reprise.block.qcow2.image.ImageCreator;
import org.reprise.block.qcow2.image.Images;
import org.reprise.block.qcow2.image.Qcow2Image;
import org.reprise.block.qcow2.image.Qcow2Image.Mode;
import org.reprise.block.qcow2.image.Snapshot;

/** {@code reprise image}: makes, shows, converts and repairs disk images. */
@Component(property = ScriptedCommand.NAME + "=image")
public final class ImageCommand implements ScriptedCommand {
    static final String HELP = """
        reprise image COMMAND [OPTION...] FILE...

          create [-f qcow2|raw] [-b BACKING -F raw|qcow2] [-o OPTIONS] FILE [SIZE]
                            a new, empty image; on a backing file it shows what that holds, and SIZE may be left out
          info FILE         what an image is
          convert -f FORMAT -O FORMAT [-c] [-o OPTIONS] FILE NEWFILE
                            a copy in another format, of all that the image and its backing files hold; -c compresses it (qcow2)
          check [-r leaks|all] FILE
                            checks a qcow2 image's tables; -r repairs
          commit FILE       writes what an overlay holds into its backing file, and empties it
          snapshot -l | -c NAME | -a NAME | -d NAME FILE
                            internal snapshots of a qcow2 image: list, create, apply (what it holds now is lost), delete

        SIZE      bytes, or with K, M, G, T (powers of 1024)
        OPTIONS   cluster_size=SIZE (512 to 2M, default 64K), compat=v2|v3, compression_type=zlib|zstd; separated by commas
        Relative names of backing files are relative to the folder of the image that stands on them.

        Exit codes: 0 all went well (check: no damage; leaks cost room only), 2 wrong usage, 4 an image or file does not fit, 8 check found damage
        """;
    private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private final PrintStream out;

    /** For the component runtime. */
    public ImageCommand() {
        this(System.out);
    }

    ImageCommand(PrintStream out) {
        this.out = out;
    }

    @Override
    public ExitCode run(List<String> arguments) throws Exception {
        if (arguments.isEmpty() || arguments.contains("--help") || arguments.get(0).equals("help")) {
            out.print(HELP);
            return arguments.isEmpty() ? ExitCode.USAGE : ExitCode.OK;
        }
        String command = arguments.get(0);
        List<String> rest = arguments.subList(1, arguments.size());
        try {
            return switch (command) {
                case "create" -> create(new Arguments(command, rest, List.of("-f", "-b", "-F", "-o"), List.of()));
                case "info" -> info(new Arguments(command, rest, List.of(), List.of()));
                case "convert" -> convert(new Arguments(command, rest, List.of("-f", "-O", "-o"), List.of("-c")));
                case "check" -> check(new Arguments(command, rest, List.of("-r"), List.of()));
                case "commit" -> commit(new Arguments(command, rest, List.of(), List.of()));
                case "snapshot" -> snapshot(new Arguments(command, rest, List.of("-c", "-a", "-d"), List.of("-l")));
                default -> throw new MachineException(ExitCode.USAGE, "image: unknown command '" + command
                        + "'; reprise image --help lists them");
            };
        } catch (IOException e) {
            throw new MachineException(ExitCode.CONFIGURATION, "image " + command + ": " + e.getMessage(), e);
        }
    }

    private ExitCode create(Arguments a) throws IOException {
        a.expect(1, 2, "a FILE and a SIZE");
        Path file = a.file(0);
        String format = a.format("-f", "qcow2");
        String backing = a.value("-b");
        if (backing == null && a.has("-F")) {
            throw a.usage("-F " + a.value("-F") + " goes with -b BACKING");
        }
        if (backing == null && a.count() < 2) {
            throw a.usage("how large? give a SIZE after " + file);
        }
        if (format.equals("raw")) {
            if (backing != null || a.has("-o")) {
                throw a.usage("a raw image has no backing file and no options; use -f qcow2");
            }
            Images.createRaw(file, a.size(a.name(1)));
        } else {
            long size = a.count() == 2 ? a.size(a.name(1)) : backingSize(file, backing, a.format("-F", null));
            ImageCreator.Options options = options(a, size);
            ImageCreator.create(file, backing == null ? options : options.on(backing, a.format("-F", null)));
        }
        return ExitCode.OK;
    }

    private static long backingSize(Path file, String backing, String format) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        try (BlockNode below = Images.open(folder.resolve(backing), format, false)) {
            return below.length();
        }
    }

    private static ImageCreator.Options options(Arguments a, long size) {
        int clusterSize = 1 << 16;
        int version = 3;
        boolean zstd = false;
        String text = a.value("-o");
        for (String option : text == null || text.isEmpty() ? new String[0] : text.split(",")) {
            int equals = option.indexOf('=');
            String key = equals < 0 ? option : option.substring(0, equals);
            String value = equals < 0 ? "" : option.substring(equals + 1);
            switch (key) {
                case "cluster_size" -> clusterSize = (int) Math.min(1 << 30, a.size(value));
                case "compat" -> version = switch (value) {
                    case "v2", "0.10" -> 2;
                    case "v3", "1.1" -> 3;
                    default -> throw a.usage("compat=" + value + ": it is v2 or v3");
                };
                case "compression_type" -> zstd = switch (value) {
                    case "zlib" -> false;
                    case "zstd" -> true;
                    default -> throw a.usage("compression_type=" + value + ": it is zlib or zstd");
                };
                default -> throw a.usage("unknown -o option " + key + "; there are cluster_size, compat and compression_type");
            }
        }
        return new ImageCreator.Options(size, version, clusterSize, zstd, null, null);
    }

    private ExitCode info(Arguments a) throws IOException {
        a.expect(1, 1, "a FILE");
        Path file = a.file(0);
        String format = Images.format(file);
        out.println("image: " + file);
        if (format.equals("raw")) {
            out.println("format: raw, as far as its first bytes tell\nsize: " + bytes(Files.size(file)));
            return ExitCode.OK;
        }
        try (Qcow2Image image = Qcow2Image.openAlone(file, Mode.READ)) {
            out.println("format: qcow2, version " + image.version());
            out.println("size: " + bytes(image.length()));
            out.println("file: " + bytes(Files.size(file)));
            out.println("clusters: " + image.clusterSize() + " bytes, refcounts of " + image.refcountBits() + " bits, compression "
                    + image.compression() + (image.lazyRefcounts() ? ", lazy refcounts" : ""));
            if (image.backingFile() != null) {
                out.println("backing file: " + image.backingFile() + " (" + (image.backingFormat() == null ? "format not stated"
                        : image.backingFormat()) + ")");
            }
            if (image.dirty()) {
                out.println("state: was not closed; refcounts are repaired when it is written");
            }
            if (image.corrupt()) {
                out.println("state: marked as corrupt; reprise image check -r all " + file);
            }
            List<Snapshot> snapshots = image.snapshots();
            if (!snapshots.isEmpty()) {
                out.println("snapshots: " + snapshots.size());
                print(snapshots);
            }
        }
        return ExitCode.OK;
    }

    private static String bytes(long n) {
        int unit = 0;
        double value = n;
        while (value >= 1024 && unit + 1 < UNITS.length) {
            value /= 1024;
            unit++;
        }
        return n + " bytes" + (unit == 0 ? "" : String.format(Locale.ROOT, " (%.4s %s)", value, UNITS[unit]).replace(". ", " "));
    }

    private void print(List<Snapshot> snapshots) {
        out.println(String.format(Locale.ROOT, "  %-6s %-24s %-20s %14s %14s", "ID", "NAME", "MADE", "DISK SIZE", "VM STATE"));
        for (Snapshot s : snapshots) {
            out.println(String.format(Locale.ROOT, "  %-6s %-24s %-20s %14d %14d", s.id(), s.name(), Instant.ofEpochSecond(s.seconds()),
                    s.diskSize(), s.vmState()));
        }
    }

    private ExitCode convert(Arguments a) throws IOException {
        a.expect(2, 2, "a FILE and a NEWFILE");
        String to = a.format("-O", null);
        if (to.equals("raw") && (a.has("-c") || a.has("-o"))) {
            throw a.usage("a raw image is not compressed and has no options; use -O qcow2");
        }
        try (BlockNode from = Images.open(a.file(0), a.format("-f", null), false)) {
            Copy.convert(from, a.file(1), to.equals("raw") ? null : options(a, from.length()), a.has("-c"));
        }
        return ExitCode.OK;
    }

    private ExitCode check(Arguments a) throws IOException {
        a.expect(1, 1, "a FILE");
        String repair = a.value("-r");
        if (repair != null && !repair.equals("leaks") && !repair.equals("all")) {
            throw a.usage("-r " + repair + ": it is leaks or all");
        }
        if (repair != null && !Files.isWritable(a.file(0))) {
            throw new IOException("image " + a.file(0) + " cannot be written, so not repaired; change its permissions");
        }
        CheckReport.Repair what = repair == null ? CheckReport.Repair.NONE : CheckReport.Repair.valueOf(repair.toUpperCase(Locale.ROOT));
        CheckReport report;
        try (Qcow2Image image = Qcow2Image.open(a.file(0), Mode.REPAIR)) {
            report = image.check(what);
        }
        report.messages().forEach(out::println);
        if (report.repairedCorruptions() + report.repairedLeaks() > 0) {
            out.println("repaired: " + report.repairedCorruptions() + " errors, " + report.repairedLeaks() + " leaked clusters");
        }
        out.println(report.corruptions() == 0 && report.leaks() == 0 ? "no errors in " + report.clusters() + " clusters"
                : report.corruptions() + " errors, " + report.leaks() + " leaked clusters of " + report.clusters());
        return report.corruptions() == 0 ? ExitCode.OK : ExitCode.DAMAGED;
    }

    private ExitCode commit(Arguments a) throws IOException {
        a.expect(1, 1, "a FILE");
        Path file = a.file(0);
        try (Qcow2Image overlay = Qcow2Image.openAlone(file, Mode.WRITE)) {
            if (overlay.backingFile() == null) {
                throw new IOException("image " + file + " has no backing file");
            }
            if (overlay.backingFormat() == null) {
                throw new IOException("image " + file + " does not state the format of its backing file " + overlay.backingFile()
                        + "; state it with qemu-img rebase -u -f qcow2 -b NAME -F raw|qcow2");
            }
            Path backing = overlay.backingPath();
            if (Files.exists(backing) && Files.isSameFile(backing, file)) {
                throw new IOException("image " + file + " is its own backing file");
            }
            if (overlay.backingFormat().equals("raw")) {
                Images.lengthenRaw(backing, overlay.length());
            }
            try (BlockNode below = Images.open(backing, overlay.backingFormat(), true)) {
                if (below.length() < overlay.length()) {
                    throw new IOException("image " + file + " has " + overlay.length() + " bytes, its backing file " + backing + " only "
                            + below.length() + "; lengthen that with qemu-img resize");
                }
                long written = Copy.commit(overlay, below);
                out.println("committed " + bytes(written) + " to " + backing);
            }
        }
        return ExitCode.OK;
    }

    private ExitCode snapshot(Arguments a) throws IOException {
        a.expect(1, 1, "a FILE");
        long actions = List.of("-l", "-c", "-a", "-d").stream().filter(a::has).count();
        if (actions != 1) {
            throw a.usage("takes one of -l, -c NAME, -a NAME, -d NAME");
        }
        if (a.has("-l")) {
            try (Qcow2Image image = Qcow2Image.openAlone(a.file(0), Mode.READ)) {
                print(image.snapshots());
            }
            return ExitCode.OK;
        }
        try (Qcow2Image image = Qcow2Image.openAlone(a.file(0), Mode.WRITE)) {
            if (a.has("-c")) {
                Instant now = Instant.now();
                image.createSnapshot(a.value("-c"), now.getEpochSecond(), now.getNano());
            } else if (a.has("-a")) {
                image.applySnapshot(a.value("-a"));
            } else {
                image.deleteSnapshot(a.value("-d"));
            }
        }
        return ExitCode.OK;
    }
}
