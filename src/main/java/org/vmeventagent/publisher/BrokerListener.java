package org.vmeventagent.publisher;

/**
 * What a connection tells. Called on the connection's own thread, in the order in which the broker spoke; must return at
 * once.
 */
public interface BrokerListener {
    /** The broker answers for a message, or for all up to it. */
    void confirmed(BrokerChannel channel, long tag, boolean multiple);

    /** The broker has not taken a message, or all up to it. */
    void nacked(BrokerChannel channel, long tag, boolean multiple);

    /** No queue took a message. Comes before its confirm. */
    void returned(BrokerChannel channel, byte[] body, BrokerProblem problem);

    /** A route ended, the connection lives. */
    void channelClosed(BrokerChannel channel, BrokerProblem problem);

    /** The connection ended, and not by us. */
    void connectionClosed(BrokerProblem problem);

    /** The broker has no room and takes no more messages for now. */
    void blocked(String reason);

    /** It takes messages again. */
    void unblocked();
}
