package org.vmeventagent.nova;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One object for equal values: the instances of a host share few projects, users, flavors and images, and most of what is kept
 * of an instance are these. Thread-safe.
 */
final class SharedValues {
    /** The values used last; an equal one of an older is another object. */
    private static final int MOST = 1024;

    private static final Map<Object, Object> VALUES = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Object, Object> eldest) {
            return size() > MOST;
        }
    };

    private SharedValues() {}

    /** An equal value, the same for all callers. */
    @SuppressWarnings("unchecked") // an equal value is of the same class
    static <T> @Nullable T share(@Nullable T value) {
        if (value == null) {
            return null;
        }
        synchronized (VALUES) {
            Object present = VALUES.putIfAbsent(value, value);
            return present == null ? value : (T) present;
        }
    }
}
