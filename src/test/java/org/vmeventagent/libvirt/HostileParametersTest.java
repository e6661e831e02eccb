package org.vmeventagent.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.vmeventagent.rig.GeneratedCases;

/** What a newer libvirt, or a broken one, hands to a callback as typed parameters. */
@Tag("fuzz")
class HostileParametersTest {
    private static final int MOST = 20;
    private static final int TYPES = 12;

    @Test
    void readsAnyBytesAsTypedParameters() {
        GeneratedCases.each("typed parameters", 5_000, random -> {
            int count = random.nextInt(MOST);
            try (Memory text = new Memory(64);
                    Memory memory = new Memory((long) Math.max(1, count) * TypedParameters.STRIDE)) {
                fill(text, random);
                text.setByte(63, (byte) 0);
                fill(memory, random);
                for (int i = 0; i < count; i++) {
                    parameter(memory, (long) i * TypedParameters.STRIDE, text, random);
                }
                assertWellRead(TypedParameters.read(memory, count), count);
                assertEquals(Map.of(), TypedParameters.read(memory, -random.nextInt(MOST)));
            }
        });
    }

    private static void assertWellRead(Map<String, Object> read, int count) {
        assertTrue(read.size() <= count);
        read.forEach((name, value) -> {
            assertTrue(name.length() <= TypedParameters.NAME_BYTES && name.indexOf('\0') < 0, name);
            assertTrue(
                    value instanceof Integer
                            || value instanceof Long
                            || value instanceof Double
                            || value instanceof Boolean
                            || value instanceof String,
                    () -> name + " is " + value.getClass());
        });
    }

    /** Only pointers are as they must be: NULL, or a string that ends. */
    private static void parameter(Memory memory, long at, Pointer text, Random random) {
        memory.setInt(at + TypedParameters.TYPE_OFFSET, random.nextInt(20) == 0 ? random.nextInt() : type(random));
        if (memory.getInt(at + TypedParameters.TYPE_OFFSET) == 7) {
            memory.setPointer(at + TypedParameters.VALUE_OFFSET, random.nextInt(4) == 0 ? Pointer.NULL : text);
        }
    }

    private static int type(Random random) {
        return random.nextInt(TYPES) - 1;
    }

    private static void fill(Memory memory, Random random) {
        byte[] bytes = new byte[(int) memory.size()];
        random.nextBytes(bytes);
        memory.write(0, bytes, 0, bytes.length);
    }
}
