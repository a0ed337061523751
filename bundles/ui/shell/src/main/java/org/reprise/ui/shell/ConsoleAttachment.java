package org.reprise.ui.shell;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.utils.NonBlockingReader;
import org.reprise.api.character.Console;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineState;

/** A terminal connected to a guest's console until the escape key is typed or the machine halts. */
public final class ConsoleAttachment {
    /** Ctrl-]. */
    public static final int ESCAPE = 0x1d;
    private static final int HISTORY = 4096;
    private static final long POLL_MILLIS = 50;

    private ConsoleAttachment() {
    }

    /**
     * Connects; returns when the user detaches or the machine no longer runs.
     *
     * @return true when the user detached
     */
    public static boolean run(Terminal terminal, Machine machine, Console console, boolean history) throws IOException {
        OutputStream out = terminal.output();
        Attributes before = terminal.enterRawMode();
        try (AutoCloseable attached = console.attach((bytes, offset, length) -> {
            try {
                out.write(bytes, offset, length);
                out.flush();
            } catch (IOException e) {
                // the terminal is gone; its reader ends the attachment
                return;
            }
        }, history ? HISTORY : 0)) {
            NonBlockingReader in = terminal.reader();
            while (true) {
                int c = in.read(POLL_MILLIS);
                if (c == -1 || c == ESCAPE) {
                    return true;
                }
                if (c >= 0) {
                    console.input(new String(Character.toChars(c)).getBytes(StandardCharsets.UTF_8));
                } else if (machine.status().state() != MachineState.RUNNING) {
                    return false;
                }
            }
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        } finally {
            terminal.setAttributes(before);
            out.write('\n');
            out.flush();
        }
    }

    /** The console to use when none is named. */
    public static Console choose(Machine machine, String name) {
        return machine.consoles().stream().filter(c -> name == null || c.name().equals(name)).findFirst()
            .orElseThrow(() -> new org.reprise.api.machine.MachineException(org.reprise.api.machine.ExitCode.USAGE, "machine " + machine.name()
                + " has no console" + (name == null ? "" : " '" + name + "'") + "; it has "
                + machine.consoles().stream().map(Console::name).toList()));
    }
}
