package org.reprise.debug.export;

import java.io.OutputStream;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.debug.ExportFormat;

/** Traces for Perfetto's viewer and trace processor (https://perfetto.dev/docs/reference/trace-packet-proto). */
@Component(property = ExportFormat.NAME + "=perfetto")
public final class PerfettoFormat implements ExportFormat {
    @Override
    public Export begin(Subject subject, OutputStream out) {
        return new PerfettoTrace(subject, new TracePackets(out));
    }
}
