package org.reprise.tools.fuzz;

import java.io.IOException;

/** What Jazzer calls: {@code --target_class} is this class, {@code --target_args} the name of a target. */
public final class JazzerTarget {
    private static Target target;

    private JazzerTarget() {
    }

    /** Called once. */
    public static void fuzzerInitialize(String[] arguments) {
        target = Targets.named(arguments[0]);
    }

    /** Called for each input. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        target.run(new Input(input));
    }
}
