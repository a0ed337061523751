package org.reprise.ui.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.debug.Symbol;
import org.reprise.api.debug.SymbolReader;
import org.reprise.api.debug.Symbols;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.PartInfo;
import org.reprise.core.features.FeatureRuntime;

/** Names of places in guests, for the commands that print or take some. The symbols of the last machine asked for are kept. */
@Component(service = GuestNames.class)
public final class GuestNames {
    /** What the option of the commands says that takes files with symbols. */
    static final String FILES = "names of functions and lines of source: FILE[@OFFSET],…, from now on (default: the machine's kernel and firmware)";
    /** What the commands take as a place. */
    static final String PLACE = "a name (NAME or NAME+OFFSET), a line (FILE:LINE), or an address (hexadecimal)";
    private static final long SERVICE_MILLIS = 30_000;
    private static final Pattern LINE = Pattern.compile("(.+):(\\d{1,9})");
    private static final Pattern OFFSET = Pattern.compile("(.+)\\+(0x[0-9a-fA-F]{1,16}|\\d{1,18})");
    private static final int WORD = 8;
    private final Services services;
    private final Map<String, String> chosen = new HashMap<>();
    private String read = "";
    private Symbols symbols;

    /** For the component runtime. */
    @Activate
    public GuestNames(BundleContext context) {
        services = new Services(context);
    }

    /**
     * The names of a machine's guest.
     *
     * @param files as {@link SymbolReader} takes them, remembered for the machine; empty for what was given before, else its own
     * @throws MachineException when the files cannot be read
     */
    synchronized Symbols of(Machine m, String files) throws InterruptedException {
        if (!files.isEmpty()) {
            chosen.put(m.name(), files);
        }
        String from = chosen.getOrDefault(m.name(), "");
        String what = m.name() + "\n" + from + stamps(m, from);
        if (symbols == null || !read.equals(what)) {
            if (services.find(SymbolReader.class).isEmpty()) {
                // the feature that brings the readers of symbols
                services.await(FeatureRuntime.class, SERVICE_MILLIS).install("profile", Map.of());
            }
            SymbolReader reader = services.await(SymbolReader.class, SERVICE_MILLIS);
            try {
                symbols = from.isEmpty() ? reader.of(m) : reader.read(List.of(from.split(",")));
            } catch (MachineException e) {
                chosen.remove(m.name());
                throw e;
            }
            read = what;
        }
        return symbols;
    }

    /** Which files, and how old: a guest may be built anew. */
    private static String stamps(Machine m, String files) {
        List<String> paths = new ArrayList<>(files.isEmpty() ? List.of() : List.of(files.split(",")));
        for (PartInfo part : m.parts()) {
            for (String key : List.of("kernel", "firmware")) {
                paths.add(part.properties().getOrDefault(key, ""));
            }
        }
        StringBuilder text = new StringBuilder();
        for (String path : paths) {
            try {
                text.append('\n').append(path).append(' ').append(path.isBlank() ? "" : Files.getLastModifiedTime(Path.of(path)));
            } catch (IOException | RuntimeException e) {
                // FILE@OFFSET, or gone: what was read stays
                continue;
            }
        }
        return text.toString();
    }

    /** The names where there are some; a move in time is not refused for the want of them. */
    Optional<Symbols> perhaps(Machine m) {
        try {
            return Optional.of(of(m, ""));
        } catch (MachineException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** An address as {@code note+0x12 (hunt.c:55)}; empty where it has neither name nor line. */
    static String name(Symbols symbols, long address) {
        Symbol s = symbols.find(address);
        String name = s == null ? "" : s.name() + (s.address() == address ? "" : "+0x" + Long.toHexString(address - s.address()));
        return symbols.line(address).map(line -> name.isEmpty() ? line.toString() : name + " (" + line + ")").orElse(name);
    }

    /** Memory of a name. @param length bytes: of a word, but those of the name if it has fewer */
    record Range(long address, long length) {
    }

    /**
     * Where something is: a kernel is at two places, before and after it has switched its own addresses on, and a line can be at many.
     *
     * @throws MachineException USAGE when there is no such thing
     */
    static List<Range> ranges(Symbols symbols, String place) {
        List<Range> named = symbols.all().stream().filter(s -> s.name().equals(place)).map(s -> new Range(s.address(), Math.min(WORD, s.size()))).distinct()
            .toList();
        if (!named.isEmpty()) {
            return named;
        }
        Matcher moved = OFFSET.matcher(place);
        if (moved.matches()) {
            String text = moved.group(2);
            long offset = text.startsWith("0x") ? Text.address(text) : Long.parseLong(text);
            return ranges(symbols, moved.group(1)).stream().map(r -> new Range(r.address + offset, WORD)).toList();
        }
        Matcher line = LINE.matcher(place);
        if (line.matches()) {
            List<Long> places = symbols.addresses(line.group(1), Integer.parseInt(line.group(2)));
            if (places.isEmpty()) {
                throw new MachineException(ExitCode.USAGE, "no instruction was made from " + place + ", as far as is known; files with lines (DWARF) can be given"
                    + " with -s");
            }
            return places.stream().map(address -> new Range(address, WORD)).toList();
        }
        if (!place.matches("(0x)?[0-9a-fA-F]{1,16}")) {
            throw new MachineException(ExitCode.USAGE, "there is no symbol " + place + ", and it is no hexadecimal address; files that have it can be given with -s");
        }
        return List.of(new Range(Text.address(place), WORD));
    }

    /** Where the instructions of a place are. */
    static List<Long> addresses(Symbols symbols, String place) {
        return ranges(symbols, place).stream().map(Range::address).toList();
    }
}
