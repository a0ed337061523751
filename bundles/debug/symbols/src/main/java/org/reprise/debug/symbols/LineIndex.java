package org.reprise.debug.symbols;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.reprise.api.debug.SourceLine;
import org.reprise.debug.symbols.ElfFile.Section;
import org.reprise.debug.symbols.LineUnit.Damaged;
import org.reprise.debug.symbols.LineUnit.Rows;
import org.reprise.debug.symbols.LineUnit.Sections;

/**
 * Which part of {@code .debug_line} tells of which addresses. The rows themselves, of which a kernel has tens of millions, are not kept: the program of
 * the one sequence asked for is run again.
 */
final class LineIndex {
    /** A sequence is 24 bytes here; a kernel has one for each function. */
    private static final int MOST_SEQUENCES = 1_000_000;
    private static final int MOST_ADDRESSES = 10_000;
    /** How many sequences that begin before an address and end before it, too, are passed over in search of one around it. */
    private static final int OVERLAP = 64;

    private final Sections sections;
    private final List<Section> code = new ArrayList<>();
    private int[] units = new int[16];
    private int unitCount;
    private int count;
    private long[] starts = new long[16];
    private long[] ends = new long[16];
    private int[] programs = new int[16];
    private int[] unitOf = new int[16];
    private String problem;

    /** @param sections null for none */
    private LineIndex(Sections sections) {
        this.sections = sections;
    }

    static LineIndex none() {
        return new LineIndex(null);
    }

    static LineIndex of(ElfFile elf) throws IOException {
        ByteBuffer line = elf.content(".debug_line");
        LineIndex index = new LineIndex(new Sections(line, elf.content(".debug_line_str"), elf.content(".debug_str"), elf.wide()));
        for (Section s : elf.sections()) {
            if (s.executable() && s.allocated()) {
                index.code.add(s);
            }
        }
        index.read(line);
        index.sort();
        return index;
    }

    /** What was not read, and why. */
    Optional<String> problem() {
        return Optional.ofNullable(problem);
    }

    private void read(ByteBuffer line) {
        for (int at = 0; at < line.limit();) {
            int end;
            try {
                end = LineUnit.end(line, at);
            } catch (Damaged e) {
                problem = "the unit at " + at + " of .debug_line, and what follows: " + e.getMessage();
                return;
            }
            try {
                LineUnit unit = new LineUnit(sections, at);
                if (unitCount == units.length) {
                    units = Arrays.copyOf(units, unitCount * 2);
                }
                units[unitCount++] = at;
                for (int next = unit.first(); next >= 0;) {
                    Extent extent = new Extent();
                    int start = next;
                    next = unit.sequence(start, extent);
                    if (extent.ended && inCode(extent.start) && Long.compareUnsigned(extent.start, extent.end) < 0) {
                        add(extent.start, extent.end, start, at);
                    }
                }
            } catch (Damaged e) {
                // what came before in this unit, and the other units, are good
                problem = "the unit at " + at + " of .debug_line: " + e.getMessage();
            }
            at = end;
        }
    }

    /** The program of code that the linker has left out is still there, for some low address. */
    private boolean inCode(long address) {
        for (Section s : code) {
            if (Long.compareUnsigned(address - s.address(), s.size()) < 0) {
                return true;
            }
        }
        return false;
    }

    private static final class Extent implements Rows {
        private long start;
        private long end;
        private boolean any;
        private boolean ended;

        @Override
        public void row(long address, int file, int line, boolean statement) {
            if (!any) {
                start = address;
                any = true;
            }
        }

        @Override
        public void end(long address) {
            end = address;
            ended = any;
        }
    }

