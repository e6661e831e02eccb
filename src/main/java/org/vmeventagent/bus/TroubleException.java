package org.vmeventagent.bus;

/** Carries a {@link Trouble}; without a stack trace, because the words are all there is to know. */
public final class TroubleException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Trouble trouble;

    TroubleException(Trouble trouble) {
        super(trouble.text(), null, false, false);
        this.trouble = trouble;
    }

    /** What it is about. */
    public Trouble trouble() {
        return trouble;
    }
}
