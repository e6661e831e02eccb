package org.vmeventagent.inventory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.nova.Instance;
import org.vmeventagent.nova.MetadataReader;
import org.vmeventagent.rig.SampleXml;
import org.vmeventagent.time.AgentClock;
import org.vmeventagent.time.Moment;

class KnownDomainCodecTest {
    private static final String METADATA = SampleXml.of("metadata-api");
    private static final AgentClock CLOCK = AgentClock.system(1L << 40);
    private static final Moment AT = at("2026-11-22T20:14:42.481190123Z", 86_400_000);
    private static final DomainKey KEY = new DomainKey(
            "qemu+unix:///system?socket=/run/a b", UUID.fromString("6f5b7a1e-0c1d-4f6e-9d0a-1b2c3d4e5f60"));

    @Test
    void readsBackAllThatItWrote() {
        Instance instance = MetadataReader.read(METADATA).orElseThrow();
        for (DomainState state : DomainState.values()) {
            for (Lifecycle.Phase phase : Lifecycle.Phase.values()) {
                Lifecycle lifecycle = new Lifecycle(
                        state,
                        state.isActive() ? 12 : -1,
                        true,
                        phase,
                        new Lifecycle.Incarnation(
                                1L << 40,
                                Lifecycle.Start.RESTORED,
                                AT,
                                Lifecycle.ShutdownBy.GUEST,
                                true,
                                at("2026-11-22T20:14:42.481190124Z", 86_400_000)));
                assertRoundTrip(
                        new KnownDomain(
                                KEY,
                                "instance-0000002a",
                                lifecycle,
                                instance,
                                AT,
                                new KnownDomain.LastObservation(
                                        AT, at("2026-11-22T20:14:42.482190123Z", 86_400_001), 1L << 50, true),
                                new KnownDomain.Removal(AT, Origin.RESYNC, KnownDomain.Removal.Reason.MIGRATED, true),
                                new Interruption(
                                        new Interruption.Since(AT, Cause.PROCESS_DIED, true),
                                        null,
                                        new Interruption.Since(AT, Cause.MIGRATING_IN, false),
                                        new Interruption.Since(AT, Cause.MIGRATED_IN, true)),
                                0,
                                77),
                        METADATA);
            }
        }
    }

    @Test
    void readsBackADomainOfWhichNothingIsKnown() {
        assertRoundTrip(KnownDomain.unknown(KEY, "x"), "");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-11-22T20:14:00Z",
                "2026-11-22T20:00:00.000001Z",
                "2026-11-22T00:00:09Z",
                "2026-11-22T20:14:42.481Z",
                "1970-01-01T00:00:00Z"
            })
    void writesMomentsAsIso8601(Instant moment) {
        KnownDomain domain = KnownDomain.unknown(KEY, "x").identified(null, CLOCK.earlier(moment, 17));

        assertTrue(KnownDomainCodec.write(domain, CLOCK).contains("metadata_read_at=" + moment + "@17"));
        assertRoundTrip(domain, "");
    }

    @Test
    void keepsAnyNameOnOneLine() {
        for (String name :
                new String[] {"a b=c", "line\nfeed\r", "50% + 1 & more", "\u001B[31m", "\uD83E\uDD8A é", "=", ""}) {
            String line = KnownDomainCodec.write(KnownDomain.unknown(KEY, name), CLOCK);

            assertTrue(line.chars().allMatch(c -> c >= ' ' && c < 0x7F), line);
            assertRoundTrip(KnownDomain.unknown(KEY, name), "");
        }
    }

    @Test
    void ignoresWhatALaterVersionAdded() {
        KnownDomain domain = KnownDomain.unknown(KEY, "x");

        assertEquals(
                domain,
                KnownDomainCodec.read(
                        KnownDomainCodec.key(KEY),
                        KnownDomainCodec.write(domain, CLOCK) + " mood=good bare =",
                        "",
                        CLOCK));
    }

    @Test
    void saysWhichValueItCannotRead() {
        assertMessage("state=FLYING", "name=x state=FLYING");
        assertMessage("started_at=noon", "started_at=noon");
        assertThrows(IllegalArgumentException.class, () -> KnownDomainCodec.read("no-space", "name=x", "", CLOCK));
        assertThrows(
                IllegalArgumentException.class,
                () -> KnownDomainCodec.read("no-uuid qemu:///system", "name=x", "", CLOCK));
    }

    private static Moment at(String label, long ran) {
        return CLOCK.earlier(Instant.parse(label), ran);
    }

    private static void assertMessage(String expected, String line) {
        String message = String.valueOf(assertThrows(
                        IllegalArgumentException.class,
                        () -> KnownDomainCodec.read(KnownDomainCodec.key(KEY), line, "", CLOCK))
                .getMessage());
        assertTrue(message.contains(expected), message);
    }

    private static void assertRoundTrip(KnownDomain domain, String metadata) {
        assertEquals(
                domain,
                KnownDomainCodec.read(
                        KnownDomainCodec.key(domain.key()), KnownDomainCodec.write(domain, CLOCK), metadata, CLOCK));
    }
}
