package org.vmeventagent.telemetry;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The pages of a listener, and what it answers where there is none. */
public final class TelemetryPages {
    /** With each answer. For browsers: nothing is loaded, run, guessed, framed or kept. */
    static final Map<String, String> HEADERS = Map.of(
            "Connection", "close",
            "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            "X-Content-Type-Options", "nosniff",
            "Cache-Control", "no-store");

    /** With each answer of status 405. */
    static final String ALLOWED = "GET, HEAD";

    /**
     * What is answered.
     *
     * @param status of HTTP
     */
    public record Page(int status, String contentType, String body) {}

    private final Map<String, Supplier<Page>> pages;

    /** @param pages by their path; the threads of the listener ask for one */
    public TelemetryPages(Map<String, Supplier<Page>> pages) {
        this.pages = new TreeMap<>(pages);
    }

    Page page(String method, String path) {
        if (!method.equals("GET") && !method.equals("HEAD")) {
            return text(405, "only GET and HEAD\n");
        }
        Supplier<Page> known = pages.get(path);
        return known == null ? text(404, "there are " + String.join(", ", pages.keySet()) + "\n") : known.get();
    }

    /** A page of plain text. */
    public static Page text(int status, String body) {
        return new Page(status, "text/plain; charset=utf-8", body);
    }
}
