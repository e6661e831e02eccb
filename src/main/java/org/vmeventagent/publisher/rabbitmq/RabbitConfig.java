package org.vmeventagent.publisher.rabbitmq;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.config.ConfigException;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.NotificationOptions;
import org.vmeventagent.config.RabbitOptions;
import org.vmeventagent.tls.PemFile.UnusableFileException;

/**
 * Where the broker is and what we do there.
 *
 * @param hosts at least one; tried in random order
 * @param heartbeat {@code heartbeat_timeout_threshold}, whole seconds; a broker that is silent for twice as long is
 *     disconnected; 0 lets the broker decide
 * @param connectTimeout for the socket, and again for the handshake
 * @param connectionName what the broker's lists of connections show
 * @param tls null for a plain connection
 */
public record RabbitConfig(
        List<TransportUrl.Host> hosts,
        String virtualHost,
        String exchange,
        DeclareMode declare,
        QueueArguments queueArguments,
        SaslLogin login,
        Duration heartbeat,
        Duration connectTimeout,
        String connectionName,
        @Nullable TlsConfig tls) {

    /** Checks and copies. */
    public RabbitConfig {
        hosts = List.copyOf(hosts);
        if (hosts.isEmpty() || exchange.isEmpty()) {
            throw new IllegalArgumentException("a broker and an exchange are needed");
        }
    }

    /**
     * What the configuration says.
     *
     * @throws ConfigException where options exclude each other, or a file of TLS can't be used
     */
    public static RabbitConfig from(Configuration configuration, TransportUrl url) {
        RabbitConfig defaults = of(url.hosts(), url.virtualHost());
        return new RabbitConfig(
                url.hosts(),
                url.virtualHost(),
                configuration.get(NotificationOptions.EXCHANGE),
                DeclareMode.valueOf(
                        configuration.get(NotificationOptions.DECLARE).toUpperCase(Locale.ROOT)),
                queueArguments(configuration),
                SaslLogin.of(configuration.get(RabbitOptions.RABBIT_LOGIN_METHOD)),
                configuration.get(RabbitOptions.HEARTBEAT_TIMEOUT_THRESHOLD),
                defaults.connectTimeout(),
                defaults.connectionName(),
                tls(configuration));
    }

    /** The same under another name in the broker's lists. */
    public RabbitConfig named(String otherName) {
        return new RabbitConfig(
                hosts,
                virtualHost,
                exchange,
                declare,
                queueArguments,
                login,
                heartbeat,
                connectTimeout,
                otherName,
                tls);
    }

    /** Reads the files once, so that a wrong one is reported at the start. */
    private static @Nullable TlsConfig tls(Configuration configuration) {
        TlsConfig tls = TlsConfig.from(configuration);
        if (tls != null) {
            try {
                tls.context();
            } catch (UnusableFileException e) {
                throw configuration.bad(TlsConfig.fileOption(e.option()), e.reason());
            }
        }
        boolean certified = tls != null && tls.certificate() != null;
        if (!certified && SaslLogin.of(configuration.get(RabbitOptions.RABBIT_LOGIN_METHOD)) == SaslLogin.EXTERNAL) {
            throw configuration.bad(
                    RabbitOptions.RABBIT_LOGIN_METHOD, "needs ssl = true and a certificate in ssl_cert_file");
        }
        return tls;
    }

    private static QueueArguments queueArguments(Configuration configuration) {
        try {
            return new QueueArguments(
                    configuration.get(RabbitOptions.AMQP_DURABLE_QUEUES),
                    configuration.get(RabbitOptions.AMQP_AUTO_DELETE),
                    configuration.get(RabbitOptions.RABBIT_QUORUM_QUEUE),
                    configuration.get(RabbitOptions.RABBIT_QUORUM_DELIVERY_LIMIT),
                    configuration.get(RabbitOptions.RABBIT_QUORUM_MAX_MEMORY_LENGTH),
                    configuration.get(RabbitOptions.RABBIT_QUORUM_MAX_MEMORY_BYTES),
                    configuration.get(RabbitOptions.RABBIT_HA_QUEUES));
        } catch (IllegalArgumentException e) {
            throw configuration.bad(RabbitOptions.RABBIT_HA_QUEUES, String.valueOf(e.getMessage()));
        }
    }

    /** The documented defaults. */
    public static RabbitConfig of(List<TransportUrl.Host> hosts, String virtualHost) {
        return new RabbitConfig(
                hosts,
                virtualHost,
                "vm-event-agent",
                DeclareMode.BIND,
                QueueArguments.TRANSIENT,
                SaslLogin.AMQPLAIN,
                Duration.ofSeconds(60),
                Duration.ofSeconds(10),
                "vm-event-agent",
                null);
    }

    /** The same with one of the hosts alone, and another time to wait for it. */
    public RabbitConfig only(TransportUrl.Host host, Duration timeout) {
        return new RabbitConfig(
                List.of(host),
                virtualHost,
                exchange,
                declare,
                queueArguments,
                login,
                heartbeat,
                timeout,
                connectionName,
                tls);
    }

    /** How much of the topology we make: {@code [notifications] declare}. */
    public enum DeclareMode {
        /** Our exchange, if it is missing, and a binding for each queue that exists. Never a queue. */
        BIND,
        /** The queue too, like an oslo.messaging publisher. */
        FULL,
        /** Nothing: exchange and queue must be there, and are checked. */
        PASSIVE,
        /** Nothing, and nothing is checked. */
        NONE
    }
}
