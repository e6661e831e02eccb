package org.vmeventagent.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.vmeventagent.config.Configuration;

class LoggingTest {
    @AfterEach
    void reset() {
        Logging.set(Configuration.ofText(""));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void amqpClientOnlyTalksToThoseWhoDebug(boolean debug) {
        Logging.set(Configuration.ofText("[DEFAULT]\ndebug = " + debug + "\n"));
        assertEquals(
                debug,
                LoggerFactory.getLogger("com.rabbitmq.client.impl.SocketFrameHandler")
                        .isErrorEnabled());
    }

    /** Names are tenants' text, and replies are a broker's. */
    @ParameterizedTest
    @ValueSource(strings = {"text", "json"})
    void oneEntryIsOneLineWithoutControlCharacters(String format) {
        PrintStream before = System.err;
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
        try {
            Logging.set(Configuration.ofText("[DEFAULT]\nlog_format = " + format + "\n"));
            LoggerFactory.getLogger("org.vmeventagent.Agent").warn("{}", "a\n2026-11-22 INFO b\r\u001b[2J\u202ec");
        } finally {
            System.setErr(before);
        }
        String line = written.toString(StandardCharsets.UTF_8);

        assertEquals(1, line.lines().count(), line);
        assertEquals(
                "", line.strip().replaceAll("[^\\p{Cntrl}\\u202e]", ""), "what of it could do something to a terminal");
        assertTrue(line.contains("2026-11-22 INFO b"), line);
    }

    @Test
    void whatALibrarySaysByTheJdksLoggingIsALineOfOursOnceAMinute() {
        PrintStream before = System.err;
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
        try {
            Logging.set(Configuration.ofText(""));
            for (int i = 0; i < 3; i++) {
                java.util.logging.Logger.getLogger("com.sun.jna.Native").warning("JNA: a callback failed");
            }
        } finally {
            System.setErr(before);
        }
        assertTrue(
                written.toString(StandardCharsets.UTF_8).matches("\\S+ \\S+ WARN Native: JNA: a callback failed\n"),
                written::toString);
    }

    @Test
    void otherLibrariesOnlyWarn() {
        assertEquals(false, LoggerFactory.getLogger("org.example").isInfoEnabled());
    }
}
