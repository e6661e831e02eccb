package org.vmeventagent.telemetry;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;

/** What the metrics read at the moment somebody asks. Any thread. What isn't known is empty, and left out. */
public interface AgentSamples {
    /** 1 while the broker is connected, 0 while it is not; empty where none is configured. */
    OptionalLong brokerUp();

    /** How many inputs wait for the recorder. */
    int queueLength();

    /** How many notifications wait for the broker. */
    OptionalLong outboxMessages();

    /** How many bytes of the database are in use. */
    OptionalLong outboxBytes();

    /** How large it may become, in bytes. */
    long outboxLimitBytes();

    /** For how many milliseconds of the agent running the oldest notification has waited; 0 when none waits. */
    OptionalLong oldestMessageMillis();

    /** The sequence number of the newest notification. */
    long lastSequence();

    /** For how long each of the agent's loops has made no progress where some was expected, by its name. */
    Map<String, Duration> loopsWithoutProgress();
}
