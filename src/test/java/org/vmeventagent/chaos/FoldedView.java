package org.vmeventagent.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The view that a consumer makes of the notifications, as docs/notifications.md says: the same fold as
 * {@code docs/consumer/vm_events.py}, of which {@code cases.json} says what both must make of a sequence. It is in memory and
 * believes that every notification can be read. Used by one thread.
 */
public final class FoldedView {
    private static final Set<String> CRASHES =
            Set.of("process_died", "guest_panic", "crashed", "daemon_lost", "watchdog");
    private static final Set<String> ACTIVE = Set.of("running", "paused", "pmsuspended", "crashed");
    private static final Set<String> GONE = Set.of("undefined", "unknown");
    private static final long FOREVER = 1L << 62;

    /** Whether the numbers of a hole are to be expected no more, or are missed. */
    private enum Hole {
        /** From before the consumer came, or from after the stream ended. */
        UNKNOWN,
        /** Named by an overflow. */
        DROPPED,
        MISSING
    }

    private record Range(long first, long last, Hole why) {}

    /** The place of a notification in the order of its host. */
    private record Place(int rank, long sequence) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            return rank != other.rank ? Integer.compare(rank, other.rank) : Long.compare(sequence, other.sequence);
        }
    }

    /**
     * What is known of an instance on a host.
     *
     * @param last the notification that said so last
     */
    public record Instance(
            String host,
            String uri,
            String instance,
            String state,
            String cause,
            String since,
            String removal,
            ReceivedNotification last) {
        /** One line for a person, and for a case. */
        @Override
        public String toString() {
            return String.join(" ", host, uri, instance, state, word(cause), since)
                    + (removal.isEmpty() ? "" : " removed=" + removal);
        }

        private boolean isBetterThan(Instance other) {
            if (state.equals("running") != other.state.equals("running")) {
                return state.equals("running");
            }
            if (ACTIVE.contains(state) != ACTIVE.contains(other.state)) {
                return ACTIVE.contains(state);
            }
            if (cause.equals("migrated_out") != other.cause.equals("migrated_out")) {
                return other.cause.equals("migrated_out");
            }
            return since.compareTo(other.since) > 0;
        }
    }

    private record Placed(Place place, Instance instance) {}

    /** The numbers of one database of a host. */
    private static final class Stream {
        final int rank;
        long next;
        final NavigableMap<Long, ReceivedNotification> held = new TreeMap<>();
        final List<Range> holes = new ArrayList<>();

        Stream(int rank, long next) {
            this.rank = rank;
            this.next = next;
        }

        /** How many numbers are waited for or wait. */
        long behind() {
            return held.isEmpty() ? 0 : held.lastKey() + 1 - next;
        }

        void hole(long first, long last, Hole why) {
            if (first <= last) {
                holes.add(new Range(first, last, why));
            }
        }

        /** Takes the range out of all holes it meets, or gives it another reason; whether it met one. */
        boolean cut(long first, long last, @Nullable Hole why) {
            List<Range> met = holes.stream()
                    .filter(hole -> hole.first <= last && hole.last >= first)
                    .toList();
            holes.removeAll(met);
            for (Range hole : met) {
                hole(hole.first, first - 1, hole.why);
                hole(last + 1, hole.last, hole.why);
                if (why != null) {
                    hole(Math.max(first, hole.first), Math.min(last, hole.last), why);
                }
            }
            return !met.isEmpty();
        }

        /** The last number of the range, of an overflow that is held, which has this one; 0 where none has. */
        long dropped(long number) {
            long last = 0;
            for (ReceivedNotification notification : held.values()) {
                if (notification.name().equals("agent.overflow")) {
                    for (JsonNode range : notification.payload().path("ranges")) {
                        if (range.get("first").asLong() <= number) {
                            last = Math.max(last, range.get("last").asLong());
                        }
                    }
                }
            }
            return last;
        }
    }

    private static final class Host {
        final String name;
        final Map<String, Stream> streams = new HashMap<>();
        final Map<String, Boolean> connections = new TreeMap<>();
        final Map<String, Place> connected = new HashMap<>();
        Stream newest;
        boolean live = true;
        boolean silent;
        boolean heartbeats;
        String gap = "";
        Duration heard;
        long waitsFor;
        Duration waitsSince;

        /** One that is new: its numbers begin where we came in. */
        Host(String name, ReceivedNotification first, Duration now) {
            this.name = name;
            newest = new Stream(1, first.sequence());
            newest.hole(1, first.sequence() - 1, Hole.UNKNOWN);
            streams.put(first.text("stream"), newest);
            heard = now;
            waitsSince = now;
        }
    }

    private final Consumer<String> callbacks;
    private final Duration patience;
    private final Duration silence;
    private final Map<String, Host> hosts = new TreeMap<>();
    private final Map<String, Placed> instances = new TreeMap<>();

    /**
     * An empty view.
     *
     * @param callbacks gets a line for each callback, as the cases have them
     * @param patience how long to wait for a number that is missing
     * @param silence after how long a host with heartbeats is called silent
     */
    public FoldedView(Consumer<String> callbacks, Duration patience, Duration silence) {
        this.callbacks = callbacks;
        this.patience = patience;
        this.silence = silence;
    }

    /** Takes the next that came, whatever its place. */
    public void take(ReceivedNotification notification, Duration now) {
        Host host = hosts.computeIfAbsent(notification.text("host"), name -> new Host(name, notification, now));
        Stream stream = host.streams.get(notification.text("stream"));
        if (stream == null) {
            stream = begin(host, notification.text("stream"));
        }
        long number = notification.sequence();
        if (number >= stream.next) {
            host.heard = now;
            if (host.silent) {
                host.silent = false;
                call("back", host.name);
            }
            stream.held.putIfAbsent(number, notification);
            advance(host, stream);
        } else if (stream.cut(number, number, null)) {
            fold(host, stream, notification, true);
        }
    }

    /** What time alone brings. */
    public void tick(Duration now) {
        hosts.forEach((name, host) -> {
            Stream stream = host.newest;
            if (stream.held.isEmpty()) {
                host.waitsFor = 0;
            } else if (host.waitsFor != stream.next) {
                host.waitsFor = stream.next;
                host.waitsSince = now;
            } else if (now.minus(host.waitsSince).compareTo(patience) >= 0) {
                giveUp(host, stream);
            }
            if (host.live
                    && host.heartbeats
                    && !host.silent
                    && now.minus(host.heard).compareTo(silence) >= 0) {
                host.silent = true;
                call("silent", name);
            }
        });
    }

    /** A line for each host. */
    public List<String> hosts() {
        List<String> lines = new ArrayList<>();
        hosts.forEach((name, host) -> {
            long missing = host.streams.values().stream()
                    .flatMap(stream -> stream.holes.stream())
                    .filter(hole -> hole.why == Hole.MISSING)
                    .mapToLong(hole -> hole.last + 1 - hole.first)
                    .sum();
            StringBuilder line = new StringBuilder(name)
                    .append(host.live ? " live" : " stopped")
                    .append(host.silent ? " silent" : "")
                    .append(" behind=" + host.newest.behind() + " missing=" + missing)
                    .append(host.gap.isEmpty() ? "" : " gap=" + host.gap);
            host.connections.forEach((uri, up) -> line.append(' ' + uri + (up ? "=up" : "=down")));
            lines.add(line.toString());
        });
        return lines;
    }

    /** Every instance on every host, those that were removed too. */
    public List<Instance> instances() {
        return instances.values().stream().map(Placed::instance).toList();
    }

    /** What is known of each instance of a connection, by its id. */
    public Map<String, Instance> instances(String uri) {
        Map<String, Instance> found = new TreeMap<>();
        instances().stream()
                .filter(instance -> instance.uri.equals(uri))
                .forEach(instance -> found.put(instance.instance, instance));
        return found;
    }

    /** Each instance once: where it runs, else where it is active, else where it was last. */
    public Map<String, Instance> located() {
        Map<String, Instance> best = new TreeMap<>();
        for (Instance instance : instances()) {
            if (instance.removal.isEmpty()) {
                best.merge(instance.instance, instance, (one, other) -> other.isBetterThan(one) ? other : one);
            }
        }
        return best;
    }

    /** A stream that is new, of a host that is known: it begins at 1, and the one before has ended. */
    private Stream begin(Host host, String id) {
        Stream before = host.newest;
        while (!before.held.isEmpty()) {
            giveUp(host, before);
        }
        before.hole(before.next, FOREVER, Hole.UNKNOWN);
        before.next = FOREVER;
        host.newest = new Stream(before.rank + 1, 1);
        host.streams.put(id, host.newest);
        return host.newest;
    }

    /** Folds what is held up to the next number that is missing and that no overflow has named. */
    private void advance(Host host, Stream stream) {
        while (!stream.held.isEmpty()) {
            long first = stream.held.firstKey();
            if (first == stream.next) {
                ReceivedNotification notification = stream.held.pollFirstEntry().getValue();
                stream.next++;
                fold(host, stream, notification, false);
            } else {
                long last = Math.min(stream.dropped(stream.next), first - 1);
                if (last < stream.next) {
                    return;
                }
                stream.hole(stream.next, last, Hole.DROPPED);
                stream.next = last + 1;
            }
        }
    }

    /** What is missing before the first that is held is not waited for any longer. */
    private void giveUp(Host host, Stream stream) {
        long held = stream.held.firstKey();
        stream.hole(stream.next, held - 1, Hole.MISSING);
        call("missing", host.name, stream.next + "-" + (held - 1));
        stream.next = held;
        advance(host, stream);
    }

    private void fold(Host host, Stream stream, ReceivedNotification notification, boolean late) {
        long times = Math.max(1, notification.payload().path("count").asLong())
                + notification.payload().path("suppressed").asLong();
        if (times > 1) {
            call("notification", notification.text("host"), notification.instance(), notification.name(), "x" + times);
        }
        if (notification.name().startsWith("agent.")) {
            agent(host, stream, notification, late);
        } else if (notification.name().startsWith("domain.")) {
            domain(host, new Place(stream.rank, notification.sequence()), notification, late);
        }
    }

    private void agent(Host host, Stream stream, ReceivedNotification notification, boolean late) {
        String name = notification.name();
        if (!late) {
            host.live = !name.equals("agent.stopped");
            host.heartbeats |= name.equals("agent.heartbeat");
            if (name.equals("agent.connected")) {
                host.connections.put(notification.uri(), true);
                host.connected.put(notification.uri(), new Place(stream.rank, notification.sequence()));
                forget(new Place(stream.rank, 0), notification);
            } else if (name.equals("agent.disconnected")) {
                host.connections.put(notification.uri(), false);
            }
        }
        if (name.equals("agent.gap")) {
            call("gap", late, notification.text("host"), notification.uri(), notification.text("reason"));
            if (!late) {
                host.gap = notification.text("reason");
                if (host.gap.equals("database")) {
                    forget(connectedIn(host, stream, notification.uri()), notification);
                }
            }
        } else if (name.equals("agent.overflow")) {
            StringBuilder ranges = new StringBuilder();
            for (JsonNode range : notification.payload().path("ranges")) {
                long first = range.get("first").asLong();
                long last = range.get("last").asLong();
                stream.cut(first, last, Hole.DROPPED);
                ranges.append(ranges.isEmpty() ? "" : " ").append(first + "-" + last);
            }
            call("dropped", notification.text("host"), ranges.toString());
        }
    }

    /** When the connection was connected last, by the numbers of this stream; its begin where that is not known. */
    private static Place connectedIn(Host host, Stream stream, String uri) {
        Place place = host.connected.get(uri);
        return place != null && place.rank == stream.rank ? place : new Place(stream.rank, 0);
    }

    /** The agent's database is new. What it published before that place it knows nothing of. */
    private void forget(Place since, ReceivedNotification notification) {
        instances.replaceAll((key, placed) -> {
            Instance known = placed.instance;
            if (!known.host.equals(notification.text("host"))
                    || !known.uri.equals(notification.uri())
                    || !known.removal.isEmpty()
                    || GONE.contains(known.state)
                    || placed.place.compareTo(since) >= 0) {
                return placed;
            }
            call("transition", known.host, known.instance, known.state, "unknown", "database");
            return new Placed(
                    placed.place,
                    new Instance(
                            known.host,
                            known.uri,
                            known.instance,
                            "unknown",
                            "database",
                            notification.text("observed_at"),
                            "",
                            notification));
        });
    }

    private void domain(Host host, Place place, ReceivedNotification notification, boolean late) {
        String name = notification.text("host");
        String key = String.join(" ", name, notification.uri(), notification.instance());
        String state = notification.text("domain_state");
        String cause = notification.text("cause");
        Placed before = instances.get(key);
        String old = before == null ? "" : before.instance.state;
        if (before != null && before.place.compareTo(place) > 0) { // the view is newer and stays
            old = notification.has("old_domain_state") ? notification.text("old_domain_state") : state;
        } else {
            host.live |= !late;
            Instance since = before != null && old.equals(state) ? before.instance : null;
            instances.put(
                    key,
                    new Placed(
                            place,
                            new Instance(
                                    name,
                                    notification.uri(),
                                    notification.instance(),
                                    state,
                                    since == null ? cause : since.cause,
                                    since == null ? notification.text("observed_at") : since.since,
                                    notification.text("removal"),
                                    notification)));
        }
        if (!old.equals(state)) {
            call("transition", late, name, notification.instance(), old, state, cause);
        }
        if (CRASHES.contains(cause) && notification.text("severity").equals("error")) {
            call("crash", late, name, notification.instance(), cause);
        }
        if (notification.name().equals("domain.removed")) {
            call("removed", late, name, notification.instance(), notification.text("removal"));
        }
    }

    private void call(String what, String... words) {
        call(what, false, words);
    }

    private void call(String what, boolean late, String... words) {
        StringBuilder line = new StringBuilder(what);
        for (String word : words) {
            line.append(' ').append(word(word));
        }
        callbacks.accept(line.append(late ? " late" : "").toString());
    }

    private static String word(String text) {
        return text.isEmpty() ? "-" : text;
    }
}
