package org.vmeventagent.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.libvirt.ConnectionListener;

/**
 * The state of the connections to libvirt: for the command {@code status}, for systemd's status line, and for readiness. The
 * agent is ready once the first attempt on every connection is over. Any thread.
 */
final class Health implements ConnectionListener {
    private static final Logger log = LoggerFactory.getLogger(Health.class);

    private static final String CONNECTING = "connecting";

    private final Map<String, String> connections = new TreeMap<>();
    private final Runnable onReady;
    private boolean ready;

    /** @param onReady called once, by the thread of the connection that was last */
    Health(Runnable onReady) {
        this.onReady = onReady;
    }

    /** All of them, before the first is started. */
    synchronized void expect(String shownUri) {
        connections.put(shownUri, CONNECTING);
    }

    @Override
    public void subscribed(String uri, int registered, OptionalInt domains) {
        note(uri, registered == 0 ? "polled" : "subscribed to " + registered + " event ids");
    }

    @Override
    public void failed(String uri, String reason) {
        note(uri, "away: " + reason);
    }

    @Override
    public void lost(String uri, String reason) {
        note(uri, "lost: " + reason);
    }

    private void note(String uri, String state) {
        if (noteAndCheck(uri, state)) {
            onReady.run();
        }
    }

    /** Whether the agent is ready by that. */
    private synchronized boolean noteAndCheck(String uri, String state) {
        connections.put(uri, state);
        if (ready || connections.containsValue(CONNECTING)) {
            return false;
        }
        ready = true;
        log.info("Ready: {} of {} connections subscribed", up(), connections.size());
        return true;
    }

    private long up() {
        return connections.values().stream().filter(Health::isUp).count();
    }

    private static boolean isUp(String state) {
        return state.startsWith("subscribed") || state.equals("polled");
    }

    /**
     * In one line, for systemd.
     *
     * @param waiting empty where the database doesn't say
     */
    synchronized String summary(String broker, OptionalLong waiting) {
        return up() + " of " + connections.size() + " libvirt connections up, broker " + broker + ", "
                + (waiting.isPresent() ? waiting.getAsLong() : "an unknown number of") + " notifications waiting";
    }

    /**
     * Why the agent is degraded; empty while it is not.
     *
     * @param broker {@code connected}, {@code away} or {@code none}
     * @param waiting empty where the database doesn't say
     */
    synchronized List<String> reasons(String broker, OptionalLong waiting) {
        List<String> reasons = new ArrayList<>();
        connections.forEach((uri, state) -> {
            if (!isUp(state)) {
                reasons.add("connection " + uri + ": " + state);
            }
        });
        if (broker.equals("away")) {
            reasons.add("broker: away");
        }
        if (waiting.isEmpty()) {
            reasons.add("outbox: the database can't be read");
        }
        return reasons;
    }

    /**
     * Lines {@code name: value}, the first the verdict.
     *
     * @param broker {@code connected}, {@code away} or {@code none}
     * @param waiting empty where the database doesn't say
     */
    synchronized String text(String version, String broker, long sequence, OptionalLong waiting) {
        boolean ok = reasons(broker, waiting).isEmpty();
        StringBuilder text = new StringBuilder();
        text.append("status: ").append(ok ? "ok" : "degraded").append('\n');
        text.append("version: ").append(version).append('\n');
        connections.forEach((uri, state) -> text.append("connection ")
                .append(uri)
                .append(": ")
                .append(state)
                .append('\n'));
        text.append("broker: ").append(broker).append('\n');
        text.append("last sequence: ").append(sequence).append('\n');
        text.append("outbox: ")
                .append(waiting.isPresent() ? waiting.getAsLong() : "unknown, the database can't be read")
                .append('\n');
        return text.toString();
    }
}
