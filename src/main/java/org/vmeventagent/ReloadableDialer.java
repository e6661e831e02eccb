package org.vmeventagent;

import org.jspecify.annotations.Nullable;
import org.vmeventagent.bus.Dialer;
import org.vmeventagent.bus.Link;
import org.vmeventagent.bus.Signals;
import org.vmeventagent.bus.TroubleException;
import org.vmeventagent.bus.amqp.AmqpConfig;
import org.vmeventagent.bus.amqp.AmqpDialer;

/** Opens each connection to the broker with the credentials and certificates that are configured by then. */
final class ReloadableDialer implements Dialer {
    private volatile @Nullable AmqpConfig config;

    ReloadableDialer(@Nullable AmqpConfig config) {
        this.config = config;
    }

    /**
     * From the next connection on; null keeps what there is. One thread at a time.
     *
     * @return whether that is something else than before
     */
    boolean use(@Nullable AmqpConfig changed) {
        if (changed == null || changed.equals(config)) {
            return false;
        }
        config = changed;
        return true;
    }

    @Override
    public Link open(Signals signals) throws TroubleException {
        AmqpConfig now = config;
        if (now == null) {
            throw new IllegalStateException("no driver needs a broker");
        }
        return new AmqpDialer(now).open(signals);
    }
}
