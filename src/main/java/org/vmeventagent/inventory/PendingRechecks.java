package org.vmeventagent.inventory;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainListing.ListedDomain;

/**
 * When the domains that a {@link Resync} suspects are queried again: after the settle time, after ten seconds where many
 * are gone, and up to {@value #ROUNDS} times where answers or events disagree. Times are by {@link System#nanoTime}. Belongs
 * to the recorder's thread.
 */
final class PendingRechecks {
    static final int ROUNDS = 5;

    /** A question that libvirt could not answer, of a locked domain for one, is put again. */
    private static final Duration NO_ANSWER = Duration.ofSeconds(10);

    /** Sooner where a listing shows that it answers by now. */
    private static final Duration ANSWERS_AGAIN = Duration.ofSeconds(2);

    private final Map<UUID, Recheck> byDomain = new HashMap<>();
    /** While anything is suspected, no question is due before this. */
    private long nextDue;

    /** A difference that may be none. */
    static final class Recheck {
        private @Nullable ListedDomain answer;
        /** When this answer was first given, with no event of the domain since. */
        private long first;
        /** When it was first given with no event missing since. */
        private long since;

        /** Nothing that was answered counts: there is no answer yet, or an event came after it. */
        private boolean eventSince = true;

        private boolean droppedSince;
        private Duration wait;
        /** When the next query is made, or the one that was made is abandoned. */
        private long due;

        private boolean queried;
        private int round = 1;
        /** Until then an answer that finds nothing wrong doesn't end it. */
        private long recheckedUntil;

        private Recheck(Duration wait, long now) {
            this.wait = wait;
            this.due = now + wait.toNanos();
            this.recheckedUntil = now;
        }

        void take(@Nullable ListedDomain newAnswer, long now) {
            boolean another = eventSince || !ListingComparison.same(answer, newAnswer);
            first = another ? now : first;
            since = another || droppedSince ? now : since;
            answer = newAnswer;
            eventSince = false;
            droppedSince = false;
        }

        /** Whether this is the answer that counts already. */
        boolean agreesWith(@Nullable ListedDomain newAnswer) {
            return !eventSince && ListingComparison.same(answer, newAnswer);
        }

        boolean isGone() {
            return answer == null && !eventSince;
        }

        boolean isListed() {
            return answer != null && !eventSince;
        }

        /** Whether the answer has stood for its time. Events that go missing again and again can't put that off for ever. */
        boolean stood(long now) {
            return isLastRound() ? now - first >= wait.toNanos() : !droppedSince && now - since >= wait.toNanos();
        }

        boolean isLastRound() {
            return round >= ROUNDS;
        }

        boolean isQueried() {
            return queried;
        }

        /** Until when it is rechecked whatever is answered. */
        long recheckedUntil() {
            return recheckedUntil;
        }

        void recheckUntil(long time) {
            recheckedUntil = time;
        }

        Duration waitTime() {
            return wait;
        }

        void waitFor(Duration longer) {
            wait = longer;
        }
    }

    @Nullable Recheck get(UUID uuid) {
        return byDomain.get(uuid);
    }

    void remove(UUID uuid) {
        byDomain.remove(uuid);
    }

    boolean isEmpty() {
        return byDomain.isEmpty();
    }

    Set<UUID> domains() {
        return byDomain.keySet();
    }

    /** How many were missing from the last answer. */
    long gone() {
        return byDomain.values().stream().filter(Recheck::isGone).count();
    }

    /** An event of this domain came: what was answered before says nothing any more. */
    void eventReceived(UUID uuid) {
        Recheck recheck = byDomain.get(uuid);
        if (recheck != null) {
            recheck.eventSince = true;
        }
    }

    /** Events of any domain are missing: what was answered before is no first answer any more. */
    void dropped() {
        byDomain.values().forEach(recheck -> recheck.droppedSince = true);
    }

    /** The domains to query again now. */
    Set<UUID> due(long now) {
        Set<UUID> due = new HashSet<>();
        if (nanosUntilDue(now, 1) > 0) {
            return due;
        }
        long next = now + NO_ANSWER.toNanos();
        for (Iterator<Map.Entry<UUID, Recheck>> i = byDomain.entrySet().iterator(); i.hasNext(); ) {
            Map.Entry<UUID, Recheck> entry = i.next();
            Recheck recheck = entry.getValue();
            if (recheck.due - now <= 0) {
                if (recheck.queried && ++recheck.round > ROUNDS) {
                    i.remove(); // libvirt never says; the next resync queries again
                    continue;
                }
                recheck.queried = true;
                recheck.due = now + NO_ANSWER.toNanos();
                due.add(entry.getKey());
            }
            next = recheck.due - next < 0 ? recheck.due : next;
        }
        nextDue = next;
        return due;
    }

    /** How long until {@link #due} has something to say, {@code most} at most. */
    long nanosUntilDue(long now, long most) {
        return byDomain.isEmpty() ? most : Math.min(most, nextDue - now);
    }

    /** Begins with a domain: it is queried after that time. */
    Recheck schedule(UUID uuid, Duration wait, long now) {
        Recheck recheck = new Recheck(wait, now);
        nextDue = byDomain.isEmpty() ? recheck.due : earlier(recheck.due);
        byDomain.put(uuid, recheck);
        return recheck;
    }

    /** Takes what a listing says of a domain that differs; that puts off no query but where the wait is another now. */
    void listed(Recheck recheck, @Nullable ListedDomain answer, Duration wait, long now) {
        recheck.take(answer, now);
        if (!recheck.wait.equals(wait)) {
            recheck.wait = wait;
            queryAt(recheck, recheck.since + wait.toNanos());
        } else if (recheck.queried && recheck.due - now > ANSWERS_AGAIN.toNanos()) {
            recheck.due = now + ANSWERS_AGAIN.toNanos();
            nextDue = earlier(recheck.due);
        }
    }

    /** Takes an answer that is not certain yet, and has the domain queried once more. */
    void nextRound(Recheck recheck, @Nullable ListedDomain answer, Duration wait, long now) {
        recheck.round++;
        recheck.wait = wait;
        recheck.take(answer, now);
        queryAt(recheck, now + wait.toNanos());
    }

    void queryAt(Recheck recheck, long time) {
        recheck.queried = false;
        recheck.due = time;
        nextDue = earlier(time);
    }

    private long earlier(long time) {
        return time - nextDue < 0 ? time : nextDue;
    }
}
