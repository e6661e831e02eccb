package org.vmeventagent.recorder;

/**
 * Tells a storm from a busy host: more than {@value #MOST} things heard in {@value #WINDOW_MS} ms. Belongs to the recorder's
 * thread.
 */
final class Storm {
    static final int MOST = 20;
    static final int WINDOW_MS = 10;

    private static final long WINDOW = WINDOW_MS * 1_000_000L;

    private long since;
    private long heard;
    private boolean rages;

    /** @param now by {@link System#nanoTime} */
    Storm(long now) {
        since = now;
    }

    /** Counts what was heard; whether it storms, which is judged anew when a window is over. */
    boolean rages(int more, long now) {
        heard += more;
        long past = now - since;
        if (past >= WINDOW) {
            rages = heard * WINDOW > MOST * past;
            since = now;
            heard = 0;
        }
        return rages;
    }
}
