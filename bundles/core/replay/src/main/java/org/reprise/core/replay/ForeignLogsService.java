package org.reprise.core.replay;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.ForeignLogs;

/** Logs of QEMU. */
@Component
public final class ForeignLogsService implements ForeignLogs {
    @Override
    public boolean recognises(Path file) {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] first = in.readNBytes(Integer.BYTES);
            int version = 0;
            for (byte b : first) {
                version = version << 8 | b & 0xff;
            }
            return first.length > 0 && version == 0 || first.length == Integer.BYTES && (version & QemuFormat.FAMILY) == (QemuFormat.VERSION & QemuFormat.FAMILY)
                || first.length > 0 && QemuReader.problem(first) == null;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public LogEnd events(Path file, Consumer<ForeignEvent> consumer) throws IOException {
        try (QemuReader reader = new QemuReader(file)) {
            for (ForeignEvent e = reader.next(); e != null; e = reader.next()) {
                consumer.accept(e);
            }
            return reader.end();
        } catch (NoSuchFileException e) {
            throw new IOException(file + " does not exist: name a file", e);
        }
    }

    @Override
    public LogEnd export(Path recording, String format, Path file) throws IOException {
        if (!format.equals(QEMU)) {
            throw new IllegalArgumentException("no format '" + format + "': there is " + QEMU);
        }
        ManifestFile.read(recording);
        QemuWriter writer;
        try {
            writer = new QemuWriter(file);
        } catch (FileAlreadyExistsException e) {
            throw new IOException(file + " exists already and is not overwritten: remove it or name another", e);
        } catch (IOException e) {
            throw new IOException(file + " cannot be written: " + (e instanceof NoSuchFileException ? "its folder does not exist"
                : e.getMessage()), e);
        }
        boolean written = false;
        try (writer) {
            LogEnd end = LogScan.of(recording, e -> {
                try {
                    writer.write(e);
                } catch (IOException x) {
                    throw new UncheckedIOException(x);
                }
            }).end();
            written = true;
            return end;
        } catch (UncheckedIOException e) {
            throw new IOException(file + " cannot be written: " + e.getCause().getMessage(), e);
        } finally {
            if (!written) {
                Files.deleteIfExists(file);
            }
        }
    }
}
