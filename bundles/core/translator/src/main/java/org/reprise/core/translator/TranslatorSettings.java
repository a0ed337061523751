package org.reprise.core.translator;

import org.reprise.api.device.PartConfig;

/**
 * How to translate: never guest-visible, so never part of a recording.
 *
 * @param threshold times a block is interpreted before a region is compiled from it; {@code Integer.MAX_VALUE}: never
 * @param background compile on a worker thread; else at once, on the machine's thread
 * @param regionInstructions most guest instructions in a region
 */
record TranslatorSettings(int threshold, boolean background, int regionInstructions) {
    static TranslatorSettings of(PartConfig config) {
        String mode = config.text("translator.mode", "mixed");
        int region = (int) config.number("translator.region", 200);
        if (region < 1 || region > 2000) {
            throw new IllegalArgumentException("part '" + config.name() + "': translator.region is " + region + ": use 1 to 2000 instructions");
        }
        long threshold = config.number("translator.threshold", 400);
        if (threshold < 1 || threshold > 1_000_000) {
            throw new IllegalArgumentException("part '" + config.name() + "': translator.threshold is " + threshold + ": use 1 to 1000000");
        }
        return switch (mode) {
            case "mixed" -> new TranslatorSettings((int) threshold, true, region);
            case "interpreter" -> new TranslatorSettings(Integer.MAX_VALUE, false, region);
            case "compile" -> new TranslatorSettings(1, false, region);
            default -> throw new IllegalArgumentException("part '" + config.name() + "': translator.mode is '" + mode
                + "': use mixed, interpreter or compile");
        };
    }
}
