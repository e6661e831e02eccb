package org.vmeventagent.recorder;

import java.time.Duration;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.LibvirtOptions;
import org.vmeventagent.config.NotificationOptions;

/**
 * When domains are compared, audited and published as removed.
 *
 * @param settle between a listing that differs and the second query
 * @param interval between comparisons without a reason; zero for none
 * @param removedGrace how long an undefined domain may come back before it is published as removed
 * @param tombstoneAge how long a removed domain's identity is kept
 * @param auditInterval between audits of all domains; zero for none
 * @param heartbeatInterval between signs of life on the bus; zero for none
 * @param spread from 0 to 1, fixed for this host: where in an interval its turn is
 */
public record ResyncConfig(
        Duration settle,
        Duration interval,
        Duration removedGrace,
        Duration tombstoneAge,
        Duration auditInterval,
        Duration heartbeatInterval,
        double spread) {

    public static final ResyncConfig DEFAULTS = new ResyncConfig(
            Duration.ofSeconds(2),
            Duration.ofSeconds(600),
            Duration.ofSeconds(600),
            Duration.ofDays(7),
            Duration.ZERO,
            Duration.ZERO,
            1);

    /** What the configuration says, spread by the machine's id. */
    public static ResyncConfig from(Configuration configuration, String machineId) {
        return new ResyncConfig(
                DEFAULTS.settle,
                configuration.get(LibvirtOptions.RESYNC_INTERVAL),
                configuration.get(NotificationOptions.REMOVED_GRACE),
                DEFAULTS.tombstoneAge,
                configuration.get(NotificationOptions.AUDIT_INTERVAL),
                configuration.get(NotificationOptions.HEARTBEAT_INTERVAL),
                (machineId.hashCode() & 0xffff) / 65_536.0);
    }

    public ResyncConfig withSettle(Duration other) {
        return new ResyncConfig(other, interval, removedGrace, tombstoneAge, auditInterval, heartbeatInterval, spread);
    }

    public ResyncConfig withRemovedGrace(Duration other) {
        return new ResyncConfig(settle, interval, other, tombstoneAge, auditInterval, heartbeatInterval, spread);
    }

    /** When the first turn of an interval is, from now. */
    Duration first(Duration every) {
        return Duration.ofNanos((long) (every.toNanos() * spread));
    }
}
