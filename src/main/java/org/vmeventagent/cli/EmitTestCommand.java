package org.vmeventagent.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.DefaultOptions;
import org.vmeventagent.config.NotificationOptions;
import org.vmeventagent.logging.LogText;
import org.vmeventagent.notification.EventNames;
import org.vmeventagent.system.ControlSocket;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Sends one notification through the running agent, and waits for the broker's confirm. */
@Command(
        name = "emit-test",
        description =
                "Has the running agent publish one libvirt.agent.test, which says nothing but that it arrives, and waits until"
                        + " the broker has confirmed it. Exit codes: 0 confirmed, 1 not confirmed in time, or no agent answers.",
        footer = {
            "",
            "Examples:",
            "  vm-event-agent emit-test",
            "  vm-event-agent emit-test --timeout 60 --json | jq .seconds"
        })
final class EmitTestCommand implements Callable<Integer> {
    private static final Duration POLL = Duration.ofMillis(10);
    private static final int LONGEST = 3600;
    private static final String ROUTING_KEY = "routing key ";
    private static final String WAITS = "waits: ";

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "10",
            description = "How long to wait for the confirm, from 1 to 3600 s. Default: ${DEFAULT-VALUE}")
    private int timeout;

    @Option(names = "--json", description = "One JSON object.")
    private boolean json;

    @Mixin
    private final ConfigOptions config = new ConfigOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        if (timeout < 1 || timeout > LONGEST) {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(), "--timeout must be whole seconds from 1 to " + LONGEST);
        }
        Configuration configuration = config.load();
        Path socket = Path.of(configuration.get(DefaultOptions.CONTROL_SOCKET));
        String eventType =
                configuration.get(NotificationOptions.EVENT_TYPE_PREFIX) + '.' + EventNames.ofAgent(EventNames.TEST);
        long begun = System.nanoTime();
        try {
            String number = ControlSocket.requestValues(socket, "emit-test").getOrDefault("test", "");
            Map<String, String> state = state(socket, number);
            while (!isConfirmed(state) && System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(timeout)) {
                TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
                state = state(socket, number);
            }
            show(eventType, state, (System.nanoTime() - begun) / 1e9);
            return isConfirmed(state) ? ExitCode.OK : ExitCode.FAILED;
        } catch (IOException e) {
            System.err.println("vm-event-agent: " + LogText.of(String.valueOf(e.getMessage())));
            return ExitCode.FAILED;
        }
    }

    private static Map<String, String> state(Path socket, String number) throws IOException {
        return ControlSocket.requestValues(socket, "emit-test-state " + number);
    }

    private static boolean isConfirmed(Map<String, String> state) {
        return state.entrySet().stream()
                .filter(line -> line.getKey().startsWith(ROUTING_KEY))
                .noneMatch(line -> line.getValue().startsWith(WAITS));
    }

    private void show(String eventType, Map<String, String> state, double seconds) {
        if (json) {
            System.out.println(AsciiJson.line(object(eventType, state, seconds)));
            return;
        }
        System.out.printf(
                Locale.ROOT,
                "%s %.3f s: %s%n",
                isConfirmed(state) ? "Confirmed after" : "Not confirmed within",
                seconds,
                eventType);
        state.forEach((name, value) -> System.out.println(LogText.of(name + ": " + value)));
        if (!isConfirmed(state)) {
            System.out.println("It stays in the outbox until the broker confirms it.");
        }
    }

    private static ObjectNode object(String eventType, Map<String, String> state, double seconds) {
        ObjectNode object = AsciiJson.MAPPER.createObjectNode();
        object.put("event_type", eventType);
        object.put("confirmed", isConfirmed(state));
        object.put("seconds", Math.round(seconds * 1000) / 1000.0);
        ArrayNode routingKeys = object.arrayNode();
        state.forEach((name, value) -> {
            if (name.startsWith(ROUTING_KEY)) {
                ObjectNode routingKey = routingKeys.addObject();
                routingKey.put("routing_key", name.substring(ROUTING_KEY.length()));
                routingKey.put("confirmed", !value.startsWith(WAITS));
                if (value.startsWith(WAITS)) {
                    routingKey.put("problem", value.substring(WAITS.length()));
                }
            } else if (name.equals("sequence")) {
                object.put(name, Long.parseLong(value));
            } else {
                object.put(name, value);
            }
        });
        object.set("routing_keys", routingKeys);
        return object;
    }
}
