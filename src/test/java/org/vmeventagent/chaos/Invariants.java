package org.vmeventagent.chaos;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is true of the notifications of an agent that loses nothing silently. Used by one thread. */
public final class Invariants {
    /** An event that was on its way when libvirtd died is certain to when it was read: on a busy machine not at once. */
    private static final Duration READING = Duration.ofMillis(500);

    /** What never comes is a fault of its own; but where it may be, the view of the rest is asked for all the same. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Duration SILENCE = Duration.ofDays(1);

    private final NotificationLog bus;
    private final Map<String, String> states = new HashMap<>();
    private final Map<String, Long> lastOf = new HashMap<>();
    private final Set<String> events = new LinkedHashSet<>();
    private final FoldedView view = new FoldedView(call -> {}, PATIENCE, SILENCE);
    private long checked;
    private long viewed;
    private long round;
    private boolean mayDrop;
    private boolean dropped;

    public Invariants(NotificationLog bus) {
        this.bus = bus;
    }

    /** From now on numbers may be missing that an overflow reports. */
    public void allowReportedDrops() {
        mayDrop = true;
    }

    /** Numbers that never came, and may not be missing. */
    public List<Long> missing() {
        return mayDrop ? bus.untold() : bus.missing();
    }

    /** What is asked from now on concerns what comes from now on. */
    public void beginRound() {
        round = bus.lastSequence();
    }

    /** Whether this connection was subscribed since, and is. */
    public boolean connectedSince(String uri, Instant begin) {
        ReceivedNotification last = null;
        for (ReceivedNotification receivedNotification : bus.after(round)) {
            if (receivedNotification.uri().equals(uri)
                    && receivedNotification.name().matches("agent\\.(dis)?connected")) {
                last = receivedNotification;
            }
        }
        return last != null
                && last.name().equals("agent.connected")
                && !last.at("observed_at").isBefore(begin);
    }

    /** Whether a gap of this connection began before the fault and ended after it. */
    public boolean covered(String uri, MissedWindow fault) {
        return bus.after(round).stream()
                .filter(receivedNotification -> receivedNotification.name().equals("agent.gap")
                        && receivedNotification.uri().equals(uri))
                .anyMatch(gap ->
                        (!gap.has("from") || !gap.at("from").isAfter(fault.cut().plus(READING)))
                                && !gap.at("to").isBefore(fault.end()));
    }

    /** By connection and instance, each once. */
    Set<String> domains(List<GuestOperation> guestOperations) {
        Set<String> domains = new LinkedHashSet<>();
        guestOperations.forEach(guestOperation -> domains.add(guestOperation.uri() + ' ' + guestOperation.instance()));
        return domains;
    }

    /** What is wrong with the events received of one domain, compared with what was done to it; null for nothing. */
    @Nullable String received(String domain, List<GuestOperation> guestOperations, Instant from, Set<String> loose) {
        List<String> expected = new ArrayList<>();
        boolean mayHaveMore = false;
        for (GuestOperation guestOperation : guestOperations) {
            if (domain.equals(guestOperation.uri() + ' ' + guestOperation.instance())) {
                expected.addAll(guestOperation.events());
                mayHaveMore |= loose.contains(guestOperation.instance());
            }
        }
        List<String> received = bus.after(round).stream()
                .filter(receivedNotification ->
                        domain.equals(receivedNotification.uri() + ' ' + receivedNotification.instance())
                                && receivedNotification.isLifecycleEvent()
                                && !receivedNotification.at("observed_at").isBefore(from))
                .map(ReceivedNotification::event)
                .toList();
        return matches(expected, received, mayHaveMore)
                ? null
                : domain + " was expected to raise " + expected + " since " + from + ", received " + received;
    }

