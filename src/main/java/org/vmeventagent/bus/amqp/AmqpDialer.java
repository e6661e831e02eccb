package org.vmeventagent.bus.amqp;

import com.rabbitmq.client.Address;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.bus.Dialer;
import org.vmeventagent.bus.Link;
import org.vmeventagent.bus.Signals;
import org.vmeventagent.bus.Trouble;
import org.vmeventagent.bus.TroubleException;

/** Opens connections to RabbitMQ: each attempt goes through all hosts in random order. */
public final class AmqpDialer implements Dialer {
    private static final int ANSWER_MS = 10_000;
    private static final ThreadFactory THREADS = task -> {
        Thread thread = new Thread(task, "amqp");
        thread.setDaemon(true);
        return thread;
    };

    /** For the client's last words to a broker, which may hang; idle threads end by themselves. */
    private static final ExecutorService WORKERS = Executors.newCachedThreadPool(THREADS);

    private final AmqpConfig config;
    private final Hints hints;

    /** Connects to nothing yet. */
    public AmqpDialer(AmqpConfig config) {
        this.config = config;
        this.hints = new Hints(config);
    }

    @Override
    public Link open(Signals signals) throws TroubleException {
        SSLContext context = context();
        List<Broker> order = new ArrayList<>(config.brokers());
        Collections.shuffle(order);
        TreeSet<String> reasons = new TreeSet<>();
        Trouble.Kind kind = Trouble.Kind.REFUSED;
        for (Broker broker : order) {
            try {
                return open(broker, context, signals);
            } catch (IOException | TimeoutException | RuntimeException e) {
                Trouble trouble = hints.ofOpening(e);
                reasons.add(who(broker) + ": " + trouble.text());
                kind = trouble.kind() == Trouble.Kind.REFUSED ? kind : Trouble.Kind.AWAY;
            }
        }
        StringJoiner text = new StringJoiner("; ");
        reasons.forEach(text::add);
        throw new Trouble(kind, text.toString()).asException();
    }

    private @Nullable SSLContext context() throws TroubleException {
        Tls tls = config.tls();
        try {
            return tls == null ? null : tls.context();
        } catch (UnusableFileException e) {
            throw new Trouble(Trouble.Kind.AWAY, String.valueOf(e.getMessage())).asException();
        }
    }

    private String who(Broker broker) {
        return config.login() == Login.EXTERNAL ? broker.address() : broker.toString();
    }

    private Link open(Broker broker, @Nullable SSLContext context, Signals signals)
            throws IOException, TimeoutException {
        Socketry sockets = new Socketry(config.tls());
        Connection connection = factory(broker, context, sockets)
                .newConnection(List.of(new Address(broker.host(), broker.port())), config.connectionName());
        connection.addBlockedListener(signals::blocked, signals::unblocked);
        connection.addShutdownListener(cause -> {
            if (!cause.isInitiatedByApplication()) {
                signals.linkClosed(hints.of(cause));
            }
        });
        return new AmqpLink(connection, config, hints, signals, sockets, broker);
    }

    private ConnectionFactory factory(Broker broker, @Nullable SSLContext context, Socketry sockets) {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUsername(broker.user());
        factory.setPassword(broker.password());
        factory.setVirtualHost(config.virtualHost());
        factory.setSaslConfig(config.login().config());
        factory.setAutomaticRecoveryEnabled(false);
        factory.setTopologyRecoveryEnabled(false);
        factory.setRequestedHeartbeat((int) config.heartbeat().toSeconds());
        factory.setConnectionTimeout((int) config.connectTimeout().toMillis());
        factory.setHandshakeTimeout((int) config.connectTimeout().toMillis());
        factory.setChannelRpcTimeout(ANSWER_MS);
        factory.setShutdownExecutor(WORKERS);
        factory.setSharedExecutor(WORKERS);
        factory.setThreadFactory(THREADS);
        factory.setExceptionHandler(sockets);
        if (context != null) {
            factory.useSslProtocol(context);
        }
        factory.setSocketConfigurator(sockets); // after TLS, which would put its own check of the host name there
        return factory;
    }
}
