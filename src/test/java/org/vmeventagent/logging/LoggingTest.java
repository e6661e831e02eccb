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
        String line = written(
                format,
                () -> LoggerFactory.getLogger("org.vmeventagent.agent.Agent")
                        .warn("{}", "a\n2026-11-22 INFO b\r\u001b[2J\u202ec"));

        assertEquals(1, line.lines().count(), line);
        assertEquals(
                "", line.strip().replaceAll("[^\\p{Cntrl}\\u202e]", ""), "what of it could do something to a terminal");
        assertTrue(line.contains("2026-11-22 INFO b"), line);
    }

    @Test
    void whatALibrarySaysByTheJdksLoggingIsALineOfOursOnceAMinute() {
        String lines = written("text", () -> {
            for (int i = 0; i < 3; i++) {
                java.util.logging.Logger.getLogger("com.sun.jna.Native").warning("JNA: a callback failed");
            }
        });
        assertTrue(lines.matches("\\S+ \\S+ WARN com.sun.jna.Native: JNA: a callback failed\n"), lines);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "json"})
    void anEntryNamesThePackageOfOursItIsFrom(String format) {
        String[][] expected = {
            {"org.vmeventagent.agent.Agent", "agent"},
            {"org.vmeventagent.publisher.rabbitmq.Topology", "rabbitmq"},
            {"org.vmeventagent.store.Store$Part", "store"},
            {"org.example.lib.Part", "org.example.lib.Part"},
            {"ROOT", "ROOT"},
        };
        for (String[] logger : expected) {
            String line =
                    written(format, () -> LoggerFactory.getLogger(logger[0]).warn("here"));

            String found = format.equals("json") ? "\"logger\":\"" + logger[1] + "\"" : " WARN " + logger[1] + ": here";
            assertTrue(line.contains(found), line);
        }
    }

    private static String written(String format, Runnable entry) {
        PrintStream before = System.err;
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
        try {
            Logging.set(Configuration.ofText("[DEFAULT]\nlog_format = " + format + "\n"));
            entry.run();
        } finally {
            System.setErr(before);
        }
        return written.toString(StandardCharsets.UTF_8);
    }

    @Test
    void otherLibrariesOnlyWarn() {
        assertEquals(false, LoggerFactory.getLogger("org.example").isInfoEnabled());
    }
}
