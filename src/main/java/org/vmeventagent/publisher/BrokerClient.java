package org.vmeventagent.publisher;

/**
 * The broker as the publisher sees it: opens a {@link Connection}, which opens a {@link Channel} for each routing key, and
 * reports to a {@link Listener} what comes back. {@code publisher.rabbitmq} is RabbitMQ behind it. Used by the publisher's
 * thread only, but for what says otherwise.
 */
public interface BrokerClient {
    /**
     * Tries every host once. Takes a bounded time per host, whatever its name server or the host itself does.
     *
     * @param listener gets everything that happens on the connection, on the connection's own thread, until it is closed
     * @param progressed called between two hosts
     */
    Connection open(Listener listener, Runnable progressed) throws BrokerException, InterruptedException;

    /** An open connection. {@link #cut} and {@link #isOutdated} may be called by any thread. */
    interface Connection extends AutoCloseable {
        /** The broker and the exchange, for a log line. */
        String name();

        /** Whether it still lives, as far as this side knows. */
        boolean isOpen();

        /** Whether another configuration counts by now than the one it was opened with. Any thread. */
        boolean isOutdated();

        /**
         * Makes sure that a message with this key reaches a queue, as far as the configuration lets us, and opens a channel.
         * Called again after a return or a nack, too.
         */
        Channel openChannel(String key) throws BrokerException;

        /** Ends it politely; waits for the broker a bounded time. */
        @Override
        void close();

        /** Ends it at once, whatever another thread waits for on it. Any thread. */
        void cut();
    }

    /** A channel of one routing key, with publisher confirms. */
    interface Channel extends AutoCloseable {
        /**
         * Publishes one message, mandatory and persistent.
         *
         * @return its delivery tag: counts from 1 on each channel
         */
        long publish(byte[] body) throws BrokerException;

        /** Ends this channel alone; what was not confirmed counts as not sent. */
        @Override
        void close();
    }

    /** Gets what the broker says, on the connection's own thread, in the broker's order; must return at once. */
    interface Listener {
        /** {@code basic.ack}: the broker answers for a message, or for all up to it. */
        void confirmed(Channel channel, long tag, boolean multiple);

        /** {@code basic.nack}: the broker has not taken a message, or all up to it. */
        void nacked(Channel channel, long tag, boolean multiple);

        /** {@code basic.return}: no queue took a message. Comes before its confirm. */
        void returned(Channel channel, byte[] body, BrokerProblem problem);

        /** A channel ended, the connection lives. */
        void channelClosed(Channel channel, BrokerProblem problem);

        /** The connection ended, and not by us. */
        void connectionClosed(BrokerProblem problem);

        /** {@code connection.blocked}: the broker has no room and takes no more messages for now. */
        void blocked(String reason);

        /** {@code connection.unblocked}: it takes messages again. */
        void unblocked();
    }
}
