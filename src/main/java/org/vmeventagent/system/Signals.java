package org.vmeventagent.system;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.Objects;

/**
 * Takes signals. Through reflection, because the compiler's warning about {@code sun.misc.Signal} cannot be silenced;
 * the class is in every JDK from 8 to 25.
 */
public final class Signals {
    private Signals() {}

    /**
     * Runs an action, on a thread of the JVM's own, each time this process gets the signal.
     *
     * @param name without {@code SIG}: {@code TERM}, {@code HUP}, {@code USR1}
     * @throws IllegalStateException where the JVM keeps the signal for itself
     */
    public static void on(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            InvocationHandler invoke = (proxy, method, arguments) -> {
                switch (method.getName()) {
                    case "handle" -> action.run();
                    case "equals" -> {
                        return proxy == Objects.requireNonNull(arguments)[0];
                    }
                    case "hashCode" -> {
                        return System.identityHashCode(proxy);
                    }
                    default -> {
                        return name;
                    }
                }
                return null;
            };
            Object proxy = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, invoke);
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the signal " + name + " can't be taken", e);
        }
    }
}
