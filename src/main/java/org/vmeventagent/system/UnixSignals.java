package org.vmeventagent.system;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Takes signals. Through reflection, because the compiler's warning about {@code sun.misc.Signal} cannot be silenced;
 * the class is in every JDK from 8 to 25.
 */
public final class UnixSignals {
    private static final Map<String, Runnable> ACTIONS = new HashMap<>();
    private static final Set<String> PENDING = new HashSet<>();

    private UnixSignals() {}

    /**
     * Takes signals for which there is no action yet, so that none ends the process: {@link #on} runs the action if one came
     * before it.
     *
     * @param names without {@code SIG}
     * @throws IllegalStateException where the JVM keeps a signal for itself
     */
    public static void keep(List<String> names) {
        names.forEach(UnixSignals::take);
    }

    /**
     * Runs an action, on a thread of the JVM's own, each time this process gets the signal; on this one, if it came before.
     *
     * @param name without {@code SIG}: {@code TERM}, {@code HUP}, {@code USR1}
     * @throws IllegalStateException where the JVM keeps the signal for itself
     */
    public static void on(String name, Runnable action) {
        boolean came;
        synchronized (ACTIONS) {
            ACTIONS.put(name, action);
            came = PENDING.remove(name);
        }
        take(name);
        if (came) {
            action.run();
        }
    }

    static boolean isPending(String name) {
        synchronized (ACTIONS) {
            return PENDING.contains(name);
        }
    }

    private static void came(String name) {
        Runnable action;
        synchronized (ACTIONS) {
            action = ACTIONS.get(name);
            if (action == null) {
                PENDING.add(name);
                return;
            }
        }
        action.run();
    }

    private static void take(String name) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            InvocationHandler invoke = (proxy, method, arguments) -> {
                switch (method.getName()) {
                    case "handle" -> came(name);
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
