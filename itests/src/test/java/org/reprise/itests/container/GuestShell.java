package org.reprise.itests.container;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.reprise.api.character.Console;

/** The shell of a Debian guest on one of its consoles. */
public final class GuestShell {
    /** How long anything of a guest is waited for. */
    static final long PATIENCE_MILLIS = 240_000;
    private static final String PROMPT = "reprise# ";

    private final Console console;

    public GuestShell(Console console) {
        this.console = console;
    }

    /** Waits for something that must happen. */
    static void await(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
        while (!condition.call()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("did not happen: " + what);
            }
            Thread.sleep(10);
        }
    }

    private String text() {
        return new String(console.history(), StandardCharsets.UTF_8);
    }

    private int prompts() {
        return text().split(PROMPT, -1).length - 1;
    }

    /** Types at its prompt. */
    public void begin(String command) throws Exception {
        await("a prompt for " + command + " in\n" + text(), () -> prompts() > 0);
        assertTrue(console.input((command + "\n").getBytes(StandardCharsets.UTF_8)));
    }

    /** Types at its prompt and waits for the next one. @return what was printed meanwhile */
    public String run(String command) throws Exception {
        await("a prompt for " + command + " in\n" + text(), () -> prompts() > 0);
        int before = prompts();
        int from = text().length();
        begin(command);
        await("the end of " + command, () -> prompts() > before);
        return text().substring(from);
    }
}
