package org.vmeventagent.rig;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.Heard;
import org.vmeventagent.event.HeardQueue;

/** Reads a queue and keeps all it ever gave; used by one thread. */
public final class HeardRecord {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HeardQueue queue = new HeardQueue(100_000);
    private final List<Heard> all = new ArrayList<>();

    public HeardQueue queue() {
        return queue;
    }

    /** All that was read so far. */
    public List<Heard> all() {
        return List.copyOf(all);
    }

    /** Forgets what was read and what waits. */
    public void clear() {
        read(Duration.ZERO);
        all.clear();
    }

    /** Waits for the first of this type that fits, among those already read too. */
    public <T extends Heard> T await(Class<T> type, Predicate<T> fits) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        int from = 0;
        while (true) {
            for (; from < all.size(); from++) {
                Heard heard = all.get(from);
                if (type.isInstance(heard) && fits.test(type.cast(heard))) {
                    return type.cast(heard);
                }
            }
            Duration left = Duration.ofNanos(deadline - System.nanoTime());
            if (left.isNegative()) {
                throw new AssertionError("no " + type.getSimpleName() + " that fits among " + all);
            }
            read(left);
        }
    }

    public <T extends Heard> T await(Class<T> type) {
        return await(type, any -> true);
    }

    /** Waits for a lifecycle event, {@code stopped} and {@code destroyed} for example. */
    public DomainEvent awaitLifecycle(UUID uuid, String type, String detail) {
        return await(DomainEvent.class, event -> event.uuid().equals(uuid) && event.is(type, detail));
    }

    public DomainEvent awaitKind(UUID uuid, EventKind kind) {
        return await(DomainEvent.class, event -> event.uuid().equals(uuid) && event.kind() == kind);
    }

    /** What was read of a domain, in short: {@code stopped/destroyed}, {@code reboot}. */
    public List<String> sequence(UUID uuid) {
        return all.stream()
                .filter(heard ->
                        heard instanceof DomainEvent event && event.uuid().equals(uuid))
                .map(heard -> text((DomainEvent) heard))
                .toList();
    }

    private static String text(DomainEvent event) {
        return event.type() == null || event.detail() == null
                ? event.kind().libvirtName()
                : event.type().name() + "/" + event.detail().name();
    }

    private void read(Duration wait) {
        try {
            List<Heard> taken = queue.take(1000, Math.max(0, wait.toMillis()), TimeUnit.MILLISECONDS);
            all.addAll(taken);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
