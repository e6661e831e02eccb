package org.vmeventagent.inventory;

import java.util.List;
import org.vmeventagent.event.Code;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.inventory.Life.Phase;

/**
 * What was not heard and must have happened before an event makes sense.
 *
 * <p>Only lifecycle events are read as evidence about the state. An event of another kind may come a moment before the
 * STARTED of its incarnation; it counts only when it carries another id than the running one.
 */
final class Bridge {
    /** A transition nobody heard. */
    enum Missing {
        DEFINED,
        STARTED,
        STOPPED
    }

    private static final List<Missing> EXISTS = List.of(Missing.DEFINED);
    private static final List<Missing> EXISTS_AND_RUNS = List.of(Missing.DEFINED, Missing.STARTED);

    private Bridge() {}

    /** The transitions between what is known and the event, in order; none for an event that fits. */
    static List<Missing> before(KnownDomain known, DomainEvent event) {
        Life life = known.life();
        if (life.state().isActive()
                && life.domainId() >= 0
                && event.domainId() >= 0
                && life.domainId() != event.domainId()) {
            return begins(event) ? List.of(Missing.STOPPED) : List.of(Missing.STOPPED, Missing.STARTED);
        }
        Code type = event.type();
        Code detail = event.detail();
        if (type == null || detail == null || type.isUnknown() || detail.isUnknown()) {
            return List.of();
        }
        return life.state().isActive() ? whileActive(life, event) : whileInactive(known, type, detail);
    }

    /**
     * The transitions before an event of a domain that may have existed unheard: what the event rests on. Such a domain is
     * taken for one with a definition, as every instance of Nova's is, until a listing says otherwise.
     *
     * @param exists whether a look-up found it
     */
    static List<Missing> unheard(DomainEvent event, boolean exists) {
        boolean active = event.domainId() >= 0;
        if (event.is("defined", "added")) {
            return active ? List.of(Missing.STARTED) : List.of(); // a migration defines what it has brought
        }
        if (event.is("started", "migrated")) {
            return List.of();
        }
        Code type = event.type();
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

    private static List<Missing> whileActive(Life life, DomainEvent event) {
        boolean another = begins(event)
                && !event.is("resumed", "unpaused")
                && !event.is("started", "from_snapshot")
                && !event.is("started", "recreated");
        return another && !life.awaitsStarted(event.domainId()) ? List.of(Missing.STOPPED) : List.of();
    }

    private static List<Missing> whileInactive(KnownDomain known, Code type, Code detail) {
        boolean needsProcess = switch (type.name()) {
            case "suspended", "shutdown", "crashed", "pmsuspended" -> true;
            case "stopped" -> !detail.is("failed");
            case "resumed" -> !detail.is("unpaused");
            case "started" -> detail.is("wakeup");
            default -> false;
        };
        boolean undefined = known.life().state() == DomainState.UNDEFINED;
        if (needsProcess) {
            boolean startsUndefined = known.life().phase() == Phase.BOOTING;
            return undefined && !startsUndefined ? EXISTS_AND_RUNS : List.of(Missing.STARTED);
        }
        boolean migratedAway =
                known.departure() != null && known.departure().reason() == KnownDomain.Departure.Reason.MIGRATED;
        return undefined && type.is("undefined") && detail.is("removed") && !migratedAway
                ? List.of(Missing.DEFINED)
                : List.of();
    }

    static Life apply(Missing missing, Life life, DomainEvent event) {
        return switch (missing) {
            case DEFINED -> life.persistent(true).with(DomainState.DEFINED, Phase.NONE);
            case STARTED -> life.began(DomainState.RUNNING, event.domainId());
            case STOPPED -> life.with(life.inactive(), Phase.NONE);
        };
    }
}
