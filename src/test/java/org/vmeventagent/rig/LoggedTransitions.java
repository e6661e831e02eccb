package org.vmeventagent.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * What an agent with the driver {@code log} has reported of each domain, in short:
 * {@code started/booted defined->running booted}, {@code reboot running}; an error ends with {@code E}.
 *
 * <p>Without what the agent finds out by itself ({@code exists}, {@code removed}), and without {@code control_error}:
 * libvirt raises that when a monitor closes in the middle of a word.
 */
public final class LoggedTransitions {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final String PREFIX = "libvirt.domain.";
    private static final Set<String> OTHERS = Set.of("exists", "removed", "control_error");

    private final RunningAgent agent;

    public LoggedTransitions(RunningAgent agent) {
        this.agent = agent;
    }

    /** Waits for the last of these, and fails unless all of them were reported, in this order, and nothing else. */
    public void assertReported(UUID uuid, List<String> expected) {
        await(uuid, expected.get(expected.size() - 1));
        assertEquals(expected, of(uuid));
    }

    /** Waits for something to be reported of a domain. */
    public void await(UUID uuid, String line) {
        try {
            Awaitility.await()
                    .atMost(TIMEOUT)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> of(uuid).contains(line));
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("not reported: " + line + "; but " + of(uuid), e);
        }
    }

    /** Waits until it was reported which instance a domain is. */
    public void awaitIdentity(UUID uuid) {
        Awaitility.await()
                .atMost(TIMEOUT)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> agent.notifications().stream()
                        .map(reported -> reported.get("payload"))
                        .anyMatch(
                                payload -> payload.path("instance_id").asText().equals(uuid.toString())
                                        && payload.has("project_id")));
    }

    /** All that was reported of a domain so far; the same one after another is one. */
    public List<String> of(UUID uuid) {
        List<String> lines =
                reported(uuid).stream().map(LoggedTransitions::line).toList();
        return IntStream.range(0, lines.size())
                .filter(i -> i == 0 || !lines.get(i).equals(lines.get(i - 1)))
                .mapToObj(lines::get)
                .toList();
    }

    /** The payload of the first notification of a domain with that name. */
    public JsonNode payload(UUID uuid, String name) {
        return agent.notifications().stream()
                .filter(reported -> reported.get("event_type").asText().equals(PREFIX + name))
                .filter(reported -> !isLateMetadata(reported))
                .map(reported -> reported.get("payload"))
                .filter(payload -> payload.get("instance_id").asText().equals(uuid.toString()))
                .findFirst()
                .orElseThrow();
    }

    /** On a busy machine a look-up may come too late for its event; its answer is reported by itself then. */
    private static boolean isLateMetadata(JsonNode reported) {
        return name(reported).equals("metadata_change")
                && reported.at("/payload/origin").asText().equals("resync");
    }

    private List<JsonNode> reported(UUID uuid) {
        return agent.notifications().stream()
                .filter(reported -> reported.get("event_type").asText().startsWith(PREFIX))
                .filter(reported -> !OTHERS.contains(name(reported)))
                .filter(reported -> !isLateMetadata(reported))
                .filter(reported -> reported.at("/payload/instance_id").asText().equals(uuid.toString()))
                .toList();
    }

    private static String line(JsonNode reported) {
        JsonNode payload = reported.get("payload");
        return name(reported)
                + (payload.has("detail") ? "/" + payload.get("detail").asText() : "")
                + " "
                + (payload.has("old_domain_state")
                        ? payload.get("old_domain_state").asText() + "->"
                        : "")
                + payload.get("domain_state").asText()
                + (payload.has("cause") ? " " + payload.get("cause").asText() : "")
                + (payload.get("severity").asText().equals("error") ? " E" : "");
    }

    private static String name(JsonNode reported) {
        return reported.get("event_type").asText().substring(PREFIX.length());
    }
}
