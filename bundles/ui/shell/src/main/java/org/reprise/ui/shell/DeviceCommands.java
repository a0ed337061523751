package org.reprise.ui.shell;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.device.DeviceModel;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.PartInfo;

/** The commands {@code device:…}. */
@Component(service = DeviceCommands.class, immediate = true)
@GogoCommand(scope = "device", function = {"list", "plug", "unplug"})
public final class DeviceCommands {
    private final BundleContext context;

    /** For the component runtime. */
    @Activate
    public DeviceCommands(BundleContext context) {
        this.context = context;
    }

    /** device:list. */
    @Descriptor("list the device models there are, what they declare for replay, and who uses them")
    public String list() throws InvalidSyntaxException {
        TreeMap<String, String> lines = new TreeMap<>();
        List<Machine> machines = new Services(context).machines();
        for (ServiceReference<DeviceModel> r : context.getServiceReferences(DeviceModel.class, null)) {
            String type = String.valueOf(r.getProperty(DeviceModel.TYPE));
            StringBuilder users = new StringBuilder();
            for (Machine m : machines) {
                for (PartInfo p : m.parts()) {
                    if (p.kind().equals("device") && p.type().equals(type)) {
                        users.append(users.isEmpty() ? "  used by " : ", ").append(m.name()).append('/').append(p.name());
                    }
                }
            }
            lines.put(type, String.format(Locale.ROOT, "%-14s %-34s external timers: %-6s replayable bottom halves: %-6s %s%s", type,
                r.getBundle().getSymbolicName() + " " + r.getBundle().getVersion(), declared(r, DeviceModel.TIMER_EXTERNAL, "none"),
                declared(r, DeviceModel.BH_REPLAYABLE, "all"), declared(r, DeviceModel.DESCRIPTION, ""), users));
        }
        return lines.isEmpty() ? "no device model: install a machine feature" : String.join("\n", lines.values());
    }

    /** device:plug MODEL KEY=VALUE…. */
    @Descriptor("plug a device into the running machine: MODEL [machine=NAME] [id=ID] [slot=SLOT] [drive.file=PATH …] [network.backend=NAME …] [KEY=VALUE …]")
    public String plug(@Descriptor("device model, as device:list shows it") String model, @Descriptor("KEY=VALUE …") String... settings) {
        Map<String, String> keys = new TreeMap<>();
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            if (equals <= 0) {
                throw new MachineException(ExitCode.USAGE, "device:plug: " + setting + " is no KEY=VALUE");
            }
            keys.put(setting.substring(0, equals), setting.substring(equals + 1));
        }
        Machine machine = new Services(context).machine(keys.remove("machine"));
        String id = machine.plug(model, keys);
        PartInfo part = machine.parts().stream().filter(p -> p.name().equals(id)).findFirst().orElseThrow();
        return id + " is plugged into " + machine.name() + (part.properties().containsKey("address") ? " at " + part.properties().get("address") : "");
    }

    /** device:unplug ID. */
    @Descriptor("take a device out that was plugged in")
    public String unplug(@Descriptor("its id") String id) {
        return unplug(id, null);
    }

    /** device:unplug ID MACHINE. */
    @Descriptor("take a device out that was plugged in")
    public String unplug(@Descriptor("its id") String id, @Descriptor("name of the machine") String name) {
        Machine machine = new Services(context).machine(name);
        machine.unplug(id);
        return id + " is unplugged from " + machine.name();
    }

    private static String declared(ServiceReference<?> r, String property, String absent) {
        Object v = r.getProperty(property);
        if (v instanceof String[] names) {
            return String.join(",", names);
        }
        if (v instanceof Boolean b) {
            return b ? "all" : "none";
        }
        return v == null ? absent : v.toString().equals("true") ? "all" : v.toString().equals("false") ? "none" : v.toString();
    }
}
