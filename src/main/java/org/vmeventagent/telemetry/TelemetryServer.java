package org.vmeventagent.telemetry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.system.Threads;
import org.vmeventagent.telemetry.TelemetryPages.Page;

/**
 * Serves pages over HTTP with the JDK's own server. Two threads, {@code telemetry-1} and {@code telemetry-2}, answer; a
 * client that takes more than {@value #SECONDS} seconds to send its request or to read its answer is cut off. Where the
 * address can't be had the agent works all the same.
 */
public final class TelemetryServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TelemetryServer.class);
    private static final int SECONDS = 5;
    private static final int THREADS = 2;
    private static final int WAITING = 16;

    private final InetSocketAddress address;
    private final Optional<Path> webConfig;
    private final TelemetryPages pages;
    private @Nullable HttpServer server;
    private @Nullable ExecutorService threads;

    /** @param webConfig the file that says how TLS is used; empty for plain HTTP */
    public TelemetryServer(InetSocketAddress address, Optional<Path> webConfig, TelemetryPages pages) {
        this.address = address;
        this.webConfig = webConfig;
        this.pages = pages;
    }

    /** Begins to listen; logs where that can't be. */
    public void start() {
        // The server reads them when its class is loaded, and has no other way to be told.
        System.setProperty("sun.net.httpserver.maxReqTime", Integer.toString(SECONDS));
        System.setProperty("sun.net.httpserver.maxRspTime", Integer.toString(SECONDS));
        try {
            HttpServer listening = webConfig.isPresent()
                    ? WebTls.bind(address, WAITING, webConfig.get())
                    : HttpServer.create(address, WAITING);
            ExecutorService answering = Executors.newFixedThreadPool(THREADS, Threads.factory("telemetry-"));
            listening.setExecutor(answering);
            listening.createContext("/", this::answer);
            listening.start();
            server = listening;
            threads = answering;
            log.info("Metrics are served on {}{}", listening.getAddress(), webConfig.isPresent() ? " with TLS" : "");
        } catch (IOException e) {
            log.error(
                    "Metrics are not served: {} can't be listened on ({}); free it, or change [telemetry] listen",
                    address,
                    e.getMessage());
        }
    }

    /** The port that is listened on; 0 while none is. */
    int port() {
        return server == null ? 0 : server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Page page = pages.page(
                    exchange.getRequestMethod(), exchange.getRequestURI().getPath());
            byte[] body = page.body().getBytes(StandardCharsets.UTF_8);
            boolean head = exchange.getRequestMethod().equals("HEAD");
            TelemetryPages.HEADERS.forEach(exchange.getResponseHeaders()::set);
            if (page.status() == 405) {
                exchange.getResponseHeaders().set("Allow", TelemetryPages.ALLOWED);
            }
            exchange.getResponseHeaders().set("Content-Type", page.contentType());
            exchange.sendResponseHeaders(page.status(), head || body.length == 0 ? -1 : body.length);
            if (!head && body.length > 0) {
                exchange.getResponseBody().write(body);
            }
        } catch (RuntimeException e) {
            log.warn("{} can't be answered: {}", exchange.getRequestURI().getPath(), e.toString());
        }
    }

    @Override
    public void close() {
        if (server != null) {
            server.stop(0);
        }
        if (threads != null) {
            threads.shutdownNow();
        }
    }
}
