package org.vmeventagent.inventory;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.time.Moment;

/**
 * What there is to publish about one domain: an event joined with what was known, or what a comparison found.
 *
 * @param name the last part of the event_type: a lifecycle type, a kind's wire name, a summary's, {@code exists}, {@code removed}
 *     or {@link #MIGRATION_PROGRESS}
 * @param identified the domain after it
 * @param event as libvirt reported it; null when it was found by comparison
 * @param change null where the state has no part in it (a guest's reboot, an audit)
 * @param returned whether it takes back a {@code removed}: the first that says that the domain exists again
 * @param summary what is over, where that is all there is to publish; else null
 * @param job what libvirt answered about the migration that it is about; empty for any other, and where it did not
 */
public record Transition(
        String name,
        IdentifiedDomain identified,
        @Nullable DomainEvent event,
        @Nullable Change change,
        Discovery discovery,
        boolean returned,
        Folding folding,
        Interruption.@Nullable Summary summary,
        Map<String, Object> job) {

    /** Says how far a migration is that goes on. */
    public static final String MIGRATION_PROGRESS = "migration_progress";

    /** About no migration, and no summary. */
    public Transition(
            String name,
            IdentifiedDomain identified,
            @Nullable DomainEvent event,
            @Nullable Change change,
            Discovery discovery,
            boolean returned,
            Folding folding) {
        this(name, identified, event, change, discovery, returned, folding, null, Map.of());
    }

    /**
     * From which state, and why.
     *
     * @param from may be the state the domain is still in
     * @param error whether it is a fault
     */
    public record Change(DomainState from, Cause cause, boolean error) {
        static Change of(DomainState from, Cause cause) {
            return new Change(from, cause, cause.isError());
        }
    }

    /**
     * How and when the agent found it.
     *
     * @param windowStart of a transition found by comparison: it lies between this and {@code observedAt}
     */
    public record Discovery(
            Origin origin, Moment observedAt, @Nullable Moment windowStart) {
        static Discovery at(Moment observedAt, Origin origin) {
            return new Discovery(origin, observedAt, null);
        }
    }

    /**
     * What else it stands for.
     *
     * @param count of equal events folded into this one; 1 for none
     * @param suppressed surplus events this one stands for, itself among them; 0 for none
     */
    public record Folding(int count, int suppressed) {
        /** Itself alone. */
        public static final Folding NONE = new Folding(1, 0);
    }

    /** What an event of libvirt made of a domain. */
    static Transition ofEvent(DomainEvent event, IdentifiedDomain identified, @Nullable Change change) {
        return new Transition(
                event.wireName(),
                identified,
                event,
                change,
                Discovery.at(event.observedAt(), Origin.EVENT),
                false,
                Folding.NONE);
    }

    /** What was found without an event. */
    static Transition found(String name, IdentifiedDomain identified, @Nullable Change change, Discovery discovery) {
        return new Transition(name, identified, null, change, discovery, false, Folding.NONE);
    }

    /** That something is over, known since then. */
    static Transition summary(Interruption.Summary summary, IdentifiedDomain identified, Moment now) {
        Origin origin = summary.since().found() ? Origin.RESYNC : Origin.EVENT;
        return new Transition(
                summary.name(),
                identified,
                null,
                null,
                Discovery.at(now, origin),
                false,
                Folding.NONE,
                summary,
                Map.of());
    }

    /** The domain after it. */
    public KnownDomain domain() {
        return identified.domain();
    }

    /** The kind of a consumer's filter. */
    public EventKind.Group group() {
        if (event != null) {
            return event.kind().group();
        }
        return name.equals(MIGRATION_PROGRESS)
                ? EventKind.Group.JOB
                : name.equals(EventKind.METADATA_CHANGE.wireName()) ? EventKind.Group.DEVICE : EventKind.Group.STATE;
    }

    /** Null where the state has no part in it. */
    public @Nullable DomainState oldState() {
        return change == null ? null : change.from;
    }

    /** Null where the state has no part in it. */
    public @Nullable Cause cause() {
        return change == null ? null : change.cause;
    }

    public boolean isError() {
        return change != null && change.error;
    }

    public Origin origin() {
        return discovery.origin;
    }

    public Moment observedAt() {
        return discovery.observedAt;
    }

    /** Only with {@code removed}: why the domain is gone. */
    public KnownDomain.Removal.@Nullable Reason removal() {
        KnownDomain.Removal removal = domain().removal();
        return name.equals("removed") && removal != null ? removal.reason() : null;
    }

    /** The same, with what libvirt answered about the migration. */
    Transition with(Map<String, Object> answer) {
        return new Transition(name, identified, event, change, discovery, returned, folding, summary, answer);
    }

    /** The same, standing for this many events that came as one. */
    public Transition counted(int times) {
        return with(change, returned, new Folding(times, folding.suppressed));
    }

    /** The same, standing for this many surplus ones, itself among them. */
    public Transition suppressing(int surplus) {
        return with(change, returned, new Folding(folding.count, surplus));
    }

    /** The same, beginning at the state an earlier one began with. */
    public Transition foldedOnto(Transition earlier) {
        Change both = change == null || earlier.change == null
                ? change
                : new Change(earlier.change.from, change.cause, change.error);
        return with(both, returned || earlier.returned, folding);
    }

    /** The same, which may take back a {@code removed} that was published before. */
    Transition after(KnownDomain before) {
        boolean exists = domain().lifecycle().state() != DomainState.UNDEFINED;
        return before.isTombstone() && exists ? with(change, true, folding) : this;
    }

    private Transition with(@Nullable Change newChange, boolean back, Folding newFolding) {
        return new Transition(name, identified, event, newChange, discovery, back, newFolding, summary, job);
    }

    /** How many events are part of this one and have no notification of their own. */
    public long merged() {
        return (folding.suppressed > 0 ? folding.suppressed : folding.count) - 1L;
    }

    /** Whether a consumer's view of the state changes with it, or rests on it. */
    public boolean changesState() {
        return change == null
                ? event == null && summary == null && group() == EventKind.Group.STATE
                : change.from != domain().lifecycle().state();
    }

    /**
     * Whether the domain has to be checked again: libvirt reported something this version has no rule for, or the domain
     * migrated away and was still there when queried at once. libvirt undefines it then without another event.
     */
    public boolean needsRecheck() {
        boolean maybeGone =
                cause() == Cause.MIGRATED_OUT && domain().lifecycle().state() != DomainState.UNDEFINED;
        return origin() == Origin.EVENT && (cause() == Cause.UNKNOWN || maybeGone);
    }
}
