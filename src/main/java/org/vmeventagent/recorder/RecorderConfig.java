package org.vmeventagent.recorder;

import java.time.Duration;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.LibvirtOptions;

/**
 * How the recorder works.
 *
 * @param lookupTimeout how long after an event came its look-up is waited for; longer delays every domain
 * @param lookupPause how long a domain whose look-up took longer is not waited for again
 * @param keepOutbox whether somebody acknowledges what is recorded; without, notifications are numbered and given to
 *     the taps, but not kept
 * @param batch most inputs that one commit covers, at least 1
 * @param tick how often acknowledgements are committed while nothing else is
 * @param stopTimeout how long {@link Recorder#close} waits for the last commit
 * @param resync when domains are compared
 * @param budget how much one domain may say
 */
public record RecorderConfig(
        Duration lookupTimeout,
        Duration lookupPause,
        boolean keepOutbox,
        int batch,
        Duration tick,
        Duration stopTimeout,
        ResyncConfig resync,
        RateLimitConfig budget) {

    public static final RecorderConfig DEFAULTS = new RecorderConfig(
            Duration.ofMillis(50),
            Duration.ofSeconds(5),
            true,
            256,
            Duration.ofSeconds(1),
            Duration.ofSeconds(5),
            ResyncConfig.DEFAULTS,
            RateLimitConfig.DEFAULTS);

    public RecorderConfig {
        if (batch < 1) {
            throw new IllegalArgumentException("batch " + batch);
        }
    }

    /** What the configuration says; {@link #DEFAULTS} for what it can't say. */
    public static RecorderConfig from(Configuration configuration, boolean keepOutbox, String machineId) {
        return DEFAULTS.withLookupTimeout(configuration.get(LibvirtOptions.LOOKUP_TIMEOUT))
                .withKeepOutbox(keepOutbox)
                .withResync(ResyncConfig.from(configuration, machineId))
                .withBudget(RateLimitConfig.from(configuration));
    }

    public RecorderConfig withLookupTimeout(Duration timeout) {
        return new RecorderConfig(timeout, lookupPause, keepOutbox, batch, tick, stopTimeout, resync, budget);
    }

    public RecorderConfig withKeepOutbox(boolean keep) {
        return new RecorderConfig(lookupTimeout, lookupPause, keep, batch, tick, stopTimeout, resync, budget);
    }

    public RecorderConfig withResync(ResyncConfig other) {
        return new RecorderConfig(lookupTimeout, lookupPause, keepOutbox, batch, tick, stopTimeout, other, budget);
    }

    public RecorderConfig withBudget(RateLimitConfig other) {
        return new RecorderConfig(lookupTimeout, lookupPause, keepOutbox, batch, tick, stopTimeout, resync, other);
    }
}
