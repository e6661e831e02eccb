package org.vmeventagent.agent;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.publisher.MemoryOutbox;
import org.vmeventagent.publisher.Publisher;
import org.vmeventagent.publisher.rabbitmq.RabbitClient;
import org.vmeventagent.rig.CeilometerAgent;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.store.OutboxRow;
import org.vmeventagent.time.AgentClock;

/** What a real Ceilometer makes of every notification there is, sent by the real driver. */
@Timeout(120)
class CeilometerIT {
    private static final Path GOLDEN = Path.of("src", "test", "resources", "golden");
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z");
    private static final ObjectMapper JSON =
            new ObjectMapper().configure(JsonWriteFeature.ESCAPE_NON_ASCII.mappedFeature(), true);

    @TempDir
    private static Path directory;

    /** What was sent, by message_id. */
    private static final Map<String, JsonNode> SENT = new TreeMap<>();

    private static String virtualHost;
    private static String exchangesBefore;
    private static CeilometerAgent ceilometer;

    @BeforeAll
    static void sendEveryNotification() throws Exception {
        RabbitBroker broker = RabbitBroker.shared();
        virtualHost = broker.newVirtualHost();
        ceilometer = CeilometerAgent.start(directory, broker, virtualHost, false);
        exchangesBefore = exchanges();
        MemoryOutbox outbox = new MemoryOutbox();
        try (Stream<Path> files = Files.list(GOLDEN)) {
            for (Path file : files.sorted().toList()) {
                ObjectNode notification = (ObjectNode) JSON.readTree(file.toFile());
                String id = UUID.randomUUID().toString(); // all golden files have the same
                notification.put("message_id", id);
                SENT.put(id, notification);
                outbox.add(new OutboxRow(
                        SENT.size(),
                        "info",
                        null,
                        id,
                        System.currentTimeMillis(),
                        JSON.writeValueAsBytes(notification)));
            }
        }
        AgentConfig config = AgentConfig.from(Configuration.ofText(
                "[DEFAULT]\ntransport_url = " + broker.url(virtualHost) + "\n[notifications]\nreconnect_splay = 0\n"));
        try (Publisher publisher = new Publisher(
                Objects.requireNonNull(config.publisher()),
                outbox,
                new RabbitClient(Objects.requireNonNull(config.amqp())),
                AgentMetrics.NONE,
                AgentClock.system(0))) {
            publisher.start();
            assertTrue(publisher.flush(SOON));
        }
        await().atMost(SOON).until(() -> ceilometer.events().size() >= SENT.size());
    }

    @AfterAll
    static void end() {
        ceilometer.close();
    }

    @Test
    void everyNotificationIsOneEventWithAllItsPlainValues() {
        Map<String, JsonNode> events =
                ceilometer.events().stream().collect(Collectors.toMap(event -> text(event, "message_id"), e -> e));

        assertEquals(SENT.keySet(), new TreeMap<>(events).keySet());
        SENT.forEach((id, sent) -> {
            JsonNode event = Objects.requireNonNull(events.get(id));
            assertEquals(text(sent, "event_type"), text(event, "event_type"));
            assertEquals(time(text(sent, "timestamp").replace(' ', 'T')), time(text(event, "generated")));
            assertEquals(expected(sent), traits(event), text(sent, "event_type"));
        });
    }

    @Test
    void metersAreMadeOfWhatTheyShould() {
        awaitSamples();

        JsonNode start = ceilometer.samples().stream()
                .filter(sample -> text(sample, "name").equals("libvirt.domain.start"))
                .findFirst()
                .orElseThrow();
        assertEquals("6f5b7a1e-0c1d-4f6e-9d0a-1b2c3d4e5f60", text(start, "resource_id"));
        assertEquals("77665544332211000011223344556677", text(start, "project_id"));
        assertEquals("booted", start.at("/resource_metadata/cause").asText());
    }

    @Test
    void ceilometerSaysNothingBad() {
        awaitSamples();
        List<String> bad = ceilometer
                .log()
                .lines()
                .filter(line -> line.contains("WARNING") || line.contains("ERROR") || line.contains("Traceback"))
                .toList();

        assertEquals(List.of(), bad);
    }

