package org.vmeventagent.publisher.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.publisher.BrokerException;
import org.vmeventagent.publisher.BrokerProblem;

/**
 * A copy of what is published on the exchange, from now on. It comes by a queue of its own, which ends with the connection:
 * no other consumer misses a message. Declares nothing else, also not the exchange.
 *
 * <p>The queue is bounded: while nobody takes, the broker drops the oldest. Here are {@value #PREFETCH} messages at most.
 * Used by one thread.
 */
public final class NotificationQueue implements AutoCloseable {
    private static final String NAME = "vm-event-agent-tail-";
    private static final int PREFETCH = 100;
    private static final int MAX_LENGTH = 10_000;
    private static final int MAX_BYTES = 16 << 20;

    @SuppressWarnings("ArrayRecordComponent") // handed on as it is, never compared
    private record Message(long tag, byte[] body) {}

    private final RabbitConnection connection;
    private final Channel channel;
    private final ErrorMessages errorMessages;
    private final Listener listener;
    private final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
    private long taken;

    private NotificationQueue(
            RabbitConnection connection, Channel channel, ErrorMessages errorMessages, Listener listener) {
        this.connection = connection;
        this.channel = channel;
        this.errorMessages = errorMessages;
        this.listener = listener;
    }

    /**
     * Connects, as the publisher does, and subscribes.
     *
     * @param topics whose notifications of both priorities come
     * @throws BrokerException in words for an operator, also where there is no such exchange
     */
    public static NotificationQueue open(RabbitConfig config, List<String> topics)
            throws BrokerException, InterruptedException {
        return open(config, topics, MAX_LENGTH);
    }

    static NotificationQueue open(RabbitConfig config, List<String> topics, int maxLength)
            throws BrokerException, InterruptedException {
        ErrorMessages errorMessages = new ErrorMessages(config);
        Listener listener = new Listener();
        RabbitConnection connection = new RabbitClient(config).connect(listener, () -> {});
        try {
            Channel channel =
                    connection.client().openChannel().orElseThrow(() -> new IOException("no channel is free"));
            NotificationQueue queue = new NotificationQueue(connection, channel, errorMessages, listener);
            queue.subscribe(config.exchange(), topics, maxLength);
            return queue;
        } catch (IOException | AlreadyClosedException e) {
            connection.close();
            throw problem(e, errorMessages).asException();
        }
    }

    private void subscribe(String exchange, List<String> topics, int maxLength) throws IOException {
        channel.exchangeDeclarePassive(exchange);
        String name = NAME + UUID.randomUUID();
        channel.queueDeclare(
                name,
                false,
                true,
                true,
                Map.of(
                        "x-queue-type",
                        "classic",
                        "x-max-length",
                        maxLength,
                        "x-max-length-bytes",
                        MAX_BYTES,
                        "x-overflow",
                        "drop-head"));
        for (String topic : topics) {
            for (String priority : List.of("info", "error")) {
                channel.queueBind(name, exchange, topic + '.' + priority);
            }
        }
        channel.basicQos(PREFETCH);
        channel.basicConsume(name, false, new DefaultConsumer(channel) {
            @Override
            public void handleDelivery(
                    String consumerTag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
                messages.add(new Message(envelope.getDeliveryTag(), body));
            }

            @Override
            public void handleCancel(String consumerTag) {
                listener.problem =
                        new BrokerProblem(BrokerProblem.Kind.UNREACHABLE, "the broker has deleted the queue");
            }
        });
    }

    private static BrokerProblem problem(Exception thrown, ErrorMessages errorMessages) {
        if (thrown.getCause() instanceof ShutdownSignalException closed
                && closed.getReason() instanceof AMQP.Channel.Close reason) {
            if (reason.getReplyCode() == AMQP.NOT_FOUND) {
                return new BrokerProblem(
                        BrokerProblem.Kind.UNROUTABLE,
                        "there is no " + errorMessages.exchange() + ": no agent has published there; check the virtual"
                                + " host in the transport_url, and [notifications] exchange");
            }
            if (reason.getReplyCode() == AMQP.ACCESS_REFUSED) {
                return new BrokerProblem(
                        BrokerProblem.Kind.MISCONFIGURED,
                        reason.getReplyText() + "; the user needs configure, write and read on " + NAME
                                + "*, and read on the exchange (rabbitmqctl set_permissions)");
            }
        }
        return errorMessages.of(thrown);
    }

    /** The broker and the exchange, for people. */
    public String name() {
        return connection.name();
    }

    /**
     * The body of the next message; null where none came in time. The broker then takes those before for done.
     *
     * @throws BrokerException once the connection has ended
     */
    public byte @Nullable [] take(Duration timeout) throws BrokerException, InterruptedException {
        BrokerProblem problem = listener.problem;
        if (problem != null) {
            throw problem.asException();
        }
        if (taken > 0) {
            acknowledge();
        }
        Message message = messages.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
        if (message == null) {
            return null;
        }
        taken = message.tag();
        return message.body();
    }

    private void acknowledge() throws BrokerException {
        try {
            channel.basicAck(taken, true);
            taken = 0;
        } catch (IOException | AlreadyClosedException e) {
            throw errorMessages.of(e).asException();
        }
    }

    /** Ends the connection, and with it the queue. */
    @Override
    public void close() {
        connection.close();
    }

    /** What ends it; written by the connection's thread. */
    private static final class Listener extends ReadingListener {
        private volatile @Nullable BrokerProblem problem;

        @Override
        public void connectionClosed(BrokerProblem why) {
            problem = why;
        }
    }
}
