package org.vmeventagent.publisher;

/**
 * Why the bus doesn't take something, in words for an operator. Never holds a password.
 *
 * @param text one line: what, where, and what helps
 */
public record BrokerProblem(Kind kind, String text) {
    /** What it asks for. */
    public enum Kind {
        /** The broker can't be reached, or went: it comes back by itself. */
        UNREACHABLE,
        /** Nothing takes messages of a key yet: a collector that starts cures it. */
        UNROUTABLE,
        /** The broker refuses: an operator must change a setting here or there. */
        MISCONFIGURED
    }

    /** As something to throw. */
    public BrokerException asException() {
        return new BrokerException(this);
    }
}
