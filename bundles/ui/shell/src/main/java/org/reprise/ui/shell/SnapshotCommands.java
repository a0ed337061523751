package org.reprise.ui.shell;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Map;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.debug.CoreFiles;
import org.reprise.api.machine.Machine;
import org.reprise.api.travel.Snapshot;
import org.reprise.api.travel.TimeTravel;
import org.reprise.core.features.FeatureRuntime;

/** The commands {@code snapshot:…}. They work on the only machine there is, or on the one named with {@code -m}. */
@Component(service = SnapshotCommands.class, immediate = true)
@GogoCommand(scope = "snapshot", function = {"save", "load", "list", "delete", "export", "automatic"})
public final class SnapshotCommands {
    private static final long SERVICE_MILLIS = 30_000;
    private final Services services;

    /** For the component runtime. */
    @Activate
    public SnapshotCommands(BundleContext context) {
        services = new Services(context);
    }

    private TimeTravel travel(String machine) {
        return services.travel(services.machine(machine.isEmpty() ? null : machine).name());
    }

    private static String line(Snapshot s) {
        return String.format(Locale.ROOT, "%4s  %-20s icount %,16d  %14s  %,8d KiB%s", s.image().isEmpty() ? s.id() : "-",
            s.automatic() ? "(automatic)" : s.name(), s.icount(), Text.seconds(s.virtual()), s.bytes() >> 10,
            s.image().isEmpty() ? "" : "  in " + (s.image().equals(Snapshot.VMSTATE) ? "the file of --vmstate" : "the image of " + s.image()));
    }

    /** snapshot:save. */
    @Descriptor("save the machine as it is now; in a recording, the snapshot is kept with it")
    public String save(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor("a drive whose qcow2 image keeps it, or vmstate for the file of --vmstate") @Parameter(names = {"-i", "--image"},
                absentValue = "") String image,
            @Descriptor("name of the snapshot") String name) {
        return line(image.isEmpty() ? travel(machine).save(name) : travel(machine).save(name, image));
    }

    /** snapshot:load. */
    @Descriptor("make the machine what it was; it stands still there")
    public String load(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor("name or number of the snapshot") String name) {
        return line(travel(machine).load(name));
    }

    /** snapshot:list. */
    @Descriptor("list the machine's snapshots")
    public String list(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine) {
        StringBuilder all = new StringBuilder();
        travel(machine).snapshots().forEach(s -> all.append(line(s)).append('\n'));
        return all.isEmpty() ? "there are no snapshots: snapshot:save NAME makes one" : all.toString();
    }

    /** snapshot:delete. */
    @Descriptor("delete a snapshot")
    public String delete(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor("name or number of the snapshot") String name) {
        travel(machine).delete(name);
        return "deleted " + name;
    }

    /** snapshot:export. */
    @Descriptor("write RAM and registers of a snapshot as an ELF core file, which gdb opens without a machine: gdb-multiarch vmlinux FILE")
    public String export(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor("overwrite the file") @Parameter(names = {"--force"}, presentValue = "true", absentValue = "false") boolean force,
            @Descriptor("name or number of the snapshot") String name, @Descriptor("the file to write") String file)
            throws IOException, InterruptedException {
        Machine m = services.machine(machine.isEmpty() ? null : machine);
        Path to = Path.of(file);
        OutputFile.check(to, force);
        services.await(FeatureRuntime.class, SERVICE_MILLIS).install("export", Map.of());
        CoreFiles cores = services.await(CoreFiles.class, SERVICE_MILLIS);
        OutputFile.write(to, partial -> {
            try (FileChannel out = FileChannel.open(partial, StandardOpenOption.WRITE)) {
                services.travel(m.name()).visit(name, visit -> {
                    try {
                        cores.write(m, visit, out);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
        });
        return file + ": " + Text.number(Files.size(to)) + " bytes; gdb-multiarch FILE-WITH-SYMBOLS " + file + " opens it";
    }

    /** snapshot:automatic. */
    @Descriptor("take snapshots by itself while the machine is recorded or replayed, within so many MiB on disk (0: no more)")
    public String automatic(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor("MiB") long mib) {
        travel(machine).automatic(mib);
        return mib > 0 ? "automatic snapshots within " + mib + " MiB" : "no automatic snapshots";
    }
}
