package org.vmeventagent.bus.amqp;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.config.ConfigException;
import org.vmeventagent.config.NotificationOptions;
import org.vmeventagent.config.Options;
import org.vmeventagent.config.RabbitOptions;

/**
 * Where the broker is and what we do there.
 *
 * @param brokers at least one; tried in random order
 * @param heartbeat {@code heartbeat_timeout_threshold}, whole seconds; a broker that is silent for twice as long is given
 *     up; 0 lets the broker decide
 * @param connectTimeout for the socket, and again for the handshake
 * @param connectionName what the broker's lists of connections show
 * @param tls null for a plain connection
 */
public record AmqpConfig(
        List<Broker> brokers,
        String virtualHost,
        String exchange,
        Declare declare,
        Shape shape,
        Login login,
        Duration heartbeat,
        Duration connectTimeout,
        String connectionName,
        @Nullable Tls tls) {

    /** Checks and copies. */
    public AmqpConfig {
        brokers = List.copyOf(brokers);
        if (brokers.isEmpty() || exchange.isEmpty()) {
            throw new IllegalArgumentException("a broker and an exchange are needed");
        }
    }

    /**
     * What the configuration says.
     *
     * @throws ConfigException where options exclude each other, or a file of TLS can't be used
     */
    public static AmqpConfig from(Options options, TransportUrl url) {
        AmqpConfig defaults = of(url.hosts(), url.virtualHost());
        return new AmqpConfig(
                url.hosts(),
                url.virtualHost(),
                options.get(NotificationOptions.EXCHANGE),
                Declare.valueOf(options.get(NotificationOptions.DECLARE).toUpperCase(Locale.ROOT)),
                shape(options),
                Login.of(options.get(RabbitOptions.RABBIT_LOGIN_METHOD)),
                options.get(RabbitOptions.HEARTBEAT_TIMEOUT_THRESHOLD),
                defaults.connectTimeout(),
                defaults.connectionName(),
                tls(options));
    }

    /** Reads the files once, so that a wrong one is told at the start. */
    private static @Nullable Tls tls(Options options) {
        Tls tls = Tls.from(options);
        if (tls != null) {
            try {
                tls.context();
            } catch (UnusableFileException e) {
                throw options.bad(e.option(), e.reason());
            }
        }
        boolean certified = tls != null && tls.certificate() != null;
        if (!certified && Login.of(options.get(RabbitOptions.RABBIT_LOGIN_METHOD)) == Login.EXTERNAL) {
            throw options.bad(RabbitOptions.RABBIT_LOGIN_METHOD, "needs ssl = true and a certificate in ssl_cert_file");
        }
        return tls;
    }

    private static Shape shape(Options options) {
        try {
            return new Shape(
                    options.get(RabbitOptions.AMQP_DURABLE_QUEUES),
                    options.get(RabbitOptions.AMQP_AUTO_DELETE),
                    options.get(RabbitOptions.RABBIT_QUORUM_QUEUE),
                    options.get(RabbitOptions.RABBIT_QUORUM_DELIVERY_LIMIT),
                    options.get(RabbitOptions.RABBIT_QUORUM_MAX_MEMORY_LENGTH),
                    options.get(RabbitOptions.RABBIT_QUORUM_MAX_MEMORY_BYTES),
                    options.get(RabbitOptions.RABBIT_HA_QUEUES));
        } catch (IllegalArgumentException e) {
            throw options.bad(RabbitOptions.RABBIT_HA_QUEUES, String.valueOf(e.getMessage()));
        }
    }

    /** The documented defaults. */
    public static AmqpConfig of(List<Broker> brokers, String virtualHost) {
        return new AmqpConfig(
                brokers,
                virtualHost,
                "vm-event-agent",
                Declare.BIND,
                Shape.TRANSIENT,
                Login.AMQPLAIN,
                Duration.ofSeconds(60),
                Duration.ofSeconds(10),
                "vm-event-agent",
                null);
    }
}
