package org.vmeventagent.publisher.rabbitmq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.rig.TextMutator.pick;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmeventagent.rig.GeneratedCases;
import org.vmeventagent.rig.TextMutator;

/** A password with a sign too many, a comma in the wrong place: taken as oslo.messaging takes it, or refused unseen. */
@Tag("fuzz")
class HostileTransportUrlTest {
    private static final String MARKER = "Secr3tMarker";

    @Test
    void isTakenOrRefusedAndThePasswordIsNeverShown() {
        GeneratedCases.each("transport_url", 100_000, random -> assertTakenOrRefused(url(random)));
    }

    @Test
    void anyTextIsTakenOrRefused() {
        GeneratedCases.each("any text as transport_url", 20_000, random -> {
            assertTakenOrRefused("rabbit://" + TextMutator.text(random, 80));
            assertTakenOrRefused(TextMutator.of("rabbit://u:p@h:5672,u:p@[::1]:5671/v?ssl=true&x=y#z", random));
        });
    }

    @Test
    void readsBackWhatIsPrinted() {
        GeneratedCases.each("printed transport_url", 20_000, random -> {
            List<TransportUrl.Host> hosts = new ArrayList<>();
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                hosts.add(new TransportUrl.Host(
                        pick(random, "h", "mq-1.example.org", "10.0.0.1", "::1", "fe80::1%eth0", "h_1", "xn--h-bga"),
                        1 + random.nextInt(65_535),
                        some(random),
                        some(random)));
            }
            String virtualHost = some(random);
            Map<String, String> query = new LinkedHashMap<>();
            for (int i = random.nextInt(3); i > 0; i--) {
                query.put("q" + i, some(random));
            }
            String url = "rabbit://"
                    + hosts.stream().map(HostileTransportUrlTest::printed).collect(Collectors.joining(",")) + "/"
                    + encoded(virtualHost) + "?"
                    + query.entrySet().stream()
                            .map(entry -> entry.getKey() + "=" + encoded(entry.getValue()))
                            .collect(Collectors.joining("&"));

            assertEquals(new TransportUrl(hosts, virtualHost, query, List.of()), TransportUrl.parse(url), url);
        });
    }

    /** Between two halves of a URL, so that the password stays one. */
    @Tag("long")
    @MethodSource("urls")
    @FuzzTest(maxDuration = "2m")
    void fuzzTransportUrl(byte[] data) {
        String text = new String(data, StandardCharsets.UTF_8);
        String marker = "M" + Long.toHexString(new Random().nextLong()); // Jazzer learns what it is compared with
        assertTakenOrRefused(text, marker);
        assertTakenOrRefused("rabbit://" + text, marker);
        assertTakenOrRefused("rabbit://u:" + marker + text, marker);
        assertTakenOrRefused("rabbit://u:" + text.replace("@", "") + marker + "@h/", marker);
    }

    static Stream<byte[]> urls() {
        return Stream.of(
                        "rabbit://u:p@h:5672/",
                        "u:p@h1,u:p@[::1]:5671/v%2Fw?ssl=true&a=b+c#d",
                        "%zz%25@h:1",
                        "kombu://")
                .map(url -> url.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertTakenOrRefused(String url) {
        assertTakenOrRefused(url, MARKER);
    }

    private static void assertTakenOrRefused(String url, String marker) {
        String shown;
        try {
            TransportUrl parsed = TransportUrl.parse(url);
            shown = parsed.hosts().stream().anyMatch(host -> host.password().contains(marker))
                    ? parsed + " " + parsed.warnings()
                    : "";
            assertFalse(parsed.hosts().isEmpty() || parsed.virtualHost().isEmpty());
            parsed.hosts()
                    .forEach(host -> assertTrue(host.port() > 0
                            && host.port() < 65_536
                            && !host.host().isEmpty()
                            && !host.user().isEmpty()
                            && !host.password().isEmpty()));
        } catch (IllegalArgumentException e) {
            assertEquals(IllegalArgumentException.class, e.getClass());
            shown = String.valueOf(e.getMessage());
            assertTrue(shown.contains("transport_url"), shown);
        }
        assertFalse(shown.contains(marker), shown);
        assertFalse(shown.contains("\n"), shown);
    }

    /** Hosts with a password that holds the marker and one sign that may go wrong anywhere in it. */
    private static String url(Random random) {
        StringBuilder url = new StringBuilder("rabbit://");
        int hosts = 1 + random.nextInt(3);
        for (int i = 0; i < hosts; i++) {
            url.append(i == 0 ? "" : ",")
                    .append("u:")
                    .append(pick(random, "", "1", "a", "12"))
                    .append(pick(random, "", "/", "?", "#", "%", "%2F", "+", "[", "]", ":", " ", "\\", "é", "%zz", ","))
                    .append(MARKER)
                    .append(pick(random, "", "/", "?", "#", "%", "%4", "]", ":", "&", "="))
                    .append('@')
                    .append(pick(random, "h", "", "[::1]", "[::1", "::1", "h_1", "10.0.0.1", "]"))
                    .append(pick(random, "", ":", ":5672", ":x", ":99999", ":-1", ":5672 "));
        }
        return url.append(pick(random, "", "/", "//", "/v", "/%2F", "/%", "/v/w", "?", "/?a=b", "/?a", "/#", "#f"))
                .toString();
    }

    /** Not empty, which would mean the default; and text that UTF-8 can carry. */
    private static String some(Random random) {
        return "x" + new String(TextMutator.text(random, 12).getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    private static String printed(TransportUrl.Host host) {
        return encoded(host.user()) + ":" + encoded(host.password()) + "@" + host.address();
    }

    private static String encoded(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
            encoded.append(String.format(Locale.ROOT, "%%%02X", octet));
        }
        return encoded.toString();
    }
}
