package org.vmeventagent.bus.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.vmeventagent.bus.Link;
import org.vmeventagent.bus.Route;
import org.vmeventagent.bus.Signals;
import org.vmeventagent.bus.TroubleException;

/** An open connection. */
final class AmqpLink implements Link {
    private static final int GOODBYE_MS = 2000;

    private final Connection connection;
    private final AmqpConfig config;
    private final Hints hints;
    private final Topology topology;
    private final Signals signals;
    private final Socketry sockets;
    private final String name;
    private final BooleanSupplier outdated;

    /** @param outdated whether another configuration counts by now */
    AmqpLink(
            Connection connection,
            AmqpConfig config,
            Hints hints,
            Signals signals,
            Socketry sockets,
            Broker broker,
            BooleanSupplier outdated) {
        this.outdated = outdated;
        this.connection = connection;
        this.config = config;
        this.hints = hints;
        this.topology = new Topology(config, hints);
        this.signals = signals;
        this.sockets = sockets;
        this.name = broker.address() + ", " + hints.exchange();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean isOpen() {
        return connection.isOpen();
    }

    @Override
    public boolean isOutdated() {
        return outdated.getAsBoolean();
    }

    @Override
    public Route route(String key) throws TroubleException {
        try {
            topology.prepare(connection, key);
            return AmqpRoute.open(connection, config.exchange(), key, hints, signals);
        } catch (IOException | AlreadyClosedException e) {
            throw hints.of(e).asException();
        }
    }

    @Override
    public void close() {
        if (connection.isOpen()) {
            connection.abort(AMQP.REPLY_SUCCESS, "the agent stops", GOODBYE_MS);
        }
        sockets.cut();
    }

    @Override
    public void cut() {
        sockets.cut();
    }
}
