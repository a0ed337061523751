package org.reprise.core.translator;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.reprise.api.device.PartConfig;

/**
 * How to translate: never guest-visible, so never part of a recording.
 *
 * @param threshold times a block is interpreted before a region is compiled from it; {@code Integer.MAX_VALUE}: never
 * @param promotion guest instructions executed in a region before it is compiled again as a hot one
 * @param background compile on a worker thread; else at once, on the machine's thread
 * @param regionInstructions most guest instructions in a region
 * @param passes what makes the IR of regions better
 * @param cache folder of the translation cache, or null: none
 */
record TranslatorSettings(int threshold, long promotion, boolean background, int regionInstructions, Passes passes, Path cache) {
    static TranslatorSettings of(PartConfig config) {
        String mode = config.text("translator.mode", "mixed");
        int region = (int) config.number("translator.region", 200);
        if (region < 1 || region > 2000) {
            throw new IllegalArgumentException("part '" + config.name() + "': translator.region is " + region + ": use 1 to 2000 instructions");
        }
        long threshold = config.number("translator.threshold", 2000);
        if (threshold < 0 || threshold > 1_000_000) {
            throw new IllegalArgumentException("part '" + config.name() + "': translator.threshold is " + threshold + ": use 0 to 1000000");
        }
        long promotion = config.number("translator.promotion", mode.equals("compile") ? 2_000 : 200_000_000);
        if (promotion < 1) {
            throw new IllegalArgumentException("part '" + config.name() + "': translator.promotion is " + promotion + ": use 1 or more");
        }
        Passes passes;
        try {
            passes = Passes.of(config.text("translator.passes", "all"), config.flag("translator.verify", false));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("part '" + config.name() + "': translator.passes: " + e.getMessage(), e);
        }
        Path cache = cache(config);
        return switch (mode) {
            case "mixed" -> new TranslatorSettings((int) threshold, promotion, true, region, passes, cache);
            case "interpreter" -> new TranslatorSettings(Integer.MAX_VALUE, promotion, false, region, passes, cache);
            case "compile" -> new TranslatorSettings(1, promotion, false, region, passes, cache);
            default -> throw new IllegalArgumentException("part '" + config.name() + "': translator.mode is '" + mode
                + "': use mixed, interpreter or compile");
        };
    }

    /** Where the launcher says, unless the setting says otherwise; none where nobody says. */
    private static Path cache(PartConfig config) {
        String folder = config.text("translator.cache", System.getProperty("reprise.cache", "off"));
        try {
            return folder.equals("off") || folder.isBlank() ? null : Path.of(folder).resolve("translations");
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("part '" + config.name() + "': translator.cache is '" + folder + "': use a folder, or off", e);
        }
    }
}
