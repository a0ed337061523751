package org.reprise.ui.shell.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;

class OptionsTest {
    private static void refused(String named, String... line) {
        MachineException e = assertThrows(MachineException.class, () -> Options.parse(List.of(line)).settings());
        assertEquals(ExitCode.USAGE, e.code());
        assertTrue(e.getMessage().contains(named), e.getMessage());
    }

    @Test
    void shortOptionsAreSettingsOfPartsAndFilesBecomeAbsolute() {
        Options o = Options.parse(List.of("run", "virt-riscv64", "--ram", "64M", "--append=console=ttyS0 a=b", "--kernel", "Image", "--set",
            "cpu0.translator.mode=interpreter", "--exit-on-shutdown"));
        assertEquals("virt-riscv64", o.argument("feature"));
        assertTrue(o.flag("--exit-on-shutdown"));
        assertEquals(Map.of("machine.ram", "64M", "loader.append", "console=ttyS0 a=b", "loader.kernel", Path.of("Image").toAbsolutePath().toString(),
            "cpu0.translator.mode", "interpreter"), o.settings());
    }

    @Test
    void theLastValueOfAnOptionHolds() {
        assertEquals("2", Options.parse(List.of("run", "--shift", "1", "--shift", "2")).value("--shift"));
    }

    @Test
    void mistakesAreNamed() {
        refused("--rom", "run", "--rom", "x");
        refused("--ram", "run", "--ram");
        refused("PART.KEY", "run", "--set", "ram=1");
        refused("PART.KEY", "run", "--file", "loader.kernel");
    }

    @Test
    void withoutWordsTheShellStarts() {
        assertEquals("shell", Options.parse(List.of()).command);
    }
}
