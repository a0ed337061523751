package org.reprise.ui.shell;

import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.felix.gogo.runtime.Reflective;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Function;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/**
 * The command {@code help} in front of Gogo's, which knows methods by the names of commands only: it is asked for all commands but those whose names no
 * method can have, such as {@code rr:continue} and {@code rr:last-writer}.
 */
@Component(service = {}, immediate = true)
public final class HelpCommand implements Function {
    private static final String SCOPE = "osgi.command.scope";
    private static final String FUNCTION = "osgi.command.function";
    private static final String HELP = "help";
    /** Where Gogo has its own, with and without a terminal. */
    private static final List<String> SCOPES = List.of("gogo", "felix");
    private final BundleContext context;
    private final List<ServiceRegistration<Function>> registrations = new ArrayList<>();

    /** For the component runtime. */
    @Activate
    public HelpCommand(BundleContext context) {
        this.context = context;
        for (String scope : SCOPES) {
            Dictionary<String, Object> properties = new Hashtable<>();
            properties.put(SCOPE, scope);
            properties.put(FUNCTION, HELP);
            properties.put(Constants.SERVICE_RANKING, 1);
            registrations.add(context.registerService(Function.class, this, properties));
        }
    }

    /** For the component runtime. */
    @Deactivate
    public void end() {
        registrations.forEach(ServiceRegistration::unregister);
    }

    /** An overloaded command, as a user calls it. */
    private record Command(String scope, String name, List<Method> methods) {
    }

    @Override
    public Object execute(CommandSession session, List<Object> arguments) throws Exception {
        String name = arguments.size() == 1 ? String.valueOf(arguments.get(0)) : "";
        List<Command> mine = name.matches("[\\w-]+(:[\\w-]+)?") ? find(name) : List.of();
        if (!mine.isEmpty()) {
            return mine.stream().flatMap(command -> command.methods.stream().map(method -> text(command, method))).collect(Collectors.joining("\n"));
        }
        for (String scope : SCOPES) {
            for (Object command : services(scope, HELP)) {
                if (command != this) {
                    return Reflective.invoke(session, command, HELP, arguments);
                }
            }
        }
        return "there is no help here but for commands such as rr:continue";
    }

    private Collection<Object> services(String scope, String function) {
        try {
            ServiceReference<?>[] all = context.getAllServiceReferences(null, "(&(" + SCOPE + "=" + scope + ")(" + FUNCTION + "=" + function + "))");
            return all == null ? List.of() : Arrays.stream(all).sorted(Comparator.reverseOrder()).<Object>map(context::getService).filter(s -> s != null).toList();
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException(function, e);
        }
    }

    /** Commands of that name which Gogo does not find by it. @param name with or without a scope */
    private List<Command> find(String name) {
        int colon = name.indexOf(':');
        String function = name.substring(colon + 1);
        List<Command> all = new ArrayList<>();
        for (String scope : colon < 0 ? scopes(function) : List.of(name.substring(0, colon))) {
            for (Object service : services(scope, function)) {
                List<Method> methods = service instanceof RenamedCommand renamed ? methods(renamed.commands(), renamed.method()) : methods(service, "_" + function);
                if (!methods.isEmpty()) {
                    all.add(new Command(scope, function, methods));
                }
            }
        }
        return all;
    }

    private List<String> scopes(String function) {
        try {
            ServiceReference<?>[] all = context.getAllServiceReferences(null, "(" + FUNCTION + "=" + function + ")");
            return all == null ? List.of() : Arrays.stream(all).map(r -> String.valueOf(r.getProperty(SCOPE))).sorted().distinct().toList();
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException(function, e);
        }
    }

    private static List<Method> methods(Object commands, String name) {
        return Arrays.stream(commands.getClass().getMethods()).filter(m -> m.getName().equals(name) && m.isAnnotationPresent(Descriptor.class))
            .sorted(Comparator.comparingInt(Method::getParameterCount)).toList();
    }

    /** As Gogo writes it. */
    private static String text(Command command, Method method) {
        List<String> flags = new ArrayList<>();
        List<String> options = new ArrayList<>();
        List<String> parameters = new ArrayList<>();
        for (Parameter parameter : method.getParameters()) {
            Descriptor what = parameter.getAnnotation(Descriptor.class);
            String description = what == null ? "" : what.value();
            var option = parameter.getAnnotation(org.apache.felix.service.command.Parameter.class);
            if (option == null) {
                parameters.add("      " + parameter.getType().getSimpleName() + "   " + description);
            } else {
                boolean flag = !option.presentValue().equals(org.apache.felix.service.command.Parameter.UNSPECIFIED);
                (flag ? flags : options).add("      " + String.join(", ", option.names()) + "   " + description + (flag ? "" : " [optional]"));
            }
        }
        flags.sort(null);
        options.sort(null);
        return "\n" + command.name + " - " + method.getAnnotation(Descriptor.class).value() + "\n   scope: " + command.scope + section("flags", flags)
            + section("options", options) + section("parameters", parameters);
    }

    private static String section(String title, List<String> lines) {
        return lines.isEmpty() ? "" : "\n   " + title + ":\n" + String.join("\n", lines);
    }
}
