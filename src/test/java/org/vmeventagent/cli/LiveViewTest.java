package org.vmeventagent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.event.Heard;
import org.vmeventagent.event.HeardQueue;
import org.vmeventagent.event.Snapshot;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.notification.AgentNews;
import org.vmeventagent.notification.Hypervisor;
import org.vmeventagent.notification.Stamp;
import org.vmeventagent.recorder.Questions;
import org.vmeventagent.time.Moment;

/** What the view shows of what no event tells, against answers as libvirt would give them. */
@Timeout(60)
class LiveViewTest {
    private static final String URI = "qemu:///system";
    private static final UUID DOMAIN = UUID.fromString("6f5b7a1e-0c1d-4f6e-9d0a-1b2c3d4e5f60");
    private static final int RUNNING = 1;
    private static final int SHUTOFF = 5;

    private final HeardQueue queue = new HeardQueue(100);
    private final Map<UUID, Snapshot.Seen> truth = new ConcurrentHashMap<>();
    private final List<String> shown = new ArrayList<>();
    private long generation;

    private final LiveView view = new LiveView(
            queue,
            new Questions() {
                @Override
                public void list(String connectionUri) {
                    queue.put(listing());
                }

                @Override
                public void ask(String connectionUri, UUID uuid) {
                    queue.put(new Heard.Answer(URI, generation, uuid, truth.get(uuid)));
                }
            },
            new LiveView.Sink() {
                @Override
                public void show(Transition transition, Hypervisor hypervisor, Stamp stamp) {
                    shown.add(transition.name() + " " + transition.origin().text());
                }

                @Override
                public void tell(AgentNews news, Hypervisor hypervisor, Stamp stamp) {
                    shown.add(news.name() + " " + news.fields().get("reason"));
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
    void aLossIsToldAndWhatHappenedMeanwhileIsFound() throws Exception {
        is(RUNNING, 7);
        connect(27);
        queue.put(listing());
        queue.put(new Heard.ConnectionLost(URI, generation, "eof", Moment.now()));
        is(SHUTOFF, -1);
        connect(27);
        queue.put(listing());
        runUntilShown(4);
        assertEquals(List.of("connected start", "disconnected eof", "connected reconnect", "stopped resync"), shown);
    }

    @Test
    void anOverflowIsToldAndWhatIsMissingIsFound() throws Exception {
        is(RUNNING, 7);
        connect(27);
        queue.put(listing());
        runUntilShown(1);
        is(SHUTOFF, -1);
        queue.put(new Heard.Overflow(3));
        runUntilShown(3);
        assertEquals(List.of("connected start", "stopped resync", "gap overflow"), shown);
    }

    private void runUntilShown(int lines) throws InterruptedException {
        view.runUntil(() -> shown.size() >= lines);
    }

    private void connect(int registered) {
        generation++;
        queue.put(new Heard.ConnectionUp(URI, generation, "QEMU", "node", registered));
    }

    private Snapshot listing() {
        return new Snapshot(URI, generation, Moment.now(), List.copyOf(truth.values()));
    }

    private void is(int state, int id) {
        truth.put(DOMAIN, new Snapshot.Seen(DOMAIN, "vm", id, state, 1, true, false, 0, null, Moment.now()));
    }
}
