package org.reprise.itests.container;

import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.ops4j.pax.exam.CoreOptions;
import org.ops4j.pax.exam.ExamSystem;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.OptionUtils;
import org.ops4j.pax.exam.TestAddress;
import org.ops4j.pax.exam.TestContainer;
import org.ops4j.pax.exam.TestContainerException;
import org.ops4j.pax.exam.TestContainerFactory;
import org.ops4j.pax.exam.TestProbeBuilder;
import org.ops4j.pax.exam.spi.DefaultExamSystem;

/**
 * Runs the test methods of a class inside a Felix framework that Pax Exam starts from the shipped distribution, one framework per class.
 * Pax Exam 4 has no driver for Jupiter: JUnit selects and reports outside, {@link Probe} calls the method inside.
 */
public final class InFramework implements BeforeAllCallback, AfterAllCallback, InvocationInterceptor {
    private static final Namespace SPACE = Namespace.create(InFramework.class);
    private static final String NATIVE = "org.ops4j.pax.exam.nat.internal.NativeTestContainerFactory";

    private record Framework(TestContainer container, TestAddress entry) {
    }

    /** One entry into the probe serves all methods: which one travels as arguments. */
    private record Call(TestAddress root, String type, String method, String argument) implements TestAddress {
        @Override
        public String identifier() {
            return root.identifier();
        }

        @Override
        public String caption() {
            return type + '.' + method;
        }

        @Override
        public Object[] arguments() {
            return new Object[] {type, method, argument};
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        List<Option> options = new ArrayList<>(ShippedDistribution.options());
        try (Stream<Path> jars = Files.list(Path.of(System.getProperty("exam.bundles")))) {
            jars.sorted().forEach(j -> options.add(CoreOptions.bundle("reference:" + j.toUri()).startLevel(2)));
        }
        options.add(CoreOptions.frameworkStartLevel(5));
        options.add(CoreOptions.workingDirectory(Files.createTempDirectory("reprise-exam").toString()));
        ExamSystem system = DefaultExamSystem.create(OptionUtils.expand(options.toArray(Option[]::new)));
        TestContainerFactory factory = (TestContainerFactory) Class.forName(NATIVE).getConstructor().newInstance();
        TestContainer container = factory.create(system)[0];
        container.start();
        TestProbeBuilder probe = system.createProbe();
        TestAddress entry = probe.addTest(Probe.class, "call");
        try (InputStream in = probe.build().getStream()) {
            if (container.installProbe(in) < 0) {
                throw new TestContainerException("the probe bundle did not start");
            }
        }
        context.getStore(SPACE).put(Framework.class, new Framework(container, entry));
    }

    @Override
    public void afterAll(ExtensionContext context) {
        Framework f = context.getStore(SPACE).remove(Framework.class, Framework.class);
        if (f != null) {
            f.container.stop();
        }
    }

    @Override
    public void interceptTestMethod(Invocation<Void> invocation, ReflectiveInvocationContext<Method> call, ExtensionContext context)
            throws Throwable {
        invoke(invocation, call, context, null);
    }

    /** Parameterised methods have one parameter, a String: it is all that can cross from the class outside to the class inside. */
    @Override
    public void interceptTestTemplateMethod(Invocation<Void> invocation, ReflectiveInvocationContext<Method> call, ExtensionContext context)
            throws Throwable {
        invoke(invocation, call, context, (String) call.getArguments().get(0));
    }

    private static void invoke(Invocation<Void> invocation, ReflectiveInvocationContext<Method> call, ExtensionContext context,
            String argument) throws Throwable {
        invocation.skip();
        Framework f = context.getStore(SPACE).get(Framework.class, Framework.class);
        try {
            f.container.call(new Call(f.entry, call.getTargetClass().getName(), call.getExecutable().getName(),
                argument == null ? Probe.NO_ARGUMENT : argument));
        } catch (RuntimeException e) {
            Throwable t = e;
            while (t.getCause() != null && (t instanceof TestContainerException || t instanceof InvocationTargetException
                    || t.getClass() == RuntimeException.class)) {
                t = t.getCause();
            }
            throw t;
        }
    }
}
