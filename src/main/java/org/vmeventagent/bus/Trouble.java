package org.vmeventagent.bus;

/**
 * Why the bus doesn't take something, in words for an operator. Never holds a password.
 *
 * @param text one line: what, where, and what helps
 */
public record Trouble(Kind kind, String text) {
    /** What it asks for. */
    public enum Kind {
        /** The broker can't be reached, or went: it comes back by itself. */
        AWAY,
        /** Nothing takes messages of a key yet: a collector that starts cures it. */
        MISSING,
        /** The broker refuses: an operator must change a setting here or there. */
        REFUSED
    }

    /** As something to throw. */
    public TroubleException asException() {
        return new TroubleException(this);
    }
}
