package org.vmeventagent.publisher.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.publisher.BrokerException;
import org.vmeventagent.publisher.BrokerProblem;
import org.vmeventagent.publisher.rabbitmq.RabbitConfig.DeclareMode;

/**
 * Makes sure that a routing key leads from our exchange to the queue of the same name.
 *
 * <p>An exchange that exists is taken as it is, and nothing that belongs to others is created unless {@link DeclareMode#FULL}
 * says so: then a queue must be as the configuration has it, and the broker says what differs. Every question runs on a
 * channel of its own, because the broker closes a channel with each refusal. Belongs to the publisher's thread.
 */
final class Topology {
    private static final Logger log = LoggerFactory.getLogger(Topology.class);

    private final RabbitConfig config;
    private final ErrorMessages errorMessages;

    Topology(RabbitConfig config, ErrorMessages errorMessages) {
        this.config = config;
        this.errorMessages = errorMessages;
    }

    /** Checks or makes exchange, queue and binding of one key. */
    void prepare(Connection connection, String key) throws BrokerException {
        switch (config.declare()) {
            case NONE -> {}
            case PASSIVE -> {
                needExchange(connection);
                needQueue(connection, key);
            }
            case BIND -> {
                makeExchange(connection);
                needQueue(connection, key);
                bind(connection, key);
            }
            case FULL -> {
                makeExchange(connection);
                makeQueue(connection, key);
                bind(connection, key);
            }
        }
    }

    /** What is there of all that {@link #prepare} needs, and what it would make; asks only. */
    List<BrokerProbe.Part> look(Connection connection, List<String> keys) {
        boolean makesExchange = config.declare() == DeclareMode.BIND || config.declare() == DeclareMode.FULL;
        List<BrokerProbe.Part> parts = new ArrayList<>();
        parts.add(part(
                () -> needExchange(connection),
                "there is the " + errorMessages.exchange(),
                makesExchange
                        ? "there is no " + errorMessages.exchange() + ", and the agent makes it: topic, durable="
                                + config.queueArguments().durable()
                        : ""));
        for (String key : keys) {
            String queue = "queue " + key;
            String bound = makesExchange
                    ? ", and the agent binds it with the key " + key
                    : ", and whether it is bound can't be seen";
            parts.add(part(
                    () -> needQueue(connection, key),
                    "there is the " + queue + bound,
                    config.declare() == DeclareMode.FULL
                            ? "there is no " + queue + ", and the agent makes it, durable="
                                    + config.queueArguments().durable() + ", and binds it with the key " + key
                            : ""));
        }
        return parts;
    }

    private interface Look {
        void ask() throws BrokerException;
    }

    /** @param made what {@link #prepare} does where it is missing; empty where it waits */
    private static BrokerProbe.Part part(Look look, String there, String made) {
        try {
            look.ask();
            return new BrokerProbe.Part(there, null);
        } catch (BrokerException e) {
            boolean missing = e.problem().kind() == BrokerProblem.Kind.UNROUTABLE;
            return missing && !made.isEmpty()
                    ? new BrokerProbe.Part(made, null)
                    : new BrokerProbe.Part("", e.problem());
        }
    }

    private void needExchange(Connection connection) throws BrokerException {
        try {
            query(connection, channel -> channel.exchangeDeclarePassive(config.exchange()));
        } catch (IOException e) {
            if (code(e) == AMQP.NOT_FOUND) {
                throw errorMessages.missingExchange().asException();
            }
            throw errorMessages.of(e).asException();
        }
    }

    private void makeExchange(Connection connection) throws BrokerException {
        try {
            needExchange(connection);
            return;
        } catch (BrokerException e) {
            if (e.problem().kind() != BrokerProblem.Kind.UNROUTABLE) {
                throw e;
            }
        }
        try {
            query(
                    connection,
                    channel -> channel.exchangeDeclare(
                            config.exchange(),
                            BuiltinExchangeType.TOPIC,
                            config.queueArguments().durable(),
                            config.queueArguments().autoDelete(),
                            Map.of()));
            log.info("Created the {}", errorMessages.exchange());
        } catch (IOException e) {
            if (code(e) != AMQP.PRECONDITION_FAILED) {
                throw errorMessages.of(e).asException();
            }
            needExchange(connection); // another agent was quicker, with another idea: taken as it is
        }
    }

    private void needQueue(Connection connection, String key) throws BrokerException {
        try {
            query(connection, channel -> channel.queueDeclarePassive(key));
        } catch (IOException e) {
            if (code(e) == AMQP.NOT_FOUND) {
                throw errorMessages.missingQueue(key).asException();
            }
            throw errorMessages.of(e).asException();
        }
    }

    private void makeQueue(Connection connection, String key) throws BrokerException {
        QueueArguments queueArguments = config.queueArguments();
        try {
            query(
                    connection,
                    channel -> channel.queueDeclare(
                            key,
                            queueArguments.durable(),
                            false,
                            queueArguments.autoDelete(),
                            queueArguments.arguments()));
        } catch (IOException e) {
            throw errorMessages.of(e).asException();
        }
    }

    private void bind(Connection connection, String key) throws BrokerException {
        try {
            query(connection, channel -> channel.queueBind(key, config.exchange(), key));
        } catch (IOException e) {
            throw errorMessages.of(e).asException();
        }
    }

    private interface Question {
        void send(Channel channel) throws IOException;
    }

    private static void query(Connection connection, Question question) throws IOException {
        Channel channel = connection.openChannel().orElseThrow(() -> new IOException("no channel is free"));
        try {
            question.send(channel);
        } finally {
            quit(channel);
        }
    }

    /** Closes a channel that may be closed already, and whose end is of no interest. */
    static void quit(Channel channel) {
        try {
            if (channel.isOpen()) {
                channel.close();
            }
        } catch (IOException | TimeoutException | ShutdownSignalException e) {
            log.debug("A channel ended by itself: {}", e.getMessage());
        }
    }

    private static int code(IOException e) {
        return e.getCause() instanceof ShutdownSignalException closed
                        && closed.getReason() instanceof AMQP.Channel.Close reason
                ? reason.getReplyCode()
                : 0;
    }
}
