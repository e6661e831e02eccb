package org.vmeventagent.bus;

import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells each reason of an outage once, however many attempts it takes. Belongs to the publisher's thread. */
final class Outage {
    private static final Logger log = LoggerFactory.getLogger(Outage.class);

    private final Set<Trouble> told = new HashSet<>();

    void failed(Trouble why) {
        boolean first = told.isEmpty();
        if (!told.add(why)) {
            log.debug("Still no broker: {}", why.text());
        } else if (why.kind() == Trouble.Kind.REFUSED) {
            log.error("The broker refuses us; notifications wait in the outbox: {}", why.text());
        } else if (first) {
            log.warn("No broker; notifications wait in the outbox: {}", why.text());
        } else {
            log.info("Still no broker, now: {}", why.text());
        }
    }

    void lost(Trouble why) {
        told.add(why);
        log.warn("Lost the broker; notifications wait in the outbox: {}", why.text());
    }

    void over(String broker, long sent, long confirmed, long waiting) {
        told.clear();
        log.info("Connected to {}: {} sent and {} confirmed so far, {} waiting", broker, sent, confirmed, waiting);
    }
}
