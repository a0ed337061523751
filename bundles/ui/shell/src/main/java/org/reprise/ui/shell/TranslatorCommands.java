package org.reprise.ui.shell;

import java.util.List;
import java.util.Locale;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.machine.Machine;

/** The commands {@code translator:…}: how guest code is run, which the guest never sees. */
@Component(service = TranslatorCommands.class, immediate = true)
@GogoCommand(scope = "translator", function = {"stats"})
public final class TranslatorCommands {
    private static final int HOT_SPOTS = 20;
    private final Services services;

    /** For the component runtime. */
    @Activate
    public TranslatorCommands(BundleContext context) {
        services = new Services(context);
    }

    /** translator:stats. */
    @Descriptor("show how guest code is run: tiers, compilation, TLB, and where most instructions are executed")
    public String stats() {
        return stats(null);
    }

    /** translator:stats NAME. */
    @Descriptor("show how a machine's code is run: tiers, compilation, TLB, and where most instructions are executed")
    public String stats(@Descriptor("name of the machine") String name) {
        Machine m = services.machine(name);
        return m.inspect(TranslatorCommands::describe);
    }

    private static String describe(List<Cpu> cpus) {
        StringBuilder t = new StringBuilder();
        for (int i = 0; i < cpus.size(); i++) {
            Cpu cpu = cpus.get(i);
            t.append("cpu").append(i).append('\n');
            cpu.statistics().forEach((key, value) -> t.append(String.format(Locale.ROOT, "  %-44s %,18d%n", key, value)));
            t.append(String.format(Locale.ROOT, "  %-18s %-12s %6s %18s  %s%n", "hottest code at", "tier", "length", "executed", "first instruction"));
            for (Cpu.HotSpot h : cpu.hotSpots(HOT_SPOTS)) {
                t.append(String.format(Locale.ROOT, "  %016x   %-12s %6d %,18d  %s%n", h.address(), h.tier(), h.length(), h.executed(),
                    cpu.disassemble(h.address())));
            }
        }
        return t.toString();
    }
}
