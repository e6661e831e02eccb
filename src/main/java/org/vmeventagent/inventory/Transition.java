package org.vmeventagent.inventory;

import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.time.Moment;

/**
 * What there is to tell about one domain: an event joined with what was known.
 *
 * @param name the last part of the event_type: a lifecycle type, a kind's wire name, {@code exists} or {@code removed}
 * @param group the kind of a consumer's filter
 * @param domain the domain after it
 * @param event as libvirt told it; null when it was found by comparison
 * @param oldState null where it is no transition (a guest's reboot, an audit)
 * @param cause null where it is no transition
 * @param error whether the transition is a fault
 * @param source where the domain's identity comes from
 * @param freshMetadata the metadata text to keep, where it was read now; empty when there is none any more
 * @param observedAt when the agent saw it
 * @param windowStart of a transition found by comparison: it lies between this and {@code observedAt}
 * @param removal only with {@code removed}: why the domain is gone
 * @param returned whether it takes back a {@code removed}: the first that says that the domain exists again
 * @param count of equal events folded into this one; 1 for none
 * @param suppressed surplus events this one stands for; 0 for none
 */
public record Transition(
        String name,
        EventKind.Group group,
        KnownDomain domain,
        @Nullable DomainEvent event,
        @Nullable DomainState oldState,
        @Nullable Cause cause,
        boolean error,
        Origin origin,
        MetadataSource source,
        @Nullable String freshMetadata,
        Moment observedAt,
        @Nullable Moment windowStart,
        KnownDomain.Removal.@Nullable Reason removal,
        boolean returned,
        int count,
        int suppressed) {

    /** The same, standing for this many events that were heard as one. */
    public Transition counted(int times) {
        return with(oldState, removal, returned, times, suppressed);
    }

    /** The same, standing for this many surplus ones, itself among them. */
    public Transition foldedCount(int surplus) {
        return with(oldState, removal, returned, count, surplus);
    }

    /** The same, beginning at the state an earlier one began with. */
    public Transition foldedOnto(Transition earlier) {
        return with(earlier.oldState, removal, returned || earlier.returned, count, suppressed);
    }

    /** The same, for this reason. */
    Transition removedBy(KnownDomain.Removal.Reason reason) {
        return with(oldState, reason, returned, count, suppressed);
    }

    /** The same, which may take back a {@code removed} that was told before. */
    Transition after(KnownDomain before) {
        boolean exists = domain.lifecycle().state() != DomainState.UNDEFINED;
        return before.isTombstone() && exists ? with(oldState, removal, true, count, suppressed) : this;
    }

    private Transition with(
            @Nullable DomainState from,
            KnownDomain.Removal.@Nullable Reason reason,
            boolean back,
            int times,
            int surplus) {
        return new Transition(
                name,
                group,
                domain,
                event,
                from,
                cause,
                error,
                origin,
                source,
                freshMetadata,
                observedAt,
                windowStart,
                reason,
                back,
                times,
                surplus);
    }

    /** How many events are part of this one and have no notification of their own. */
    public long merged() {
        return (suppressed > 0 ? suppressed : count) - 1L;
    }

    /** Whether a consumer's view of the state changes with it, or rests on it. */
    public boolean changesState() {
        return oldState == null
                ? event == null && group == EventKind.Group.STATE
                : oldState != domain.lifecycle().state();
    }

    /**
     * Whether the domain has to be asked about: libvirt said something this version has no rule for, or the domain
     * migrated away and was still there when asked at once. libvirt undefines it then without another event.
     */
    public boolean needsRecheck() {
        boolean maybeGone = cause == Cause.MIGRATED_OUT && domain.lifecycle().state() != DomainState.UNDEFINED;
        return origin == Origin.EVENT && (cause == Cause.UNKNOWN || maybeGone);
    }
}
