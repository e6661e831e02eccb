package org.vmeventagent.bus;

import java.io.PrintStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.store.OutboxRow;

/** The driver {@code log}: each notification as one line of JSON, as it is stored. */
public final class LogTap implements Tap {
    private static final Logger log = LoggerFactory.getLogger(LogTap.class);

    private final PrintStream out;
    private boolean broken;

    /**
     * Prints to a stream, usually standard output.
     *
     * @param out is not closed here
     */
    public LogTap(PrintStream out) {
        this.out = out;
    }

    @Override
    public synchronized void recorded(OutboxRow row) {
        out.write(row.body(), 0, row.body().length);
        out.write('\n');
        if (out.checkError() && !broken) { // flushes too
            broken = true;
            log.warn("Standard output takes nothing any more: what the driver log tells is lost");
        }
    }
}
