package org.reprise.ui.shell;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.core.features.FeatureRuntime;

/** The commands {@code feature:…}. */
@Component(service = FeatureCommands.class, immediate = true)
@GogoCommand(scope = "feature", function = {"list", "install"})
public final class FeatureCommands {
    private final FeatureRuntime features;

    /** For the component runtime. */
    @Activate
    public FeatureCommands(@Reference FeatureRuntime features) {
        this.features = features;
    }

    /** feature:list. */
    @Descriptor("list the features that come with the distribution and those installed")
    public String list() {
        return "available: " + String.join(", ", features.available()) + "\ninstalled: " + String.join(", ", features.installed());
    }

    /** feature:install. */
    @Descriptor("install a feature")
    public String install(@Descriptor("name or path of the feature, then settings PART.KEY=VALUE") String... arguments) {
        if (arguments.length == 0) {
            throw new MachineException(ExitCode.USAGE, "name a feature: " + String.join(", ", features.available()));
        }
        Map<String, String> settings = new LinkedHashMap<>();
        for (int i = 1; i < arguments.length; i++) {
            int equals = arguments[i].indexOf('=');
            if (equals < 0) {
                throw new MachineException(ExitCode.USAGE, "setting '" + arguments[i] + "': write PART.KEY=VALUE");
            }
            settings.put(arguments[i].substring(0, equals), arguments[i].substring(equals + 1));
        }
        List<String> machines = features.install(arguments[0], settings);
        return machines.isEmpty() ? "installed" : "installed; machines: " + String.join(", ", machines);
    }
}
