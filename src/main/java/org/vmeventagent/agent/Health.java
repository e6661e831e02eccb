package org.vmeventagent.agent;

import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.vmeventagent.libvirt.ConnectionListener;

/** How the connections to libvirt fare, for the command {@code status}. Any thread. */
final class Health {
    private final Map<String, String> connections = new TreeMap<>();
    private boolean allSubscribed = true;

    /** Notes what is told and passes it on. */
    ConnectionListener of(String shownUri, ConnectionListener next) {
        note(shownUri, "connecting");
        return new ConnectionListener() {
            @Override
            public void subscribed(String uri, int registered, OptionalInt domains) {
                note(uri, registered == 0 ? "polled" : "subscribed to " + registered + " event ids");
                next.subscribed(uri, registered, domains);
            }

            @Override
            public void failed(String uri, String reason) {
                note(uri, "away: " + reason);
                next.failed(uri, reason);
            }

            @Override
            public void lost(String uri, String reason) {
                note(uri, "lost: " + reason);
                next.lost(uri, reason);
            }
        };
    }

    private synchronized void note(String uri, String state) {
        connections.put(uri, state);
        allSubscribed = connections.values().stream().allMatch(Health::isUp);
    }

    /**
     * In one line, for systemd.
     *
     * @param waiting empty where the database doesn't say
     */
    synchronized String summary(String broker, OptionalLong waiting) {
        long up = connections.values().stream().filter(Health::isUp).count();
        return up + " of " + connections.size() + " libvirt connections up, broker " + broker + ", "
                + (waiting.isPresent() ? waiting.getAsLong() : "an unknown number of") + " notifications waiting";
    }

    private static boolean isUp(String state) {
        return state.startsWith("subscribed") || state.equals("polled");
    }

    /**
     * Lines {@code name: value}, the first the verdict.
     *
     * @param broker {@code connected}, {@code away} or {@code none}
     * @param waiting empty where the database doesn't say
     */
    synchronized String text(String version, String broker, long sequence, OptionalLong waiting) {
        boolean ok = allSubscribed && !broker.equals("away") && waiting.isPresent();
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
