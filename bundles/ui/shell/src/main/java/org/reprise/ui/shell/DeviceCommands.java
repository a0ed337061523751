package org.reprise.ui.shell;

import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.device.DeviceModel;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.PartInfo;

/** The commands {@code device:…}. */
@Component(service = DeviceCommands.class, immediate = true)
@GogoCommand(scope = "device", function = "list")
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
