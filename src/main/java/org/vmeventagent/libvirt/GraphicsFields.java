package org.vmeventagent.libvirt;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The structures of a GRAPHICS event: virDomainEventGraphicsAddress and virDomainEventGraphicsSubject. */
final class GraphicsFields {
    private static final List<String> FAMILIES = List.of("ipv4", "ipv6", "unix");
    private static final int MAX_IDENTITIES = 64;

    private GraphicsFields() {}

    /** {family, node, service}; {@code struct { int family; char *node; char *service; }}. */
    static @Nullable Map<String, Object> address(@Nullable Pointer address) {
        if (address == null) {
            return null;
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        int family = address.getInt(0);
        if (family >= 0 && family < FAMILIES.size()) {
            fields.put("family", FAMILIES.get(family));
        } else {
            fields.put("family", "unknown");
            fields.put("family_code", family);
        }
        putText(fields, "node", address.getPointer(Native.POINTER_SIZE));
        putText(fields, "service", address.getPointer(2L * Native.POINTER_SIZE));
        return fields;
    }

    /** [{type, name}]; {@code struct { int nidentity; struct { char *type; char *name; } *identities; }}. */
    static @Nullable List<Map<String, Object>> subject(@Nullable Pointer subject) {
        if (subject == null) {
            return null;
        }
        int count = Math.min(subject.getInt(0), MAX_IDENTITIES);
        Pointer identities = subject.getPointer(Native.POINTER_SIZE);
        List<Map<String, Object>> read = new ArrayList<>();
        for (int i = 0; identities != null && i < count; i++) {
            long at = 2L * i * Native.POINTER_SIZE;
            Map<String, Object> identity = new LinkedHashMap<>();
            putText(identity, "type", identities.getPointer(at));
            putText(identity, "name", identities.getPointer(at + Native.POINTER_SIZE));
            read.add(identity);
        }
        return read;
    }

    private static void putText(Map<String, Object> fields, String name, @Nullable Pointer text) {
        String value = NativeLibvirt.text(text);
        if (value != null) {
            fields.put(name, value);
        }
    }
}
