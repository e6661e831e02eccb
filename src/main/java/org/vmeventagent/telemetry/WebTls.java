package org.vmeventagent.telemetry;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.KeyManagementException;
import java.security.SecureRandom;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.telemetry.WebConfig.UnusableWebConfigException;

/**
 * TLS for the JDK's HTTP server, by a {@link WebConfig} that is read again for each connection. While its files can't be used
 * the last good ones hold. Each thread of the server uses what it read for its own connection.
 */
final class WebTls extends SSLContextSpi {
    private static final Logger log = LoggerFactory.getLogger(WebTls.class);

    private final Path file;
    private final ThreadLocal<WebConfig> connection;
    private volatile WebConfig latest;
    private @Nullable String problem;

    private WebTls(Path file, WebConfig first) {
        this.file = file;
        this.latest = first;
        this.connection = ThreadLocal.withInitial(() -> latest);
    }

    /**
     * A server that is bound and speaks TLS alone.
     *
     * @throws IOException also where the files can't be used
     */
    static HttpsServer bind(InetSocketAddress address, int backlog, Path file) throws IOException {
        WebConfig first;
        try {
            first = WebConfig.read(file);
        } catch (UnusableWebConfigException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
        WebTls tls = new WebTls(file, first);
        HttpsServer server = HttpsServer.create(address, backlog);
        SSLContext context = new SSLContext(tls, first.context().getProvider(), "TLS") {};
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                parameters.setSSLParameters(tls.connection.get().parameters());
            }
        });
        return server;
    }

    /** The server's threads ask for one at the begin of each connection. */
    @Override
    protected SSLEngine engineCreateSSLEngine(String host, int port) {
        WebConfig config = reread();
        connection.set(config);
        return config.context().createSSLEngine(host, port);
    }

    private synchronized WebConfig reread() {
        try {
            latest = WebConfig.read(file);
            if (problem != null) {
                log.info("{} is used again", file);
            }
            problem = null;
        } catch (UnusableWebConfigException e) {
            String reason = String.valueOf(e.getMessage());
            if (!reason.equals(problem)) {
                log.warn("{} can't be used any more, the certificates of before stay: {}", file, reason);
            }
            problem = reason;
        }
        return latest;
    }

    @Override
    protected SSLEngine engineCreateSSLEngine() {
        return engineCreateSSLEngine("", -1);
    }

    @Override
    protected SSLParameters engineGetDefaultSSLParameters() {
        return latest.parameters();
    }

    @Override
    protected SSLParameters engineGetSupportedSSLParameters() {
        return latest.context().getSupportedSSLParameters();
    }

    @Override
    protected SSLSessionContext engineGetServerSessionContext() {
        return latest.context().getServerSessionContext();
    }

    @Override
    protected SSLSessionContext engineGetClientSessionContext() {
        return latest.context().getClientSessionContext();
    }

    @Override
    protected SSLSocketFactory engineGetSocketFactory() {
        throw new UnsupportedOperationException("only engines are used here");
    }

    @Override
    protected SSLServerSocketFactory engineGetServerSocketFactory() {
        throw new UnsupportedOperationException("only engines are used here");
    }

    @Override
    protected void engineInit(
            KeyManager @Nullable [] keys, TrustManager @Nullable [] trusted, @Nullable SecureRandom random)
            throws KeyManagementException {
        throw new KeyManagementException("it is made of files");
    }
}