    private void add(long start, long end, int program, int unit) throws Damaged {
        if (count >= MOST_SEQUENCES) {
            throw new Damaged("it is beyond " + MOST_SEQUENCES + " sequences of lines");
        }
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, count * 2);
            ends = Arrays.copyOf(ends, count * 2);
            programs = Arrays.copyOf(programs, count * 2);
            unitOf = Arrays.copyOf(unitOf, count * 2);
        }
        starts[count] = start;
        ends[count] = end;
        programs[count] = program;
        unitOf[count++] = unit;
    }

    private void sort() {
        Comparator<Integer> byStart = (a, b) -> Long.compareUnsigned(starts[a], starts[b]);
        int[] order = IntStream.range(0, count).boxed().sorted(byStart).mapToInt(i -> i).toArray();
        starts = Arrays.stream(order).mapToLong(i -> starts[i]).toArray();
        ends = Arrays.stream(order).mapToLong(i -> ends[i]).toArray();
        programs = Arrays.stream(order).map(i -> programs[i]).toArray();
        unitOf = Arrays.stream(order).map(i -> unitOf[i]).toArray();
    }

    /** The line of an address: that of the last row that does not lie behind it, of several at one place the last. */
    Optional<SourceLine> find(long address) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(starts[middle], address) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        for (int i = low - 1, tries = 0; i >= 0 && tries < OVERLAP; i--, tries++) {
            if (Long.compareUnsigned(address, ends[i]) < 0) {
                return row(i, address);
            }
        }
        return Optional.empty();
    }

    private Optional<SourceLine> row(int sequence, long address) {
        try {
            LineUnit unit = new LineUnit(sections, unitOf[sequence]);
            Last last = new Last(address);
            unit.sequence(programs[sequence], last);
            String path = unit.path(last.file);
            return last.line <= 0 || path.isEmpty() ? Optional.empty() : Optional.of(new SourceLine(path, last.line));
        } catch (Damaged e) {
            throw new IllegalStateException("a unit that was read before: " + e.getMessage(), e);
        }
    }

    private static final class Last implements Rows {
        private final long address;
        private long best;
        private boolean any;
        private int file;
        private int line;

        Last(long address) {
            this.address = address;
        }

        @Override
        public void row(long at, int inFile, int inLine, boolean statement) {
            if (Long.compareUnsigned(at, address) <= 0 && (!any || Long.compareUnsigned(at, best) >= 0)) {
                any = true;
                best = at;
                file = inFile;
                line = inLine;
            }
        }

        @Override
        public void end(long at) {
            // known
        }
    }

    /** Where a line's instructions begin. @param name a file's name, with as many folders as wanted */
    List<Long> addresses(String name, int line) {
        TreeSet<Long> found = new TreeSet<>(Long::compareUnsigned);
        for (int u = 0; u < unitCount; u++) {
            try {
                LineUnit unit = new LineUnit(sections, units[u]);
                boolean[] right = new boolean[unit.files()];
                boolean any = false;
                for (int file = 0; file < right.length; file++) {
                    String path = unit.path(file);
                    right[file] = path.equals(name) || path.endsWith("/" + name);
                    any |= right[file];
                }
                for (int next = unit.first(); any && next >= 0 && found.size() < MOST_ADDRESSES;) {
                    Begins begins = new Begins(right, line);
                    next = unit.sequence(next, begins);
                    begins.places.stream().filter(this::inCode).forEach(found::add);
                }
            } catch (Damaged e) {
                // told of when it was read first
                continue;
            }
        }
        return List.copyOf(found);
    }

    private static final class Begins implements Rows {
        private final boolean[] files;
        private final int line;
        private final List<Long> places = new ArrayList<>();
        private boolean inside;

        Begins(boolean[] files, int line) {
            this.files = files;
            this.line = line;
        }

        @Override
        public void row(long address, int file, int at, boolean statement) {
            boolean here = at == line && file >= 0 && file < files.length && files[file];
            if (here && !inside && statement && places.size() < MOST_ADDRESSES) {
                places.add(address);
            }
            inside = here && (inside || statement);
        }

        @Override
        public void end(long address) {
            // no row
        }
    }
}
