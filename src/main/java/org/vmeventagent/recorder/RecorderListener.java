package org.vmeventagent.recorder;

import org.vmeventagent.store.OutboxRow;

/** What the recorder reports while it works. Called on its thread: return at once, throw nothing. */
public interface RecorderListener {
    /** Listens to nothing. */
    RecorderListener NONE = new RecorderListener() {};

    /** A notification was recorded. */
    default void recorded(OutboxRow row) {}

    /** Something was heard that the filter keeps from being published. */
    default void filtered() {}

    /** Something was heard that could not be made into a notification; it is lost, the next is not. */
    default void malformed(String kind) {}

    /** The queue was full: this many events are missing. */
    default void overflowed(long dropped) {}

    /** The outbox, or what is held in memory, was beyond its bounds: this many notifications were given up unsent. */
    default void dropped(long rows) {}

    /** An event went on without the answer to its look-up. */
    default void lookupLate() {}

    /** A commit failed; it is tried again. */
    default void commitFailed() {}

    /** The recorder has ended by itself and records nothing any more: the process must be started anew. */
    default void failed(Throwable cause) {}
}
