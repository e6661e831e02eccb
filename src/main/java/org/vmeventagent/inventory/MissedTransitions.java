package org.vmeventagent.inventory;

import java.time.Duration;
import java.util.List;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.inventory.Lifecycle.Phase;
import org.vmeventagent.time.Moment;

/**
 * What was missed and must have happened before an event makes sense; {@link Inventory} makes the transitions of it.
 *
 * <p>Only lifecycle events are read as evidence about the state. An event of another kind may come a moment before the
 * STARTED of its incarnation; it counts only when it carries another id than the running one.
 */
final class MissedTransitions {
    /** A transition that no event reported. */
    enum Missing {
        DEFINED,
        STARTED,
        STOPPED
    }

    /** Within this time after an event the next can't be the end of another incarnation, of which nothing was reported. */
    private static final Duration SAME_END = Duration.ofSeconds(1);

    private static final List<Missing> EXISTS = List.of(Missing.DEFINED);
    private static final List<Missing> EXISTS_AND_RUNS = List.of(Missing.DEFINED, Missing.STARTED);

    private MissedTransitions() {}

    /** The transitions between what is known and the event, in order; none for an event that fits. */
    static List<Missing> before(KnownDomain known, DomainEvent event) {
        Lifecycle lifecycle = known.lifecycle();
        if (lifecycle.state().isActive()
                && lifecycle.domainId() >= 0
                && event.domainId() >= 0
                && lifecycle.domainId() != event.domainId()) {
            return begins(event) ? List.of(Missing.STOPPED) : List.of(Missing.STOPPED, Missing.STARTED);
        }
        EnumValue type = event.type();
        EnumValue detail = event.detail();
        if (type == null || detail == null || type.isUnknown() || detail.isUnknown()) {
            return List.of();
        }
        if (lifecycle.state().isActive()) {
            return whileActive(lifecycle, event);
        }
        return repeatsTheEnd(known, event) ? List.of() : whileInactive(known, type, detail);
    }

    /** libvirt's LXC driver may report one end twice: as failed when it notices it, then as what it was. */
    private static boolean repeatsTheEnd(KnownDomain known, DomainEvent event) {
        Moment last = known.lastObservation().lastEventAt();
        return event.type() != null
                && event.type().is("stopped")
                && last != null
                && !last.ofEarlierRun()
                && event.observedAt().since(last).compareTo(SAME_END) < 0;
    }

    /**
     * The transitions before an event of a domain that may have existed unreported: what the event rests on. Such a domain is
     * taken for one with a definition, as every instance of Nova's is, until a listing says otherwise.
     *
     * @param exists whether a look-up found it
     */
    static List<Missing> missedBefore(DomainEvent event, boolean exists) {
        boolean active = event.domainId() >= 0;
        if (event.is("defined", "added")) {
            return active ? List.of(Missing.STARTED) : List.of(); // a migration defines what it has brought
        }
        if (event.is("started", "migrated")) {
            return List.of();
        }
        EnumValue type = event.type();
        String name = type == null ? "" : type.name();
        return switch (name) {
            case "started" -> event.is("started", "wakeup") ? EXISTS_AND_RUNS : EXISTS;
            case "suspended", "resumed", "stopped", "shutdown", "crashed", "pmsuspended" -> EXISTS_AND_RUNS;
            case "defined", "undefined" -> active ? EXISTS_AND_RUNS : EXISTS;
            default -> active ? EXISTS_AND_RUNS : exists ? EXISTS : List.of();
        };
    }

    /** Whether the event is the first of an incarnation: a start, or the RESUMED that may come just before it. */
    private static boolean begins(DomainEvent event) {
        return event.is("resumed", "unpaused")
                || (event.type() != null && event.type().is("started") && !event.is("started", "wakeup"));
    }

    private static List<Missing> whileActive(Lifecycle lifecycle, DomainEvent event) {
        boolean another = begins(event)
                && !event.is("resumed", "unpaused")
                && !event.is("started", "from_snapshot")
                && !event.is("started", "recreated");
        return another && !lifecycle.awaitsStarted(event.domainId()) ? List.of(Missing.STOPPED) : List.of();
    }

    private static List<Missing> whileInactive(KnownDomain known, EnumValue type, EnumValue detail) {
        boolean needsProcess = switch (type.name()) {
            case "suspended", "shutdown", "crashed", "pmsuspended" -> true;
            case "stopped" -> !detail.is("failed");
            case "resumed" -> !detail.is("unpaused");
            case "started" -> detail.is("wakeup");
            default -> false;
        };
        boolean undefined = known.lifecycle().state() == DomainState.UNDEFINED;
        if (needsProcess) {
            boolean startsUndefined = known.lifecycle().phase() == Phase.BOOTING;
            return undefined && !startsUndefined ? EXISTS_AND_RUNS : List.of(Missing.STARTED);
        }
        boolean migratedAway =
                known.removal() != null && known.removal().reason() == KnownDomain.Removal.Reason.MIGRATED;
        return undefined && type.is("undefined") && detail.is("removed") && !migratedAway
                ? List.of(Missing.DEFINED)
                : List.of();
    }

    static Lifecycle apply(Missing missing, Lifecycle lifecycle, DomainEvent event) {
        return switch (missing) {
            case DEFINED -> lifecycle.persistent(true).with(DomainState.DEFINED, Phase.NONE);
            case STARTED -> lifecycle.began(DomainState.RUNNING, event.domainId());
            case STOPPED -> lifecycle.with(lifecycle.inactive(), Phase.NONE);
        };
    }
}
