package org.vmeventagent.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.rig.PlatformTrait;

/** Every option of the installed oslo.messaging that says how notifications are sent is known, by its old names too. */
class OsloMessagingOptionsIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Where we differ on purpose: no driver is none there; host names are checked here. */
    private static final Set<String> OTHER_DEFAULT = Set.of("driver", "ssl_enforce_hostname_verification");

    /** The default of later versions, where it is another. */
    private static final Map<String, String> LATER =
            PlatformTrait.HEARTBEAT_RATE_3.isHere() ? Map.of("heartbeat_rate", "3") : Map.of();

    private static List<JsonNode> theirs() throws IOException {
        Process python = new ProcessBuilder("/usr/bin/python3", "src/test/python/oslo_options.py")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<JsonNode> options = new ArrayList<>();
        for (String line : new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList()) {
            JsonNode option = JSON.readTree(line);
            String section = option.get("section").asText();
            if (section.equals(RabbitOptions.SECTION) || section.equals("oslo_messaging_notifications")) {
                options.add(option);
            }
        }
        return options;
    }

    @Test
    void everyOptionIsKnownWithItsDefaultAndItsOldNames() throws IOException {
        int compared = 0;
        for (JsonNode option : theirs()) {
            Option.Name name = new Option.Name(
                    option.get("section").asText(), option.get("name").asText());
            if (RabbitOptions.isOfOthers(name)) {
                continue;
            }
            Optional<Option<?>> ours = OptionRegistry.meantBy(name);
            assertTrue(ours.isPresent(), name + " is not known");
            for (JsonNode former : option.get("former")) {
                Option.Name old =
                        new Option.Name(former.get(0).asText(), former.get(1).asText());
                assertEquals(ours, OptionRegistry.meantBy(old), "the old name " + old);
            }
            if (!OTHER_DEFAULT.contains(name.option())) {
                assertEquals(
                        text(option.get("default")),
                        LATER.getOrDefault(
                                name.option(), String.valueOf(ours.get().defaultText())),
                        name.toString());
            }
            compared++;
        }
        assertTrue(compared >= 25, "only " + compared + " options");
    }

    private static String text(JsonNode value) {
        return value.isArray() ? value.get(0).asText() : value.asText();
    }

    /** Of oslo.messaging's later versions, which are not installed here. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "rabbit_quorum_max_memory_length",
                "rabbit_quorum_max_memory_bytes",
                "kombu_reconnect_splay",
                "rabbit_transient_quorum_queue",
                "use_queue_manager",
                "hostname",
                "processname",
                "rabbit_stream_fanout",
                "rpc_conn_pool_size",
                "conn_pool_min_size",
                "conn_pool_ttl",
            })
    void newerNamesAreKnownToo(String name) {
        List<String> warnings = Configuration.ofText("[oslo_messaging_rabbit]\n" + name + " = 1\n")
                .warnings();
        assertTrue(warnings.stream().noneMatch(line -> line.contains("is no option")), warnings.toString());
    }
}
