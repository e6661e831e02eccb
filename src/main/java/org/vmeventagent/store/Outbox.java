package org.vmeventagent.store;

import java.time.Duration;
import java.util.List;

/**
 * What a publisher needs of the store. A row is read, sent, and acknowledged under its routing key; until then it stays,
 * over a crash too, unless it is buffered in memory, see {@link
 * Store#bufferInMemory}. Thread-safe; used by the publisher's one thread and by the threads that bring confirms.
 */
public interface Outbox {
    /**
     * The oldest rows of a priority after a sequence number.
     *
     * @param most at least 1
     */
    List<OutboxRow> read(String priority, long after, int most);

    /**
     * Waits until a row is there whose number is greater.
     *
     * @return whether there is one
     */
    boolean await(long after, Duration timeout) throws InterruptedException;

    /** The sequence number of the latest row that was recorded; it may be acknowledged by now. 0 before any. */
    long latestSequence();

    /** Has this called after each commit of rows, on the writer's thread: it must return at once. The last one counts. */
    void onCommit(Runnable committed);

    /** The ack position of a routing key: every row of its priority up to this was acknowledged under it. 0 at first. */
    long acknowledged(String routingKey);

    /** Raises the ack position of a routing key; kept with the writer's next commit, at the latest about a second later. */
    void acknowledge(String routingKey, long upTo);

    /** Rows of this priority up to this number are wanted by nobody any more: history, from the next commit on. */
    void release(String priority, long upTo);

    /**
     * These rows are not sent under one of their routing keys, because nobody takes them; call it before they are
     * acknowledged there. They are reported as missing, as what found no room.
     */
    void drop(List<OutboxRow> rows);
}
