package org.reprise.net.filterdump;

import java.io.IOException;
import java.nio.file.Path;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.device.PartConfig;
import org.reprise.api.net.NetworkFilter;
import org.reprise.api.net.NetworkRecorder;

/**
 * The filter {@code filter-dump}: writes what passes, in both directions, to a packet capture that Wireshark and tcpdump read. Time stamps are VIRTUAL, so
 * that the captures of a recording and of its replay are equal. Large segments appear as the cards exchange them, uncut.
 *
 * <p>Keys: {@code filter-dump.file}; {@code filter-dump.most} (bytes of each frame that are kept, default 65535); {@code filter-dump.replay} (default off: a
 * replay writes no file).
 */
@Component(service = NetworkFilter.class, property = NetworkFilter.FILTER + "=filter-dump")
public final class FilterDump implements NetworkFilter {
    private static final int MOST = 65_535;

    @Override
    public Tap create(PartConfig config, NetworkRecorder recorder) throws IOException {
        if (recorder.replaying() && !config.flag("filter-dump.replay", false)) {
            return new PassingTap();
        }
        long most = config.number("filter-dump.most", MOST);
        if (most < 14 || most > MOST) {
            throw new IllegalArgumentException(config.name() + ": filter-dump.most " + most + " is not within 14.." + MOST);
        }
        return new DumpTap(Path.of(config.text("filter-dump.file")), (int) most, recorder);
    }
}
