package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.vmeventagent.config.Options;

class LoggingTest {
    @AfterEach
    void reset() {
        Logging.set(Options.ofText(""));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void amqpClientOnlyTalksToThoseWhoDebug(boolean debug) {
        Logging.set(Options.ofText("[DEFAULT]\ndebug = " + debug + "\n"));
        assertEquals(
                debug,
                LoggerFactory.getLogger("com.rabbitmq.client.impl.SocketFrameHandler")
                        .isErrorEnabled());
    }

    @Test
    void otherLibrariesOnlyWarn() {
        assertEquals(false, LoggerFactory.getLogger("org.example").isInfoEnabled());
    }
}
