package org.vmeventagent.recorder;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.inventory.DomainKey;
import org.vmeventagent.inventory.KnownDomain;
import org.vmeventagent.inventory.Origin;
import org.vmeventagent.inventory.Transition;

/**
 * Keeps a guest from flooding the bus: it can reset, panic or fail on its disk many times a second.
 *
 * <p>Reboots that one reset raises are one. Beyond the budget, what changes no state is counted and published in the last of
 * its name when the window ends; what does is folded into one transition from the last state that was published to the newest.
 * No other domain waits for it. The recorder's thread owns it; times are by {@link System#nanoTime}.
 */
final class GuestRateLimiter {
    private final RateLimitConfig config;
    private final ToIntFunction<Transition> budget;
    private final Map<DomainKey, FoldedEvents> reboots = new HashMap<>();

    // The oldest first, so that what is due is found without checking the others.
    private final Map<Subject, Window> others = new LinkedHashMap<>();
    private final Map<DomainKey, Window> states = new LinkedHashMap<>();

    private record Subject(DomainKey domain, String name) {}

    /** A reboot that waits for others of the same reset. */
    private record FoldedEvents(Transition first, int count, long since) {}

    /** What was let through since it began, and what was not. */
    private static final class Window {
        private final long since;
        private int let;
        private int suppressed;
        private @Nullable Transition folded;
        /** The domain as it was last published, while a newer state waits. */
        private @Nullable KnownDomain published;

        private Window(long since) {
            this.since = since;
        }
    }

    /** With the same budget for every name. */
    GuestRateLimiter(RateLimitConfig config) {
        this(config, transition -> config.other());
    }

    /** @param budget how many notifications that change no state may have the name of this one; 0 for no limit */
    GuestRateLimiter(RateLimitConfig config, ToIntFunction<Transition> budget) {
        this.config = config;
        this.budget = budget;
    }

    /** What is to be published now because of this transition, in order; often the transition itself, sometimes nothing. */
    List<Transition> admit(Transition transition, KnownDomain before, long now) {
        List<Transition> admitted = new ArrayList<>(1);
        DomainKey key = transition.domain().key();
        FoldedEvents foldedEvents = reboots.get(key);
        boolean reboot = transition.event() != null && transition.event().kind() == EventKind.REBOOT;
        if (foldedEvents != null
                && reboot
                && now - foldedEvents.since < config.rebootWindow().toNanos()) {
            reboots.put(key, new FoldedEvents(foldedEvents.first, foldedEvents.count + 1, foldedEvents.since));
            return admitted;
        }
        if (foldedEvents != null) {
            reboots.remove(key);
            other(foldedEvents.first.counted(foldedEvents.count), now, admitted);
        }
        if (reboot && !config.rebootWindow().isZero()) {
            reboots.put(key, new FoldedEvents(transition, 1, now));
        } else if (transition.origin() != Origin.EVENT) {
            unfold(key, admitted);
            admitted.add(transition);
        } else if (transition.cause() != null) {
            state(transition, before, now, admitted);
        } else {
            other(transition, now, admitted);
        }
        return admitted;
    }

    /** What is to be published because its time has come. */
    List<Transition> due(long now) {
        List<Transition> due = new ArrayList<>();
        for (Iterator<FoldedEvents> i = reboots.values().iterator(); i.hasNext(); ) {
            FoldedEvents foldedEvents = i.next();
            if (now - foldedEvents.since >= config.rebootWindow().toNanos()) {
                i.remove();
                other(foldedEvents.first.counted(foldedEvents.count), now, due);
            }
        }
        end(others.values().iterator(), config.otherWindow(), now, due);
        end(states.values().iterator(), config.stateWindow(), now, due);
        return due;
    }

    /** Everything that waits, at the end of a run. */
    List<Transition> all() {
        return due(Long.MAX_VALUE / 2 + System.nanoTime());
    }

    /** How long until something is due; {@code most} when nothing is sooner. */
    long nanosUntilDue(long now, long most) {
        long least = most;
        for (FoldedEvents foldedEvents : reboots.values()) {
            least = Math.min(least, foldedEvents.since + config.rebootWindow().toNanos() - now);
        }
        return Math.max(1, least);
    }

    /**
     * What of a domain may be kept on disk: while a newer state waits to be published, the one that was. So a crash makes
     * the next run find the difference.
     */
    KnownDomain kept(KnownDomain domain) {
        Window window = states.get(domain.key());
        return window == null || window.published == null ? domain : window.published.published(domain.lastSequence());
    }

    private void state(Transition transition, KnownDomain before, long now, List<Transition> admitted) {
        Window window = states.get(transition.domain().key());
        if (window != null && now - window.since >= config.stateWindow().toNanos()) {
            unfold(transition.domain().key(), admitted);
            window = null;
        }
        if (window == null) {
            window = new Window(now);
            states.put(transition.domain().key(), window);
        }
        boolean changes =
                transition.oldState() != transition.domain().lifecycle().state();
        if (window.folded == null && (config.state() == 0 || window.let < config.state() || !changes)) {
            window.let += changes ? 1 : 0;
            if (changes) {
                admitted.add(transition);
            } else {
                other(transition, now, admitted);
            }
            return;
        }
        window.suppressed++;
        if (window.published == null) {
            window.published = before;
        }
        window.folded = window.folded == null ? transition : transition.foldedOnto(window.folded);
    }

    private void other(Transition transition, long now, List<Transition> admitted) {
        int most = budget.applyAsInt(transition);
        if (most == 0) {
            admitted.add(transition);
            return;
        }
        Subject subject = new Subject(transition.domain().key(), transition.name());
        Window window = others.get(subject);
        if (window != null && now - window.since >= config.otherWindow().toNanos()) {
            publish(window, admitted);
            window = null;
        }
        if (window == null) {
            window = new Window(now);
            others.remove(subject);
            others.put(subject, window);
        }
        if (window.let < most) {
            window.let++;
            admitted.add(transition);
        } else {
            window.suppressed += transition.folding().count();
            window.folded = transition;
        }
    }

    private void unfold(DomainKey key, List<Transition> admitted) {
        Window window = states.remove(key);
        if (window != null) {
            publish(window, admitted);
        }
    }

    private static void end(Iterator<Window> windows, Duration length, long now, List<Transition> admitted) {
        while (windows.hasNext()) {
            Window window = windows.next();
            if (now - window.since < length.toNanos()) {
                return;
            }
            windows.remove();
            publish(window, admitted);
        }
    }

    private static void publish(Window window, List<Transition> admitted) {
        if (window.folded != null) {
            admitted.add(window.folded.suppressing(window.suppressed));
        }
    }
}
