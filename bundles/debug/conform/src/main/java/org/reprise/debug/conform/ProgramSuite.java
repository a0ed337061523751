package org.reprise.debug.conform;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;

/**
 * Whole C programs, compiled with the profile's compiler at every level of optimisation with each of its sets of flags, compared after every
 * instruction, and in memory at their end.
 */
final class ProgramSuite {
    private static final String[] PROGRAMS = {"integers", "structures", "floats"};
    private static final String[] LEVELS = {"-O0", "-O1", "-O2", "-O3"};
    private static final long COMPILER_SECONDS = 120;
    private final Profile profile;
    private final ConformOptions options;
    private final ConformCommand command;

    ProgramSuite(Profile profile, ConformOptions options, ConformCommand command) {
        this.profile = profile;
        this.options = options;
        this.command = command;
    }

    ExitCode run() throws IOException, InterruptedException {
        Coverage coverage = new Coverage();
        int differences = 0;
        Path folder = Files.createTempDirectory("reprise-programs");
        try (Pair pair = new Pair(profile, options, command, coverage, "program")) {
            for (String name : List.of("common.h", "program.ld", "integers.c", "structures.c", "floats.c")) {
                try (InputStream in = ProgramSuite.class.getResourceAsStream("programs/" + name)) {
                    Files.copy(in, folder.resolve(name));
                }
            }
            System.out.printf(Locale.ROOT, "%-12s %-60s %-4s %12s %12s%n", "program", "flags", "", "instructions", "result");
            for (Map.Entry<String, String> flags : profile.under("program.flags.").entrySet()) {
                for (String level : LEVELS) {
                    for (String program : PROGRAMS) {
                        byte[] image = compile(folder, program, flags.getKey(), level);
                        long before = pair.lockstep().steps();
                        Mismatch m = pair.lockstep().runToEnd(sequence(program + " " + level + " " + flags.getValue(), image));
                        System.out.printf(Locale.ROOT, "%-12s %-60s %-4s %12d %12s%n", program, flags.getValue(), level,
                            pair.lockstep().steps() - before, m == null ? "equal" : "DIFFERENT");
                        if (m != null) {
                            System.out.print(m.report(pair.instructions()));
                            if (++differences >= options.differences) {
                                return ExitCode.DIVERGED;
                            }
                        }
                    }
                }
            }
        } finally {
            try (var files = Files.walk(folder)) {
                for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
        if (options.coverage != null) {
            coverage.write(CoverageSuite.file(options.coverage, profile, "program"));
        }
        return differences == 0 ? ExitCode.OK : ExitCode.DIVERGED;
    }

    private byte[] compile(Path folder, String program, String flags, String level) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(profile.words("program.compiler"));
        line.addAll(profile.words("program.flags." + flags));
        line.addAll(List.of(level, "-ffreestanding", "-fno-tree-loop-distribute-patterns", "-fno-zero-initialized-in-bss", "-c", program + ".c"));
        run(folder, line);
        List<String> link = new ArrayList<>(profile.words("program.compiler"));
        link.addAll(profile.words(profile.has("program.link." + flags) ? "program.link." + flags : "program.flags." + flags));
        link.addAll(List.of("-nostdlib", "-static", "-Wl,-T,program.ld", "-Wl,-Ttext=" + profile.text("program.address"), "-Wl,--no-relax",
            "-Wl,--no-warn-rwx-segments", program + ".o", "-lgcc", "-o", program + ".elf"));
        run(folder, link);
        List<String> copy = new ArrayList<>(profile.words("program.objcopy"));
        copy.addAll(List.of("-O", "binary", program + ".elf", program + ".bin"));
        run(folder, copy);
        return Files.readAllBytes(folder.resolve(program + ".bin"));
    }

    private void run(Path folder, List<String> line) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(line).directory(folder.toFile()).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new MachineException(ExitCode.CONFIGURATION, line.get(0) + " cannot be started: " + e.getMessage() + "; install the package "
                + profile.text("program.package"), e);
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(COMPILER_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new MachineException(ExitCode.CONFIGURATION, String.join(" ", line) + " failed:\n" + output);
        }
    }

    /** The image as one piece of code, in the first of the profile's modes. */
    private Sequence sequence(String label, byte[] image) {
        Map<String, Long> registers = new LinkedHashMap<>(profile.assignments("always"));
        registers.putAll(profile.assignments("program.registers"));
        Map<Long, byte[]> memory = new LinkedHashMap<>();
        for (String window : profile.words("program.memory")) {
            String[] parts = window.split(":");
            memory.put(profile.number("program.memory", parts[0]), new byte[(int) profile.number("program.memory", parts[1])]);
        }
        long address = profile.number("program.address");
        memory.put(address, image);
        return new Sequence(label, address, List.of(image), registers, profile.assignments("mode." + profile.words("modes").get(0)), memory);
    }
}
