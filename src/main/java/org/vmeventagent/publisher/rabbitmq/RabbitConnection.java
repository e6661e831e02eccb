package org.vmeventagent.publisher.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.vmeventagent.publisher.BrokerChannel;
import org.vmeventagent.publisher.BrokerConnection;
import org.vmeventagent.publisher.BrokerException;
import org.vmeventagent.publisher.BrokerListener;

/** An open connection. */
final class RabbitConnection implements BrokerConnection {
    private static final int GOODBYE_MS = 2000;

    private final Connection connection;
    private final RabbitConfig config;
    private final ErrorMessages errorMessages;
    private final Topology topology;
    private final BrokerListener listener;
    private final ConnectionSocket sockets;
    private final String name;
    private final BooleanSupplier outdated;

    /** @param outdated whether another configuration counts by now */
    RabbitConnection(
            Connection connection,
            RabbitConfig config,
            ErrorMessages errorMessages,
            BrokerListener listener,
            ConnectionSocket sockets,
            RabbitHost host,
            BooleanSupplier outdated) {
        this.outdated = outdated;
        this.connection = connection;
        this.config = config;
        this.errorMessages = errorMessages;
        this.topology = new Topology(config, errorMessages);
        this.listener = listener;
        this.sockets = sockets;
        this.name = host.address() + ", " + errorMessages.exchange();
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
    public BrokerChannel openChannel(String key) throws BrokerException {
        try {
            topology.prepare(connection, key);
            return RabbitChannel.open(connection, config.exchange(), key, errorMessages, listener);
        } catch (IOException | AlreadyClosedException e) {
            throw errorMessages.of(e).asException();
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
