package org.vmeventagent.rig;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.EventQueue;
import org.vmeventagent.event.LibvirtInput;

/** Reads a queue and keeps all it ever gave; used by one thread. */
public final class QueueRecord {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final EventQueue queue = new EventQueue(100_000);
    private final List<LibvirtInput> all = new ArrayList<>();

    public EventQueue queue() {
        return queue;
    }

    /** All that was read so far. */
    public List<LibvirtInput> all() {
        return List.copyOf(all);
    }

    /** Forgets what was read and what waits. */
    public void clear() {
        read(Duration.ZERO);
        all.clear();
    }

    /** Waits for the first of this type that fits, among those already read too. */
    public <T extends LibvirtInput> T await(Class<T> type, Predicate<T> fits) {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        int from = 0;
        while (true) {
            for (; from < all.size(); from++) {
                LibvirtInput input = all.get(from);
                if (type.isInstance(input) && fits.test(type.cast(input))) {
                    return type.cast(input);
                }
            }
            Duration left = Duration.ofNanos(deadline - System.nanoTime());
            if (left.isNegative()) {
                throw new AssertionError("no " + type.getSimpleName() + " that fits among " + all);
            }
            read(left);
        }
    }

    public <T extends LibvirtInput> T await(Class<T> type) {
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
                .filter(input ->
                        input instanceof DomainEvent event && event.uuid().equals(uuid))
                .map(input -> text((DomainEvent) input))
                .toList();
    }

    private static String text(DomainEvent event) {
        return event.type() == null || event.detail() == null
                ? event.kind().libvirtName()
                : event.type().name() + "/" + event.detail().name();
    }

    private void read(Duration wait) {
        try {
            List<LibvirtInput> taken = queue.take(1000, Math.max(0, wait.toMillis()), TimeUnit.MILLISECONDS);
            all.addAll(taken);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
