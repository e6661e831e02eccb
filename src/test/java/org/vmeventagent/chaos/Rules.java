package org.vmeventagent.chaos;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is true of the notifications of an agent that loses nothing silently. Used by one thread. */
public final class Rules {
    /** An event that was on its way when libvirtd died is certain to when it was read: on a busy machine not at once. */
    private static final Duration READING = Duration.ofMillis(500);

    private final Arrivals bus;
    private final Map<String, String> states = new HashMap<>();
    private final Map<String, Long> lastOf = new HashMap<>();
    private final Set<String> events = new LinkedHashSet<>();
    private final Map<String, Map<String, Told>> views = new HashMap<>();
    private long checked;
    private long viewed;
    private long round;

    public Rules(Arrivals bus) {
        this.bus = bus;
    }

    /** What is asked from now on concerns what comes from now on. */
    void beginRound() {
        round = bus.lastSequence();
    }

    /** Whether this connection was subscribed since, and is. */
    boolean connectedSince(String uri, Instant begin) {
        Told last = null;
        for (Told told : bus.after(round)) {
            if (told.uri().equals(uri) && told.name().matches("agent\\.(dis)?connected")) {
                last = told;
            }
        }
        return last != null
                && last.name().equals("agent.connected")
                && !last.at("observed_at").isBefore(begin);
    }

    /** Whether a gap of this connection began before the fault and ended after it. */
    boolean covered(String uri, Fault fault) {
        return bus.after(round).stream()
                .filter(told -> told.name().equals("agent.gap") && told.uri().equals(uri))
                .anyMatch(gap -> !gap.at("from").isAfter(fault.cut().plus(READING))
                        && !gap.at("to").isBefore(fault.end()));
    }

    /** By place and instance, each once. */
    Set<String> domains(List<Act> acts) {
        Set<String> domains = new LinkedHashSet<>();
        acts.forEach(act -> domains.add(act.uri() + ' ' + act.instance()));
        return domains;
    }

    /** What is wrong with the events heard of one domain, compared with what was done to it; null for nothing. */
    @Nullable String heard(String domain, List<Act> acts, Instant from, Set<String> loose) {
        List<String> expected = new ArrayList<>();
        boolean mayHaveMore = false;
        for (Act act : acts) {
            if (domain.equals(act.uri() + ' ' + act.instance())) {
                expected.addAll(act.events());
                mayHaveMore |= loose.contains(act.instance());
            }
        }
        List<String> heard = bus.after(round).stream()
                .filter(told -> domain.equals(told.uri() + ' ' + told.instance())
                        && told.isLifecycleEvent()
                        && !told.at("observed_at").isBefore(from))
                .map(Told::event)
                .toList();
        return matches(expected, heard, mayHaveMore)
                ? null
                : domain + " was expected to tell " + expected + " since " + from + " and told " + heard;
    }

    /** Whether this was heard, in order; what ends with a question mark need not be. */
    private static boolean matches(List<String> expected, List<String> heard, boolean mayHaveMore) {
        if (expected.isEmpty()) {
            return mayHaveMore || heard.isEmpty();
        }
        String first = expected.get(0);
        List<String> others = expected.subList(1, expected.size());
        if (first.endsWith("?")) {
            String wanted = first.substring(0, first.length() - 1);
            return matches(others, heard, mayHaveMore)
                    || matches(Stream.concat(Stream.of(wanted), others.stream()).toList(), heard, mayHaveMore);
        }
        if (heard.isEmpty()) {
            return false;
        }
        List<String> later = heard.subList(1, heard.size());
        return (heard.get(0).equals(first) && matches(others, later, mayHaveMore))
                || (mayHaveMore && matches(expected, later, true));
    }

    /** What a consumer's view of a place says other than the place itself; null for nothing. */
    @Nullable String difference(Place place, Map<String, String> truth) {
        for (Told told : bus.after(viewed)) {
            viewed = told.sequence();
            if (told.has("domain_state")) {
                views.computeIfAbsent(told.uri(), uri -> new HashMap<>()).put(told.instance(), told);
            }
        }
        Map<String, Told> view = new LinkedHashMap<>(views.getOrDefault(place.agentUri(), Map.of()));
        for (Map.Entry<String, String> domain : truth.entrySet()) {
            Told last = view.remove(domain.getKey());
            if (last == null || !domain.getValue().contains(last.text("domain_state"))) {
                return domain.getKey() + " is " + domain.getValue() + " at " + place + ", the consumer has " + last;
            }
        }
        for (Told last : view.values()) {
            if (!last.text("domain_state").equals("undefined")) {
                return last.instance() + " is not at " + place + ", the consumer has " + last;
            }
        }
        return null;
    }

    /** What has come since the last check: complete, each once, the chains unbroken. */
    void check() {
        if (!bus.missing().isEmpty() || !bus.faults().isEmpty()) {
            throw new AssertionError("missing numbers " + bus.missing() + ", faults " + bus.faults());
        }
        for (Told told : bus.after(checked)) {
            checked = told.sequence();
            if (!told.instance().isEmpty()) {
                check(told);
            }
        }
    }

    private void check(Told told) {
        String domain = told.uri() + ' ' + told.instance();
        String before = states.put(domain, told.text("domain_state"));
        if (told.has("old_domain_state")
                && !told.text("old_domain_state").equals(before == null ? "undefined" : before)) {
            throw new AssertionError("broken chain: was " + before + " before " + told);
        }
        if (!told.has("old_domain_state") && before != null && !before.equals(told.text("domain_state"))) {
            throw new AssertionError("a state changed without a transition: was " + before + " before " + told);
        }
        Long previous = lastOf.put(domain, told.sequence());
        if (previous != null && told.payload().path("previous_sequence").asLong() != previous) {
            throw new AssertionError("previous_sequence is not " + previous + " in " + told);
        }
        if (told.has("event")
                && told.text("origin").equals("event")
                && !events.add(domain + told.event() + told.text("observed_at"))) {
            throw new AssertionError("told twice: " + told);
        }
        if (!told.text("origin").equals("event")
                && told.has("old_domain_state")
                && told.text("old_domain_state").equals(told.text("domain_state"))) {
            throw new AssertionError("a comparison found no change: " + told);
        }
    }
}
