package org.reprise.itests.container;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.ops4j.pax.exam.util.Injector;
import org.osgi.framework.BundleContext;

/** The half of {@link InFramework} that is in the probe bundle. */
public final class Probe {
    /** Called by Pax Exam's extender. */
    public void call(BundleContext context, String type, String method) throws Throwable {
        Class<?> test = context.getBundle().loadClass(type);
        Constructor<?> constructor = test.getDeclaredConstructor();
        constructor.setAccessible(true);
        Object instance = constructor.newInstance();
        context.getService(context.getServiceReference(Injector.class)).injectFields(instance);
        Method m = test.getDeclaredMethod(method);
        m.setAccessible(true);
        try {
            m.invoke(instance);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
