package org.vmeventagent.publisher.rabbitmq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TransportUrlTest {
    private static final String MARKER = "Secr3tMarker";

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "rabbit:// guest:guest@localhost:5672 /",
                "rabbit://h guest:guest@h:5672 /",
                "rabbit://h/ guest:guest@h:5672 /",
                "rabbit://h// guest:guest@h:5672 /",
                "rabbit://h/%2F guest:guest@h:5672 /",
                "rabbit://h/nova guest:guest@h:5672 nova",
                "rabbit://h/a/b guest:guest@h:5672 a/b",
                "rabbit://h/a%2Fb guest:guest@h:5672 a/b",
                "rabbit://h/v/ guest:guest@h:5672 v/",
                "rabbit://h/v#x guest:guest@h:5672 v",
                "rabbit://h/?ssl=true guest:guest@h:5672 /",
                "rabbit://h: guest:guest@h:5672 /",
                "RABBIT://h guest:guest@h:5672 /",
                "kombu://h guest:guest@h:5672 /",
                "rabbit://u@h u:guest@h:5672 /",
                "rabbit://:p@h guest:p@h:5672 /",
                "rabbit://u:p@ss@h u:p@ss@h:5672 /",
                "rabbit://u:p:q@h u:p:q@h:5672 /",
                "rabbit://u:p%@h u:p%@h:5672 /",
                "rabbit://u:p+q@h u:p+q@h:5672 /",
                "rabbit://u:p%2Fq@h u:p/q@h:5672 /",
                "rabbit://u%3A1:p%2C%40%23@h:1 u:1:p,@#@h:1 /",
                "rabbit://u:%C3%A9@h u:é@h:5672 /",
                "rabbit://u:p@[fe80::1]:5671/v u:p@[fe80::1]:5671 v",
                "rabbit://u:p@[fe80::1]/v u:p@[fe80::1]:5672 v",
                "rabbit://u:p@h1,h2 u:p@h1:5672;guest:guest@h2:5672 /",
                "rabbit://u:p@h1:1,,u2:p2@h2:2,/v u:p@h1:1;u2:p2@h2:2 v",
                "rabbit://u:p@h/%FF u:p@h:5672 \uFFFD",
            })
    void readsWhatOsloReads(String url, String hosts, String virtualHost) {
        TransportUrl parsed = TransportUrl.parse(url);

        assertEquals(
                hosts,
                parsed.hosts().stream()
                        .map(host -> host.user() + ":" + host.password() + "@" + host.address())
                        .collect(Collectors.joining(";")));
        assertEquals(virtualHost, parsed.virtualHost());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "h:5672",
                "rabbit:h",
                "amqp://h",
                "://h",
                "rabbit://u:Secr3tMarker/x@h",
                "rabbit://u:Secr3tMarker#x@h",
                "rabbit://u:Secr3tMarker?x@h",
                "rabbit://u:12/Secr3tMarker@h",
                "rabbit://u:12,Secr3tMarker@h",
                "rabbit://u:Secr3tMarker@h:abc",
                "rabbit://u:Secr3tMarker@h:0",
                "rabbit://u:Secr3tMarker@h:65536",
                "rabbit://u:Secr3tMarker@fe80::1",
                "rabbit://u:Secr3tMarker@fe80::1:5672",
                "rabbit://u:Secr3tMarker@[fe80::1",
                "rabbit://u:Secr3tMarker@[h]",
                "rabbit://u:Secr3tMarker@[fe80::1]5672",
                "rabbit://u:Secr3tMarker@h h",
                "rabbit://u:Secr3tMarker@h1:1/v,u:Secr3tMarker@h2/v",
                "rabbit://u:Secr3tMarker@h1,u@h2",
                "rabbit://u:1,Secr3tMarker:@h2",
            })
    void refusesInOneLineWithoutThePassword(String url) {
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> TransportUrl.parse(url))
                .getMessage());

        assertTrue(message.contains("transport_url"), message);
        assertFalse(message.contains(MARKER), message);
        assertFalse(message.contains("\n"), message);
    }

    @Test
    void aHostWithoutCredentialsNeverInheritsThemAndIsWarnedOf() {
        TransportUrl parsed = TransportUrl.parse("rabbit://u:p@h1,h2/");

        assertEquals(
                List.of(
                        new TransportUrl.Host("h1", 5672, "u", "p"),
                        new TransportUrl.Host("h2", 5672, "guest", "guest")),
                parsed.hosts());
        assertEquals(1, parsed.warnings().size());
        assertTrue(parsed.warnings().get(0).contains("host 2"), parsed.warnings()::toString);
        assertEquals(List.of(), TransportUrl.parse("rabbit://u:p@h1,u:p@h2/").warnings());
    }

    @Test
    void keepsQueryParametersAsTextAndJoinsRepeatedOnes() {
        assertEquals(
                Map.of("ssl", "true", "ssl_ca_file", "/etc/a b.pem", "x", "1,2"),
                TransportUrl.parse("rabbit://h/?ssl=true&ssl_ca_file=%2Fetc/a+b.pem&x=1&empty=&none&x=2")
                        .query());
    }

    @Test
    void joinsAUrlThatWasContinuedOnTheNextLine() {
        assertEquals(2, TransportUrl.parse("rabbit://u:p@h1,\nu:p@h2/").hosts().size());
    }

    @Test
    void showsNoPasswordAsText() {
        TransportUrl parsed = TransportUrl.parse("rabbit://u:" + MARKER + "@h1:1,u:" + MARKER + "@[::1]/v?ssl=1");

        assertEquals("TransportUrl[hosts=[u@h1:1, u@[::1]:5672], virtualHost=v, query=[ssl]]", parsed.toString());
    }
}