    @Test
    void nothingOfCeilometersIsChangedAtTheBroker() {
        List<String> added = exchanges()
                .lines()
                .filter(line -> exchangesBefore.lines().noneMatch(line::equals))
                .toList();

        assertEquals(List.of("vm-event-agent\ttopic\tfalse\tfalse\t[]"), added);
        assertTrue(exchangesBefore.contains("nova\ttopic\tfalse\tfalse\t[]"), exchangesBefore);
        assertTrue(
                exchanges().lines().toList().containsAll(exchangesBefore.lines().toList()), exchangesBefore);
    }

    /** Events and samples come by two ways. */
    private static void awaitSamples() {
        long ofDomains = SENT.values().stream()
                .map(sent -> text(sent, "event_type"))
                .filter(type ->
                        type.startsWith("libvirt.domain.") && !type.endsWith(".exists") && !type.endsWith(".removed"))
                .count();
        Map<String, Long> expected = Map.of(
                "libvirt.domain.event", ofDomains,
                "libvirt.domain.placed", 4L,
                "libvirt.domain.start", 1L,
                "libvirt.domain.reboot", 2L,
                "libvirt.domain.fault", 6L,
                "libvirt.agent.gap.transitions", 1L,
                "libvirt.agent.overflow", 1L,
                "libvirt.agent.domains", 12L,
                "libvirt.agent.uptime", 86_400L);
        await().atMost(SOON).untilAsserted(() -> {
            Map<String, Long> volumes = new TreeMap<>();
            ceilometer
                    .samples()
                    .forEach(sample -> volumes.merge(
                            text(sample, "name"), sample.path("volume").asLong(), Long::sum));
            assertEquals(expected, volumes);
        });
    }

    private static String exchanges() {
        return RabbitBroker.shared()
                .rabbitmqctl(
                        "list_exchanges", "-p", virtualHost, "name", "type", "durable", "auto_delete", "arguments");
    }

    /** Every plain value of the payload, and of its attributes, as Ceilometer has it. */
    private static Map<String, Object> expected(JsonNode sent) {
        Map<String, Object> traits = new TreeMap<>();
        JsonNode payload = sent.get("payload");
        payload.properties().forEach(entry -> put(traits, entry.getKey(), entry.getValue()));
        if (!isOpen(text(sent, "event_type"))) {
            payload.path("attributes")
                    .properties()
                    .forEach(entry -> put(traits, "attribute_" + entry.getKey(), entry.getValue()));
        } else if (payload.at("/attributes").has("operation")) {
            put(traits, "attribute_operation", payload.at("/attributes/operation"));
        }
        traits.put("service", "vm-event-agent");
        traits.put("request_id", text(sent, "_context_request_id"));
        if (payload.has("instance_id")) {
            traits.put("resource_id", text(payload, "instance_id"));
        }
        return traits;
    }

    /** Whether libvirt names the attributes, typed parameters, as it likes. */
    private static boolean isOpen(String eventType) {
        return Stream.of("tunable", "job_completed", "migrated", "migration_progress")
                .anyMatch(name -> eventType.endsWith('.' + name));
    }

    private static void put(Map<String, Object> traits, String name, JsonNode value) {
        if (value.isIntegralNumber()) {
            traits.put(name, name.equals("attribute_reason") ? value.asText() : (Object) value.asLong());
        } else if (value.isBoolean()) {
            traits.put(name, value.asBoolean() ? 1L : 0L);
        } else if (value.isTextual()) {
            traits.put(name, TIME.matcher(value.asText()).matches() ? time(value.asText()) : value.asText());
        }
    }

    private static Map<String, Object> traits(JsonNode event) {
        Map<String, Object> traits = new TreeMap<>();
        event.get("traits").forEach(trait -> {
            JsonNode value = trait.get(2);
            traits.put(
                    trait.get(0).asText(),
                    switch (trait.get(1).asInt()) {
                        case 1 -> value.asText();
                        case 2 -> value.asLong();
                        case 4 -> time(value.asText());
                        default -> throw new AssertionError(trait);
                    });
        });
        return traits;
    }

    private static Instant time(String text) {
        return LocalDateTime.parse(text.replace("Z", "")).toInstant(ZoneOffset.UTC);
    }

    private static String text(JsonNode node, String key) {
        return node.path(key).asText();
    }
}
