package org.vmeventagent.publisher.rabbitmq;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.SocketConfigurator;
import com.rabbitmq.client.impl.ForgivingExceptionHandler;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the socket of one connection, to be able to cut it: a write to a broker that reads no more ends in no other way.
 * The client asks this when something unexpected happens on the connection, before it waits for its channels. Logs no
 * stack traces: the connection's end is told once, by the publisher. Thread-safe.
 */
final class ConnectionSocket extends ForgivingExceptionHandler implements SocketConfigurator {
    private static final Logger log = LoggerFactory.getLogger(ConnectionSocket.class);

    private final @Nullable TlsConfig tls;
    private final String host;
    private volatile @Nullable Socket socket;
    private volatile boolean cut;

    /** @param host as it is configured */
    ConnectionSocket(@Nullable TlsConfig tls, String host) {
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
