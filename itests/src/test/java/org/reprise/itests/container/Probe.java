package org.reprise.itests.container;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.ops4j.pax.exam.util.Injector;
import org.osgi.framework.BundleContext;

/** The half of {@link InFramework} that is in the probe bundle. */
public final class Probe {
    /** In place of the argument of a method that has none. */
    static final String NO_ARGUMENT = "";

    /** Called by Pax Exam's extender. */
    public void call(BundleContext context, String type, String method, String argument) throws Throwable {
        Class<?> test = context.getBundle().loadClass(type);
        Constructor<?> constructor = test.getDeclaredConstructor();
        constructor.setAccessible(true);
        Object instance = constructor.newInstance();
        context.getService(context.getServiceReference(Injector.class)).injectFields(instance);
        Method m = argument.equals(NO_ARGUMENT) ? test.getDeclaredMethod(method) : test.getDeclaredMethod(method, String.class);
        m.setAccessible(true);
        try {
            if (argument.equals(NO_ARGUMENT)) {
                m.invoke(instance);
            } else {
                m.invoke(instance, argument);
            }
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
