package org.reprise.ui.shell;

import java.util.Locale;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.travel.Snapshot;
import org.reprise.api.travel.TimeTravel;

/** The commands {@code snapshot:…}. They work on the only machine there is, or on the one named with {@code -m}. */
@Component(service = SnapshotCommands.class, immediate = true)
@GogoCommand(scope = "snapshot", function = {"save", "load", "list", "delete", "automatic"})
public final class SnapshotCommands {
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
        return String.format(Locale.ROOT, "%4d  %-20s icount %,16d  %14s  %,8d KiB", s.id(), s.automatic() ? "(automatic)" : s.name(), s.icount(),
            Text.seconds(s.virtual()), s.bytes() >> 10);
    }

    /** snapshot:save. */
    @Descriptor("save the machine as it is now; in a recording, the snapshot is kept with it")
    public String save(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor("name of the snapshot") String name) {
        return line(travel(machine).save(name));
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

    /** snapshot:automatic. */
    @Descriptor("take snapshots by itself while the machine is recorded or replayed, within so many MiB on disk (0: no more)")
    public String automatic(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor("MiB") long mib) {
        travel(machine).automatic(mib);
        return mib > 0 ? "automatic snapshots within " + mib + " MiB" : "no automatic snapshots";
    }
}
