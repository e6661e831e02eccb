package org.vmeventagent.bus;

/**
 * What a connection tells. Called on the connection's own thread, in the order in which the broker spoke; must return at
 * once.
 */
public interface Signals {
    /** The broker answers for a message, or for all up to it. */
    void confirmed(Route route, long tag, boolean multiple);

    /** The broker has not taken a message, or all up to it. */
    void refused(Route route, long tag, boolean multiple);

    /** No queue took a message. Comes before its confirm. */
    void returned(Route route, byte[] body, Trouble why);

    /** A route ended, the connection lives. */
    void routeClosed(Route route, Trouble why);

    /** The connection ended, and not by us. */
    void linkClosed(Trouble why);

    /** The broker has no room and takes no more messages for now. */
    void blocked(String reason);

    /** It takes messages again. */
    void unblocked();
}
