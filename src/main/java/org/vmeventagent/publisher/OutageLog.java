package org.vmeventagent.publisher;

import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells each reason of an outage once, however many attempts it takes. Belongs to the publisher's thread. */
final class OutageLog {
    private static final Logger log = LoggerFactory.getLogger(OutageLog.class);

    private final Set<BrokerProblem> reported = new HashSet<>();

    void failed(BrokerProblem problem) {
        boolean first = reported.isEmpty();
        if (!reported.add(problem)) {
            log.debug("Still no broker: {}", problem.text());
        } else if (problem.kind() == BrokerProblem.Kind.MISCONFIGURED) {
            log.error("The broker can't be used as it is configured; notifications wait in the outbox: {}", problem.text());
        } else if (first) {
            log.warn("No broker; notifications wait in the outbox: {}", problem.text());
        } else {
            log.info("Still no broker, now: {}", problem.text());
        }
    }

    void lost(BrokerProblem problem) {
        reported.add(problem);
        log.warn("Lost the broker; notifications wait in the outbox: {}", problem.text());
    }

    void ended(String broker, long sent, long confirmed, long waiting) {
        reported.clear();
        log.info("Connected to {}: {} sent and {} confirmed so far, {} waiting", broker, sent, confirmed, waiting);
    }
}
