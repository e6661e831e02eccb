package org.vmeventagent.agent;

import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.libvirt.ConnectionListener;

/** Says {@code Ready}, to the log and to who asked, once the first attempt on every connection is over. Any thread. */
final class Readiness {
    private static final Logger log = LoggerFactory.getLogger(Readiness.class);

    private final AtomicInteger open;
    private final AtomicInteger subscribed = new AtomicInteger();
    private final int connections;
    private final Runnable ready;

    Readiness(int connections, Runnable ready) {
        this.connections = connections;
        this.ready = ready;
        this.open = new AtomicInteger(connections);
    }

    /** @param uri without credentials */
    ConnectionListener of(String uri) {
        AtomicBoolean first = new AtomicBoolean(true);
        return new ConnectionListener() {
            @Override
            public void subscribed(String shownUri, int registered, OptionalInt domains) {
                if (first.getAndSet(false)) {
                    subscribed.incrementAndGet();
                    attempted();
                }
            }

            @Override
            public void failed(String shownUri, String reason) {
                if (first.getAndSet(false)) {
                    attempted();
                }
            }

            @Override
            public String toString() {
                return "Readiness of " + uri;
            }
        };
    }

    private void attempted() {
        if (open.decrementAndGet() == 0) {
            log.info("Ready: {} of {} connections subscribed", subscribed.get(), connections);
            ready.run();
        }
    }
}
