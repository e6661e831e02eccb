package org.vmeventagent.libvirt;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What libvirt would give a callback for each event, in native memory, and what must become of it. */
final class NativeCall {
    private final List<Memory> kept = new ArrayList<>();

    Pointer text(String text) {
        Memory memory = kept(NativeLibvirt.toC(text).length);
        memory.write(0, NativeLibvirt.toC(text), 0, (int) memory.size());
        return memory;
    }

    Pointer address(int family, String node, String service) {
        Memory memory = kept(3L * Native.POINTER_SIZE);
        memory.setInt(0, family);
        memory.setPointer(Native.POINTER_SIZE, node == null ? null : text(node));
        memory.setPointer(2L * Native.POINTER_SIZE, service == null ? null : text(service));
        return memory;
    }

    Pointer subject(String type, String name) {
        Memory identity = kept(2L * Native.POINTER_SIZE);
        identity.setPointer(0, text(type));
        identity.setPointer(Native.POINTER_SIZE, text(name));
        Memory memory = kept(2L * Native.POINTER_SIZE);
        memory.setInt(0, 1);
        memory.setPointer(Native.POINTER_SIZE, identity);
        return memory;
    }

    /** An array of virTypedParameter: Integer, Long, Double, Boolean, String, UInt and ULong as their type. */
    Pointer parameters(Map<String, Object> parameters) {
        Memory memory = kept((long) parameters.size() * TypedParameters.STRIDE);
        long at = 0;
        for (Map.Entry<String, Object> parameter : parameters.entrySet()) {
            byte[] name = parameter.getKey().getBytes(StandardCharsets.UTF_8);
            memory.write(at, name, 0, name.length);
            put(memory, at, parameter.getValue());
            at += TypedParameters.STRIDE;
        }
        return memory;
    }

    record UInt(int bits) {}

    record ULong(long bits) {}

    record Unknown(int type) {}

    private void put(Memory memory, long at, Object value) {
        long to = at + TypedParameters.VALUE_OFFSET;
        int type;
        if (value instanceof Integer number) {
            type = 1;
            memory.setInt(to, number);
        } else if (value instanceof UInt number) {
            type = 2;
            memory.setInt(to, number.bits());
        } else if (value instanceof Long number) {
            type = 3;
            memory.setLong(to, number);
        } else if (value instanceof ULong number) {
            type = 4;
            memory.setLong(to, number.bits());
        } else if (value instanceof Double number) {
            type = 5;
            memory.setDouble(to, number);
        } else if (value instanceof Boolean bool) {
            type = 6;
            memory.setByte(to, bool ? (byte) 1 : (byte) 0);
        } else if (value instanceof String text) {
            type = 7;
            memory.setPointer(to, text(text));
        } else {
            type = ((Unknown) value).type();
        }
        memory.setInt(at + TypedParameters.TYPE_OFFSET, type);
    }

    private Memory kept(long size) {
        Memory memory = new Memory(size);
        memory.clear();
        kept.add(memory);
        return memory;
    }
}
