package org.vmeventagent.notification;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.time.Moment;

/**
 * Writes the keys of one payload and holds the rules that every key follows: an unknown value has no key, text is cut at
 * {@value WireText#MAX_TEXT} code points, maps and lists at {@value #MAX_ENTRIES} entries, and what was cut is named
 * under {@code truncated}.
 *
 * <p>Belongs to the thread that writes.
 */
final class PayloadFields {
    static final int MAX_ENTRIES = 64;
    /** Maps and lists in each other; libvirt's own go to two. */
    static final int DEEPEST = 4;

    private final JsonGenerator json;
    private final Set<String> leftOut;
    private final int maxText;
    private final Set<String> truncated = new LinkedHashSet<>();
    private final Moment observedAt;
    private String key = "";
    private boolean stepped;

    /**
     * @param leftOut keys that the body has no room for
     * @param mostText code points of one text, at most {@value WireText#MAX_TEXT}
     * @param observedAt of the notification: moments before it are written by the host's clock as it was set then
     */
    PayloadFields(JsonGenerator json, Set<String> leftOut, int mostText, Moment observedAt) {
        this.observedAt = observedAt;
        this.json = json;
        this.leftOut = leftOut;
        this.maxText = mostText;
    }

    /**
     * A key and its value, unless that is unknown: null, empty, not a number, or made of nothing else.
     *
     * @param given text, a number, Boolean, Instant, a moment not after that of the notification, {@link EnumValue}, or a
     *     collection or map of these; anything else is written as its text
     */
    void put(String itsKey, @Nullable Object given) throws IOException {
        Object value = given instanceof Moment moment ? label(moment) : given;
        key = itsKey;
        if (value == null || !isKnown(value, 0)) {
            return;
        }
        if (leftOut.contains(itsKey)) {
            truncated.add(itsKey);
            return;
        }
        json.writeFieldName(itsKey);
        write(value, 0);
    }

    /** A key and its number, unless that means nothing. */
    void putAbove(long least, String itsKey, long value) throws IOException {
        if (value > least) {
            json.writeNumberField(itsKey, value);
        }
    }

    private @Nullable Instant label(Moment moment) {
        stepped |= !observedAt.stepSince(moment).isZero();
        return observedAt.labelOf(moment).orElse(null);
    }

    /** Whether the host's clock was set between a moment that was put and the notification. */
    boolean stepped() {
        return stepped;
    }

    /** Names the keys that were cut or left out, if any; the last to be called. */
    void end() throws IOException {
        put("truncated", truncated.stream().limit(MAX_ENTRIES).toList());
    }

    private boolean isKnown(Object value, int depth) {
        if (value instanceof String text) {
            return !text.isEmpty();
        }
        if (isPlain(value)) {
            return true;
        }
        if (value instanceof Double || value instanceof Float) {
            return Double.isFinite(((Number) value).doubleValue());
        }
        if (!(value instanceof Map<?, ?> || value instanceof Collection<?>)) {
            return true;
        }
        if (depth == DEEPEST) {
            truncated.add(key);
            return false;
        }
        return value instanceof Map<?, ?> map
                ? map.entrySet().stream().anyMatch(entry -> isKnown(entry, depth + 1))
                : ((Collection<?>) value).stream().anyMatch(item -> item != null && isKnown(item, depth + 1));
    }

    private boolean isKnown(Map.Entry<?, ?> entry, int depth) {
        return !String.valueOf(entry.getKey()).isEmpty()
                && entry.getValue() != null
                && isKnown(entry.getValue(), depth);
    }

    /**
     * One of the classes that nearly all values have. Checked first: whether an object is a map is an answer that a JVM
     * searches for long, and mostly in vain.
     */
    private static boolean isPlain(Object value) {
        return value instanceof Integer
                || value instanceof Long
                || value instanceof Boolean
                || value instanceof Instant
                || value instanceof EnumValue;
    }

    private void write(Object value, int depth) throws IOException {
        if (value instanceof String text) {
            json.writeString(text(text));
        } else if (value instanceof Integer || value instanceof Long) {
            json.writeNumber(((Number) value).longValue());
        } else if (value instanceof EnumValue enumValue) {
            json.writeString(text(enumValue.name()));
        } else if (value instanceof Map<?, ?> map) {
            writeMap(map, depth + 1);
        } else if (value instanceof Collection<?> list) {
            writeList(list, depth + 1);
        } else if (value instanceof Boolean bool) {
            json.writeBoolean(bool);
        } else if (value instanceof BigInteger big) {
            json.writeNumber(big);
        } else if (value instanceof Double || value instanceof Float) {
            json.writeNumber(((Number) value).doubleValue());
        } else if (value instanceof Number number) {
            json.writeNumber(number.longValue());
        } else if (value instanceof Instant instant) {
            json.writeString(WireText.time(instant));
        } else {
            json.writeString(text(value.toString()));
        }
    }

    private void writeMap(Map<?, ?> map, int depth) throws IOException {
        json.writeStartObject();
        Set<String> names = new HashSet<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            String name = text(String.valueOf(entry.getKey()));
            Object value = entry.getValue();
            if (value == null || !isKnown(entry, depth)) {
                continue;
            }
            if (names.size() >= MAX_ENTRIES || !names.add(name)) {
                truncated.add(key);
                continue;
            }
            json.writeFieldName(name);
            write(value, depth);
            if (value instanceof EnumValue enumValue
                    && enumValue.isUnknown()
                    && names.size() < MAX_ENTRIES
                    && names.add(name + "_code")) {
                json.writeNumberField(name + "_code", enumValue.number());
            }
        }
        json.writeEndObject();
    }

    private void writeList(Collection<?> list, int depth) throws IOException {
        json.writeStartArray();
        int entries = 0;
        for (Object value : list) {
            if (value == null || !isKnown(value, depth)) {
                continue;
            }
            if (++entries > MAX_ENTRIES) {
                truncated.add(key);
                break;
            }
            write(value, depth);
        }
        json.writeEndArray();
    }

    private String text(String text) {
        if (WireText.isTooLong(text, maxText)) {
            truncated.add(key);
        }
        return WireText.clean(text, maxText);
    }
}
