package org.vmeventagent.publisher.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.SocketConfigurator;
import com.rabbitmq.client.impl.ForgivingExceptionHandler;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.publisher.BrokerClient;
import org.vmeventagent.publisher.BrokerException;

/** An open connection. */
final class RabbitConnection implements BrokerClient.Connection {
    private static final int GOODBYE_MS = 2000;

    private final Connection connection;
    private final RabbitConfig config;
    private final ErrorMessages errorMessages;
    private final Topology topology;
    private final BrokerClient.Listener listener;
    private final CuttableSocket sockets;
    private final TransportUrl.Host host;
    private final String name;
    private final BooleanSupplier outdated;

    /**
     * One that reports to the listener from now on.
     *
     * @param outdated whether another configuration counts by now
     */
    static RabbitConnection listening(
            Connection connection,
            RabbitConfig config,
            ErrorMessages errorMessages,
            BrokerClient.Listener listener,
            CuttableSocket sockets,
            TransportUrl.Host host,
            BooleanSupplier outdated) {
        connection.addBlockedListener(listener::blocked, listener::unblocked);
        connection.addShutdownListener(cause -> {
            if (!cause.isInitiatedByApplication()) {
                listener.connectionClosed(errorMessages.of(cause));
            }
        });
        return new RabbitConnection(connection, config, errorMessages, listener, sockets, host, outdated);
    }

    private RabbitConnection(
            Connection connection,
            RabbitConfig config,
            ErrorMessages errorMessages,
            BrokerClient.Listener listener,
            CuttableSocket sockets,
            TransportUrl.Host host,
            BooleanSupplier outdated) {
        this.outdated = outdated;
        this.connection = connection;
        this.config = config;
        this.errorMessages = errorMessages;
        this.topology = new Topology(config, errorMessages);
        this.listener = listener;
        this.sockets = sockets;
        this.host = host;
        this.name = host.address() + ", " + errorMessages.exchange();
    }

    /** The client's own connection. */
    Connection client() {
        return connection;
    }

    @Override
    public String name() {
        return name;
    }

    /** Who is logged in where, for a person. */
    String description() {
        Map<String, Object> server = connection.getServerProperties();
        return (config.login() == SaslLogin.EXTERNAL ? "a certificate" : host.user()) + " logs in at " + host.address()
                + ", virtual host " + config.virtualHost() + ", " + (config.tls() == null ? "without" : "with")
                + " TLS: "
                + server.getOrDefault("product", "a broker") + ' ' + server.getOrDefault("version", "");
    }

    /** What is there for these routing keys, without declaring anything: see {@link Topology#look}. */
    List<BrokerProbe.Part> look(List<String> keys) {
        return topology.look(connection, keys);
    }

    @Override
    public boolean isOpen() {
        return connection.isOpen();
    }

    @Override
    public boolean isOutdated() {
        return outdated.getAsBoolean();
    }

    @Override
    public BrokerClient.Channel openChannel(String key) throws BrokerException {
        try {
            topology.prepare(connection, key);
            return RabbitChannel.open(connection, config.exchange(), key, errorMessages, listener);
        } catch (IOException | AlreadyClosedException e) {
            throw errorMessages.of(e).asException();
        }
    }

    @Override
    public void close() {
        if (connection.isOpen()) {
            connection.abort(AMQP.REPLY_SUCCESS, "the agent stops", GOODBYE_MS);
        }
        sockets.cut();
    }

    @Override
    public void cut() {
        sockets.cut();
    }

    /**
     * Holds the socket of one connection, to be able to cut it: a write to a broker that reads no more ends in no other way.
     * The client asks this when something unexpected happens on the connection, before it waits for its channels. Logs no
     * stack traces: the connection's end is logged once, by the publisher. Thread-safe.
     */
    static final class CuttableSocket extends ForgivingExceptionHandler implements SocketConfigurator {
        private static final Logger log = LoggerFactory.getLogger(CuttableSocket.class);

        private final @Nullable TlsConfig tls;
        private final String host;
        private volatile @Nullable Socket socket;
        private volatile boolean cut;

        /** @param host as it is configured */
        CuttableSocket(@Nullable TlsConfig tls, String host) {
            this.tls = tls;
            this.host = host;
        }

        @Override
        public void configure(Socket opened) throws IOException {
            opened.setTcpNoDelay(true);
            if (tls != null && opened instanceof SSLSocket secure) {
                tls.secure(secure, host);
            }
            socket = opened;
            if (cut) {
                throw new SocketException("cut before it was connected");
            }
        }

        /** Ends the connection without a word to the broker; one that is still to be opened is not any more. */
        void cut() {
            cut = true;
            Socket open = socket;
            if (open == null || open.isClosed()) {
                return;
            }
            try {
                open.setSoLinger(true, 0);
            } catch (IOException e) {
                log.debug("The socket is gone already: {}", e.getMessage());
            }
            try {
                open.close();
            } catch (IOException e) {
                log.debug("The socket didn't close: {}", e.getMessage());
            }
        }

        @Override
        public void handleUnexpectedConnectionDriverException(Connection connection, Throwable thrown) {
            log.debug("The connection failed: {}", thrown.toString());
            cut();
        }

        @Override
        protected void log(String message, Throwable thrown) {
            log.debug("{} {}", message, thrown.toString());
        }
    }
}
