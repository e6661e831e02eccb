package org.vmeventagent.inventory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.vmeventagent.nova.Instance;
import org.vmeventagent.rig.NovaXml;

class MetadataCacheTest {
    private final MetadataCache instances = new MetadataCache();

    @Test
    void sameTextIsReadOnce() {
        @Nullable Instance first = instances.of(NovaXml.instance("web"));

        assertEquals(Optional.of("web"), Optional.ofNullable(first).map(Instance::displayName));
        assertSame(first, instances.of(NovaXml.instance("web")));
        assertNotEquals(first, instances.of(NovaXml.instance("db")));
    }

    @Test
    void textWithoutAnInstanceYieldsNone() {
        assertNull(instances.of("<other/>"));
        assertNull(instances.of("<other/>"));
    }

    @Test
    void longAgoIsForgottenAndLongIsNotKept() {
        @Nullable Instance first = instances.of(NovaXml.instance("web"));
        for (int i = 0; i < 64; i++) {
            instances.of(NovaXml.instance("db" + i));
        }
        @Nullable Instance again = instances.of(NovaXml.instance("web"));
        assertEquals(first, again);
        assertNotSame(first, again);

        String large = NovaXml.instance("n".repeat(9000));
        assertNotSame(instances.of(large), instances.of(large));
    }
}
