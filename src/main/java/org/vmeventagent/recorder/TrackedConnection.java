package org.vmeventagent.recorder;

import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.inventory.Inventory;
import org.vmeventagent.inventory.Origin;
import org.vmeventagent.inventory.Resync;
import org.vmeventagent.notification.AgentEvent;
import org.vmeventagent.notification.Hypervisor;
import org.vmeventagent.store.ConnectionRow;
import org.vmeventagent.time.Moment;

/**
 * All that is known of one connection URI: what it said of itself when it came up, how certain its domains are, the gap that
 * is open and the resync that closes it, and what of this outlives the run. Used by one thread.
 */
public final class TrackedConnection {
    static final String URI = "connection_uri";

    private final Set<UUID> certainSinceMiss = new HashSet<>();
    private LibvirtInput.@Nullable ConnectionUp lastUp;
    private int timesUp;
    private boolean up;
    private boolean awaitsListing;
    private boolean hostRebooted;
    private @Nullable Moment certainAt;
    private @Nullable Gap gap;
    private @Nullable Resync resync;
    private long nextListing;
    private ConnectionRow kept;

    /**
     * A time in which events may have been missed.
     *
     * @param from null where nobody knows
     */
    public record Gap(String reason, @Nullable Moment from) {}

    TrackedConnection(ConnectionRow kept) {
        this.kept = kept;
    }

    public String uri() {
        return kept.uri();
    }

    // Up and down.

    /** From now on a listing is to come; what was compared before doesn't count any more. */
    void up(LibvirtInput.ConnectionUp now) {
        lastUp = now;
        timesUp++;
        up = true;
        resync = null;
        awaitListing();
    }

    public void lost() {
        up = false;
        resync = null;
    }

    public boolean isUp() {
        return up;
    }

    /** Whether it came up once in this run. */
    public boolean isFirst() {
        return timesUp == 1;
    }

    boolean isCurrent(long generation) {
        return up && lastUp != null && lastUp.generation() == generation;
    }

    /** Whether the driver has no events. */
    public boolean isPolled() {
        return lastUp != null && lastUp.registered() == 0;
    }

    Hypervisor hypervisor() {
        return lastUp == null ? Hypervisor.UNKNOWN : new Hypervisor(lastUp.hypervisor(), lastUp.node());
    }

    /** The host's name without its domain, which comes and goes with the name service; empty where libvirt gives none. */
    String hostName() {
        return lastUp == null ? "" : lastUp.node().replaceFirst("\\..*", "").toLowerCase(Locale.ROOT);
    }

    /** To publish when it came up. */
    public AgentEvent connected(Moment at) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put(URI, uri());
        fields.put("reason", isFirst() ? "start" : "reconnect");
        fields.put("events_registered", lastUp == null ? 0 : lastUp.registered());
        return new AgentEvent("connected", false, at, fields);
    }

    /** To publish when it was lost. */
    public static AgentEvent disconnected(LibvirtInput.ConnectionLost lost, Moment at) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put(URI, lost.connectionUri());
        fields.put("reason", lost.reason());
        return new AgentEvent("disconnected", false, at, fields);
    }

    // How certain its domains are.

    /** Events may be missing: until the next listing, no answer closes a gap. */
    public void awaitListing() {
        awaitsListing = true;
        certainSinceMiss.clear();
    }

    public boolean awaitsListing() {
        return awaitsListing;
    }

    /** The listing has come. */
    public void listed() {
        awaitsListing = false;
    }

    /** All that happened until this moment was reported. */
    public void certain(Moment moment) {
        certainAt = moment;
    }

    public @Nullable Moment certainAt() {
        return certainAt;
    }

    /** An event has reported this domain's state, since events were missed last. */
    void certain(UUID domain) {
        certainSinceMiss.add(domain);
    }

    boolean isCertain(UUID domain) {
        return certainSinceMiss.contains(domain);
    }

    /** Whether the host was rebooted while the agent didn't run, and no listing was compared since. */
    boolean hostRebooted() {
        return hostRebooted;
    }

    void hostRebooted(boolean rebooted) {
        hostRebooted = rebooted;
    }

    /** Whether it leads to a host of another name than when its domains were last listed. */
    boolean hostNameChanged() {
        return !hostName().equals(kept.hostName());
    }

    // The gap and the resync.

    /** A gap that is open already stays: it began earlier. */
    public void openGap(String reason, @Nullable Moment from) {
        if (gap == null) {
            gap = new Gap(reason, from);
        }
    }

    void replaceGap(String reason, @Nullable Moment from) {
        gap = new Gap(reason, from);
    }

    public @Nullable Gap gap() {
        return gap;
    }

    /** Whether the open gap has this reason. */
    boolean hasGap(String reason) {
        return gap != null && gap.reason().equals(reason);
    }

    public void closeGap() {
        gap = null;
        certainSinceMiss.clear();
    }

    public @Nullable Resync resync() {
        return resync;
    }

    /** The resync that is under way, or a new one: what it has to check again already is checked in its time. */
    public Resync resync(Inventory inventory, Duration settle) {
        Resync current = resync;
        if (current == null) {
            current = isPolled()
                    ? new Resync(inventory, uri(), Origin.POLL, Duration.ZERO)
                    : new Resync(inventory, uri(), Origin.RESYNC, settle);
            resync = current;
        }
        return current;
    }

    public void endResync() {
        resync = null;
    }

    /** By {@link System#nanoTime}: when the next listing is due that nothing calls for. */
    long nextListing() {
        return nextListing;
    }

    void nextListing(long nanos) {
        nextListing = nanos;
    }

    // What outlives the run.

    ConnectionRow kept() {
        return kept;
    }

    void keep(ConnectionRow row) {
        kept = row;
    }

    /** Whether its domains were listed once, so that there is something to compare with. */
    public boolean seeded() {
        return kept.seeded();
    }

    public void seeded(boolean nowSeeded) {
        kept = kept.withSeeded(nowSeeded);
    }
}
