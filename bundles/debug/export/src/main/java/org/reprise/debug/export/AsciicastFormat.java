package org.reprise.debug.export;

import java.io.IOException;
import java.io.OutputStream;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.debug.ExportFormat;

/** What a console showed, for players of terminal sessions (https://docs.asciinema.org/manual/asciicast/v2/). */
@Component(property = ExportFormat.NAME + "=asciicast")
public final class AsciicastFormat implements ExportFormat {
    @Override
    public Export begin(Subject subject, OutputStream out) throws IOException {
        return new Asciicast(subject, out);
    }
}
