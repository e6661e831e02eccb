package org.vmeventagent.libvirt;

import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An array of virTypedParameter (libvirt-common.h): 80 bytes of name, an int that says the type, and a union of eight
 * bytes. The layout is that of 64-bit platforms.
 */
final class TypedParameters {
    static final int STRIDE = 96;
    static final int NAME_BYTES = 80;
    static final int TYPE_OFFSET = 80;
    static final int VALUE_OFFSET = 88;

    private TypedParameters() {}

    /** In their order; a string that is NULL and a type that this agent doesn't know are left out. */
    static Map<String, Object> read(@Nullable Pointer parameters, int count) {
        Map<String, Object> read = new LinkedHashMap<>();
        if (parameters == null) {
            return read;
        }
        for (int i = 0; i < count; i++) {
            long at = (long) i * STRIDE;
            Object value = value(parameters, parameters.getInt(at + TYPE_OFFSET), at + VALUE_OFFSET);
            if (value != null) {
                read.put(name(parameters.getByteArray(at, NAME_BYTES)), value);
            }
        }
        return read;
    }

    private static String name(byte[] field) {
        int length = 0;
        while (length < field.length && field[length] != 0) {
            length++;
        }
        return new String(field, 0, length, StandardCharsets.UTF_8);
    }

    private static @Nullable Object value(Pointer parameters, int type, long at) {
        return switch (type) {
            case 1 -> (Object) parameters.getInt(at);
            case 2 -> Integer.toUnsignedLong(parameters.getInt(at));
            case 3 -> parameters.getLong(at);
            case 4 -> unsigned(parameters.getLong(at));
            case 5 -> parameters.getDouble(at);
            case 6 -> parameters.getByte(at) != 0;
            case 7 -> NativeLibvirt.text(parameters.getPointer(at));
            default -> null;
        };
    }

    /** An unsigned 64-bit number; those beyond Java's long, which mean "no limit", become the greatest long. */
    static long unsigned(long value) {
        return value < 0 ? Long.MAX_VALUE : value;
    }
}
