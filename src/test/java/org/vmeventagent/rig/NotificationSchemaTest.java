package org.vmeventagent.rig;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opentest4j.AssertionFailedError;

/** The schema refuses what it should, so that passing it means something. */
class NotificationSchemaTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
            stopped   | "vcpus" : 4                        | "vcpus" : "4"
            stopped   | "vcpus" : 4                        | "vcpus" : null
            stopped   | "vcpus" : 4                        | "vcpus" : -1
            stopped   | "region" : "RegionOne"             | "region" : ""
            stopped   | "region" : "RegionOne"             | "host" : "twice"
            stopped   | "cause" : "process_died"           | "cause" : "bad luck"
            stopped   | "cause" : "process_died",          |
            stopped   | "domain_state" : "defined",        |
            stopped   | "tenant_id" : "77665544332211000011223344556677", |
            stopped   | "priority" : "INFO"                | "priority" : "WARN"
            stopped   | "kind" : "state"                   | "kind" : "agent"
            stopped   | libvirt.domain.stopped             | compute.domain.stopped
            stopped   | libvirt.domain.stopped             | libvirt.domain.halted
            stopped   | "observed_at" : "2026-11-22T20:14:44.487190Z" | "observed_at" : "2026-11-22T20:14:44Z"
            stopped   | "timestamp" : "2026-11-22 20:14:44.487190"    | "timestamp" : "2026-11-22 20:14:44"
            stopped   | "sequence" : 43                    | "sequence" : 0
            removed   | "removal" : "deleted",             |
            agent.gap | "kind" : "agent"                   | "kind" : "state"
            agent.gap | "reason" : "libvirt_down"          | "reason" : "lunch"
            agent.gap | "mass_change" : false              | "domain_state" : "running"
            exists    | "version" : 6                      | "version" : 5
            """)
    void refusesWhatIsNotAsDescribed(String golden, String from, String to) throws IOException {
        String text = Files.readString(Path.of("src", "test", "resources", "golden", golden + ".json"));
        String changed = text.replaceFirst(Pattern.quote(from), to == null ? "" : to);

        assertDoesNotThrow(() -> NotificationSchema.assertValid(text.getBytes(StandardCharsets.UTF_8)));
        assertThrows(
                AssertionFailedError.class,
                () -> NotificationSchema.assertValid(changed.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void acceptsKeysThatALaterVersionAdds() throws IOException {
        String text = Files.readString(Path.of("src", "test", "resources", "golden", "stopped.json"));
        String later = text.replaceFirst("\"vcpus\" : 4", "\"vcpus\" : 4, \"colour\" : \"blue\"");

        assertDoesNotThrow(() -> NotificationSchema.assertValid(later.getBytes(StandardCharsets.UTF_8)));
    }
}
