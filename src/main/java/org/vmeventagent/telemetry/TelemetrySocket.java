package org.vmeventagent.telemetry;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.system.UnixSocketServer;
import org.vmeventagent.telemetry.TelemetryPages.Page;

/**
 * Serves pages over HTTP/1.1 on a unix socket, one request a connection, on one thread named {@code telemetry}: see
 * {@link UnixSocketServer}. Of a request its line counts; a body is not read. Where the socket can't be had the agent works
 * all the same.
 */
public final class TelemetrySocket implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TelemetrySocket.class);
    private static final int LONGEST_REQUEST = 8192;

    private static final Pattern REQUEST_LINE = Pattern.compile("([A-Z]+) ([^ \r\n]+) HTTP/1\\.[0-9]\r?\n");

    /** The empty line after the header. Older programs leave the carriage returns out. */
    private static final Pattern END = Pattern.compile("\n\r?\n");

    private final Path path;
    private final TelemetryPages pages;
    private final UnixSocketServer server;

    public TelemetrySocket(Path path, TelemetryPages pages) {
        this(path, pages, UnixSocketServer.CLIENT_TIMEOUT);
    }

    TelemetrySocket(Path path, TelemetryPages pages, Duration timeout) {
        this.path = path;
        this.pages = pages;
        this.server = new UnixSocketServer("telemetry", path, LONGEST_REQUEST, timeout, this::reply);
    }

    /** Begins to listen; logs where that can't be. */
    public void start() {
        try {
            server.start();
            log.info("Metrics are served on {}", path);
        } catch (IOException e) {
            log.error(
                    "Metrics are not served: {} can't be made ({}); free it, or change [telemetry] listen",
                    path,
                    e.getMessage());
        }
    }

    private byte @Nullable [] reply(String received, boolean last) {
        boolean whole = END.matcher(received).find();
        if (!whole && !last) {
            return null;
        }
        Matcher request = REQUEST_LINE.matcher(received);
        String target = whole && request.lookingAt() ? path(request.group(2)) : null;
        return target == null
                ? answer("GET", TelemetryPages.text(400, "no HTTP request of at most " + LONGEST_REQUEST + " bytes\n"))
                : answer(request.group(1), pages.page(request.group(1), target));
    }

    /** Of a target, as a client or a proxy writes it; null if it is none. */
    private static @Nullable String path(String target) {
        try {
            return new URI(target).getPath();
        } catch (URISyntaxException e) {
            return null;
        }
    }

    private static byte[] answer(String method, Page page) {
        byte[] body = page.body().getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder("HTTP/1.1 " + page.status() + " " + reason(page.status()) + "\r\n");
        TelemetryPages.HEADERS.forEach((name, value) -> line(head, name, value));
        if (page.status() == 405) {
            line(head, "Allow", TelemetryPages.ALLOWED);
        }
        line(head, "Content-Type", page.contentType());
        line(head, "Content-Length", Integer.toString(body.length));
        byte[] lines = head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
        if (method.equals("HEAD")) {
            return lines;
        }
        byte[] whole = new byte[lines.length + body.length];
        System.arraycopy(lines, 0, whole, 0, lines.length);
        System.arraycopy(body, 0, whole, lines.length, body.length);
        return whole;
    }

    private static void line(StringBuilder head, String name, String value) {
        head.append(name).append(": ").append(value).append("\r\n");
    }

    private static String reason(int status) {
        return switch (status) {
            case 200 -> "OK";
            case 400 -> "Bad Request";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 503 -> "Service Unavailable";
            default -> "";
        };
    }

    @Override
    public void close() {
        server.close();
    }
}
