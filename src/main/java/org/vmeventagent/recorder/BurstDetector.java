package org.vmeventagent.recorder;

/**
 * Tells a storm from a busy host: more than {@value #MAX_EVENTS} things heard in {@value #WINDOW_MS} ms. Belongs to the recorder's
 * thread.
 */
final class BurstDetector {
    static final int MAX_EVENTS = 20;
    static final int WINDOW_MS = 10;

    private static final long WINDOW = WINDOW_MS * 1_000_000L;

    private long since;
    private long received;
    private boolean isBurst;

    /** @param now by {@link System#nanoTime} */
    BurstDetector(long now) {
        since = now;
    }

    /** Counts what was heard; whether it storms, which is judged anew when a window is over. */
    boolean isBurst(int more, long now) {
        received += more;
        long past = now - since;
        if (past >= WINDOW) {
            isBurst = received * WINDOW > MAX_EVENTS * past;
            since = now;
            received = 0;
        }
        return isBurst;
    }
}