    /** Whether this was received, in order; what ends with a question mark need not be. */
    private static boolean matches(List<String> expected, List<String> received, boolean mayHaveMore) {
        if (expected.isEmpty()) {
            return mayHaveMore || received.isEmpty();
        }
        String first = expected.get(0);
        List<String> others = expected.subList(1, expected.size());
        if (first.endsWith("?")) {
            String wanted = first.substring(0, first.length() - 1);
            return matches(others, received, mayHaveMore)
                    || matches(Stream.concat(Stream.of(wanted), others.stream()).toList(), received, mayHaveMore);
        }
        if (received.isEmpty()) {
            return false;
        }
        List<String> later = received.subList(1, received.size());
        return (received.get(0).equals(first) && matches(others, later, mayHaveMore))
                || (mayHaveMore && matches(expected, later, true));
    }

    /** What a consumer's view of a hypervisor says other than the hypervisor itself; null for nothing. */
    public @Nullable String difference(String uri, Map<String, String> current) {
        Duration now = Duration.ofNanos(System.nanoTime());
        for (ReceivedNotification receivedNotification : bus.after(viewed)) {
            viewed = receivedNotification.sequence();
            view.take(receivedNotification, now);
        }
        view.tick(now);
        Map<String, FoldedView.Instance> instances = view.instances(uri);
        for (Map.Entry<String, String> domain : current.entrySet()) {
            FoldedView.Instance known = instances.remove(domain.getKey());
            if (known == null || !domain.getValue().contains(known.state())) {
                return domain.getKey() + " is " + domain.getValue() + " at " + uri + ", the consumer has "
                        + (known == null ? null : known.last());
            }
        }
        for (FoldedView.Instance known : instances.values()) {
            if (!known.state().equals("undefined") && !(mayDrop && known.state().equals("unknown"))) {
                return known.instance() + " is not at " + uri + ", the consumer has " + known.last();
            }
        }
        return null;
    }

    /** What has come since the last check: complete, each once, the chains unbroken. */
    public void check() {
        if (!missing().isEmpty() || !bus.faults().isEmpty()) {
            throw new AssertionError("missing numbers " + missing() + ", faults " + bus.faults());
        }
        for (ReceivedNotification receivedNotification : bus.after(checked)) {
            if (receivedNotification.sequence() != checked + 1) { // what changed meanwhile nobody may know
                dropped = true;
                states.clear();
                lastOf.clear();
            }
            checked = receivedNotification.sequence();
            if (!receivedNotification.instance().isEmpty()) {
                check(receivedNotification);
            }
        }
    }

    private void check(ReceivedNotification receivedNotification) {
        String domain = receivedNotification.uri() + ' ' + receivedNotification.instance();
        String before = states.put(domain, receivedNotification.text("domain_state"));
        if (receivedNotification.has("old_domain_state")
                && !(before == null && dropped)
                && !receivedNotification.text("old_domain_state").equals(before == null ? "undefined" : before)) {
            throw new AssertionError("broken chain: was " + before + " before " + receivedNotification);
        }
        if (!receivedNotification.has("old_domain_state")
                && before != null
                && !before.equals(receivedNotification.text("domain_state"))) {
            throw new AssertionError(
                    "a state changed without a transition: was " + before + " before " + receivedNotification);
        }
        Long previous = lastOf.put(domain, receivedNotification.sequence());
        if (previous != null
                && receivedNotification.payload().path("previous_sequence").asLong() != previous) {
            throw new AssertionError("previous_sequence is not " + previous + " in " + receivedNotification);
        }
        if (receivedNotification.has("event")
                && receivedNotification.text("origin").equals("event")
                && !events.add(domain + receivedNotification.event() + receivedNotification.text("observed_at"))) {
            throw new AssertionError("published twice: " + receivedNotification);
        }
        if (!receivedNotification.text("origin").equals("event")
                && receivedNotification.has("old_domain_state")
                && receivedNotification.text("old_domain_state").equals(receivedNotification.text("domain_state"))) {
            throw new AssertionError("a comparison found no change: " + receivedNotification);
        }
    }
}
