package org.vmeventagent.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetSocketAddress;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TelemetryOptionsTest {
    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:9917, 127.0.0.1, 9917",
        "localhost:1, 127.0.0.1, 1",
        "[::1]:65535, 0:0:0:0:0:0:0:1, 65535",
        "[2001:db8::1]:80, 2001:db8:0:0:0:0:0:1, 80",
        "0.0.0.0:9917, 0.0.0.0, 9917",
    })
    void takesAnAddressAndAPort(String text, String address, int port) {
        InetSocketAddress parsed = TelemetryOptions.address(text).orElseThrow();
        assertEquals(address, parsed.getAddress().getHostAddress());
        assertEquals(port, parsed.getPort());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "9917",
                ":9917",
                "127.0.0.1",
                "127.0.0.1:0",
                "127.0.0.1:65536",
                "127.0.0.1:99999999",
                "300.0.0.1:80",
                "compute1:9917",
                "::1:9917",
                "[::1]",
                "[1:2]:80",
                "[::zz]:80",
                "[127.0.0.1]:80",
                "127.0.0.1:80/metrics"
            })
    void takesNothingElseAndLooksUpNoName(String text) {
        assertEquals(Optional.empty(), TelemetryOptions.address(text));
    }

    @ParameterizedTest
    @CsvSource({
        "/run/vm-event-agent/metrics.sock, true",
        "/run/a:9917, true",
        "run/metrics.sock, false",
        "unix:/run/metrics.sock, false",
        "/run/, false",
        "127.0.0.1:9917, false",
    })
    void takesThePathOfASocket(String text, boolean allowed) {
        assertEquals(allowed, TelemetryOptions.socket(text).isPresent());
        assertEquals(Optional.empty(), TelemetryOptions.socket("/" + "x".repeat(107)), "the kernel's bound");
    }
}
