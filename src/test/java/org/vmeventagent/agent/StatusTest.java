package org.vmeventagent.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.vmeventagent.rig.DocumentedSchema;

/** What {@code status} shows, in both its forms. */
class StatusTest {
    private static final DocumentedSchema SCHEMA = new DocumentedSchema("status");

    private final Health health = new Health(() -> {});

    @Test
    void isOkWhileEverythingIsUp() throws IOException {
        health.expect("qemu:///system");
        health.subscribed("qemu:///system", 17, OptionalInt.of(3));
        health.expect("esx://vcenter/");
        health.subscribed("esx://vcenter/", 0, OptionalInt.of(3));
        Status status = health.status("1.2.3", "connected", 43, OptionalLong.of(0));

        assertEquals("""
                status: ok
                version: 1.2.3
                connection esx://vcenter/: polled
                connection qemu:///system: subscribed to 17 event ids
                broker: connected
                last sequence: 43
                outbox: 0
                """, status.text());
        assertEquals(
                "{\"verdict\":\"ok\",\"reasons\":[],\"version\":\"1.2.3\",\"connections\":["
                        + "{\"uri\":\"esx://vcenter/\",\"state\":\"polled\"},"
                        + "{\"uri\":\"qemu:///system\",\"state\":\"subscribed\",\"event_ids\":17}],"
                        + "\"broker\":\"connected\",\"last_sequence\":43,\"waiting\":0}\n",
                status.json());
        SCHEMA.assertValid(status.json());
    }

    @Test
    void namesEveryReasonInBothForms() throws IOException {
        List<String> uris = List.of("lxc:///", "qemu:///session", "qemu:///system");
        uris.forEach(health::expect);
        health.failed("qemu:///session", "no\u001b[2J socket");
        health.lost("qemu:///system", "keepalive");
        Status status = health.status("1.2.3", "away", 43, OptionalLong.empty());

        JsonNode json = new ObjectMapper().readTree(status.json());
        SCHEMA.assertValid(status.json());
        assertEquals("degraded", json.path("verdict").asText());
        List<String> reasons = new ArrayList<>();
        json.path("reasons").forEach(reason -> reasons.add(reason.asText()));
        assertEquals(status.reasons(), reasons);
        assertEquals(
                List.of(
                        "connection lxc:///: connecting",
                        "connection qemu:///session: away: no\u001b[2J socket",
                        "connection qemu:///system: lost: keepalive",
                        "broker: away",
                        "outbox: the database can't be read"),
                reasons);
        assertFalse(json.has("waiting"));
        assertTrue(status.json().strip().chars().allMatch(c -> c >= ' ' && c < 0x7f), status.json());
        assertTrue(status.text().startsWith("status: degraded\n"), status.text());
        assertEquals(
                "0 of 3 libvirt connections up, broker away, an unknown number of notifications waiting",
                status.summary());
    }
}
