package org.vmeventagent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.EventQueue;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.notification.AgentEvent;
import org.vmeventagent.notification.Hypervisor;
import org.vmeventagent.notification.NotificationIds;
import org.vmeventagent.recorder.LibvirtQueries;
import org.vmeventagent.time.Moment;

/** What the view shows of what no event tells, against answers as libvirt would give them. */
@Timeout(60)
class LiveViewTest {
    private static final String URI = "qemu:///system";
    private static final UUID DOMAIN = UUID.fromString("6f5b7a1e-0c1d-4f6e-9d0a-1b2c3d4e5f60");
    private static final int RUNNING = 1;
    private static final int SHUTOFF = 5;

    private final EventQueue queue = new EventQueue(100);
    private final Map<UUID, DomainListing.ListedDomain> currentState = new ConcurrentHashMap<>();
    private final List<String> shown = new ArrayList<>();
    private long generation;

    private final LiveView view = new LiveView(
            queue,
            new LibvirtQueries() {
                @Override
                public void list(String connectionUri) {
                    queue.put(listing());
                }

                @Override
                public void query(String connectionUri, UUID uuid) {
                    queue.put(new LibvirtInput.DomainRecheck(URI, generation, uuid, currentState.get(uuid)));
                }
            },
            new LiveView.Sink() {
                @Override
                public void show(Transition transition, Hypervisor hypervisor, NotificationIds ids) {
                    shown.add(transition.name() + " " + transition.origin().text());
                }

                @Override
                public void showAgentEvent(AgentEvent event, Hypervisor hypervisor, NotificationIds ids) {
                    shown.add(event.name() + " " + event.fields().get("reason"));
                }
            });

    @Test
    void aDriverWithoutEventsIsComparedWithWhatItListedBefore() throws Exception {
        is(RUNNING, 7);
        connect(0);
        queue.put(listing());
        is(SHUTOFF, -1);
        queue.put(listing());
        runUntilShown(2);
        assertEquals(List.of("connected start", "stopped poll"), shown);
    }

    @Test
    void aLossIsReportedAndWhatHappenedMeanwhileIsFound() throws Exception {
        is(RUNNING, 7);
        connect(27);
        queue.put(listing());
        queue.put(new LibvirtInput.ConnectionLost(URI, generation, "eof", Moment.now()));
        is(SHUTOFF, -1);
        connect(27);
        queue.put(listing());
        runUntilShown(4);
        assertEquals(List.of("connected start", "disconnected eof", "connected reconnect", "stopped resync"), shown);
    }

    @Test
    void anOverflowIsReportedAndWhatIsMissingIsFound() throws Exception {
        is(RUNNING, 7);
        connect(27);
        queue.put(listing());
        runUntilShown(1);
        is(SHUTOFF, -1);
        queue.put(new LibvirtInput.Overflow(3));
        runUntilShown(3);
        assertEquals(List.of("connected start", "stopped resync", "gap overflow"), shown);
    }

    private void runUntilShown(int lines) throws InterruptedException {
        view.runUntil(() -> shown.size() >= lines);
    }

    private void connect(int registered) {
        generation++;
        queue.put(new LibvirtInput.ConnectionUp(URI, generation, "QEMU", "node", registered));
    }

    private DomainListing listing() {
        return new DomainListing(URI, generation, Moment.now(), List.copyOf(currentState.values()));
    }

    private void is(int state, int id) {
        currentState.put(
                DOMAIN, new DomainListing.ListedDomain(DOMAIN, "vm", id, state, 1, true, false, 0, null, Moment.now()));
    }
}
