package org.vmeventagent.agent;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.rig.TextMutator.pick;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.vmeventagent.config.ConfigException;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.Option;
import org.vmeventagent.config.OptionRegistry;
import org.vmeventagent.rig.GeneratedCases;
import org.vmeventagent.rig.TextMutator;

/** Any values of any options: every part takes them, or one line refuses them before anything starts. */
@Tag("fuzz")
class HostileConfigurationTest {
    private static final String MARKER = "Secr3tMarker";

    private static final String[] VALUES = {
        "true",
        "false",
        "0",
        "1",
        "60",
        "3000000000",
        "2147483647",
        "1099511627776",
        "-1",
        "1.5",
        "default",
        "all",
        "none",
        "+graphics,-reboot",
        "a,b,,",
        "/",
        "/nonexistent/x",
        "$host",
        "${libvirt.poll_interval}",
        "$$",
        "x.y",
        "EXTERNAL",
        "messagingv2",
        "log",
        "noop",
        "bind",
        "full",
        "PLAIN",
        "qemu:///system",
        "test:///default",
        "TLSv1_2"
    };

    @Test
    void everyPartTakesTheValuesOrOneLineRefusesThem() {
        List<Option<?>> options = OptionRegistry.all();
        int[] taken = new int[2];
        GeneratedCases.each("configuration of all parts", 4_000, random -> {
            StringBuilder text = new StringBuilder(
                    "[DEFAULT]\ntransport_url = rabbit://u:" + MARKER + "@h:5672/?" + query(random) + "\n");
            for (int i = random.nextInt(4); i >= 0; i--) {
                Option<?> option = options.get(random.nextInt(options.size()));
                text.append('[').append(option.name().section()).append("]\n");
                text.append(option.name().option()).append(" = ");
                text.append(random.nextInt(5) == 0 ? TextMutator.text(random, 20) : pick(random, VALUES))
                        .append('\n');
            }
            assertTakenOrRefused(text.toString(), taken);
        });
        assertTrue(taken[0] > 0 && taken[1] > 0, "both happen");
    }

    private static void assertTakenOrRefused(String text, int[] taken) {
        String shown;
        try {
            AgentConfig config = AgentConfig.from(Configuration.ofText(text));
            shown = config + " " + config.warnings() + config.needsRestart(config);
            taken[0]++;
        } catch (ConfigException e) {
            shown = String.valueOf(e.getMessage());
            assertFalse(shown.isBlank() || shown.chars().anyMatch(c -> c < ' '), () -> text + " -> " + e);
            taken[1]++;
        }
        String reported = shown;
        assertFalse(reported.contains(MARKER), () -> text + " -> " + reported);
    }

    private static String query(Random random) {
        return random.nextInt(4) > 0
                ? ""
                : pick(random, "ssl", "amqp_durable_queues", "rabbit_quorum_max_memory_bytes", "no_such", "hostname")
                        + "="
                        + pick(random, VALUES).replaceAll("[^\\w.+-]", "");
    }
}
