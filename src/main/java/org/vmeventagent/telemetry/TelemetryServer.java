package org.vmeventagent.telemetry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.system.Threads;

/**
 * Serves pages over HTTP with the JDK's own server. Two threads, {@code telemetry-1} and {@code telemetry-2}, answer; a
 * client that takes more than {@value #SECONDS} seconds to send its request or to read its answer is cut off. Where the
 * address can't be had the agent works all the same.
 */
public final class TelemetryServer implements AutoCloseable {
    /**
     * What is answered.
     *
     * @param status of HTTP
     */
    public record Page(int status, String contentType, String body) {}

    private static final Logger log = LoggerFactory.getLogger(TelemetryServer.class);
    private static final int SECONDS = 5;
    private static final int THREADS = 2;
    private static final int WAITING = 16;

    private final InetSocketAddress address;
    private final Map<String, Supplier<Page>> pages;
    private @Nullable HttpServer server;
    private @Nullable ExecutorService threads;

    /** @param pages by their path; any of the two threads asks for one */
    public TelemetryServer(InetSocketAddress address, Map<String, Supplier<Page>> pages) {
        this.address = address;
        this.pages = Map.copyOf(pages);
    }

    /** Begins to listen; logs where that can't be. */
    public void start() {
        // The server reads them when its class is loaded, and has no other way to be told.
        System.setProperty("sun.net.httpserver.maxReqTime", Integer.toString(SECONDS));
        System.setProperty("sun.net.httpserver.maxRspTime", Integer.toString(SECONDS));
        try {
            HttpServer listening = HttpServer.create(address, WAITING);
            ExecutorService answering = Executors.newFixedThreadPool(THREADS, Threads.factory("telemetry-"));
            listening.setExecutor(answering);
            listening.createContext("/", this::answer);
            listening.start();
            server = listening;
            threads = answering;
            log.info("Metrics are served on {}", listening.getAddress());
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
            Page page = page(exchange);
            byte[] body = page.body().getBytes(StandardCharsets.UTF_8);
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.getResponseHeaders().set("Content-Type", page.contentType());
            exchange.getResponseHeaders().set("Connection", "close");
            // For browsers: nothing is loaded, run, guessed, framed or kept.
            exchange.getResponseHeaders()
                    .set(
                            "Content-Security-Policy",
                            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
            exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
            exchange.getResponseHeaders().set("Cache-Control", "no-store");
            exchange.sendResponseHeaders(page.status(), head || body.length == 0 ? -1 : body.length);
            if (!head && body.length > 0) {
                exchange.getResponseBody().write(body);
            }
        } catch (RuntimeException e) {
            log.warn("{} can't be answered: {}", exchange.getRequestURI().getPath(), e.toString());
        }
    }

    private Page page(HttpExchange exchange) {
        String method = exchange.getRequestMethod();
        if (!method.equals("GET") && !method.equals("HEAD")) {
            exchange.getResponseHeaders().set("Allow", "GET, HEAD");
            return text(405, "only GET and HEAD\n");
        }
        Supplier<Page> known = pages.get(exchange.getRequestURI().getPath());
        return known == null
                ? text(
                        404,
                        "there are "
                                + String.join(
                                        ", ", pages.keySet().stream().sorted().toList()) + "\n")
                : known.get();
    }

    /** A page of plain text. */
    public static Page text(int status, String body) {
        return new Page(status, "text/plain; charset=utf-8", body);
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
