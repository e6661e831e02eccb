package org.vmeventagent.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.vmeventagent.event.EventKind;

class LibvirtConfigTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void hasTheDefaultsOfTheOptions() {
        LibvirtConfig config = LibvirtConfig.defaults();

        assertEquals(Duration.ofSeconds(5), config.keepaliveInterval());
        assertEquals(3, config.keepaliveCount());
        assertEquals(Duration.ofSeconds(10), config.openTimeout());
        assertEquals(Duration.ofSeconds(5), config.pollInterval());
        assertEquals(Set.of(EventKind.values()), config.events());
    }

    @Test
    void refusesTimesThatAreNotPositive() {
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> new LibvirtConfig(SECOND, 1, Duration.ZERO, SECOND, Set.of()));
        assertTrue(refused.getMessage().contains("open_timeout"), refused::getMessage);
        assertThrows(
                IllegalArgumentException.class,
                () -> new LibvirtConfig(Duration.ofMillis(999), 1, SECOND, SECOND, Set.of()));
    }
}
