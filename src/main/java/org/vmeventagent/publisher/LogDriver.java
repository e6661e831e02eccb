package org.vmeventagent.publisher;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.store.OutboxRow;

/**
 * The driver {@code log}: each notification as one line of JSON, as it is stored. A line that can't be written is lost,
 * and an ERROR says so at the first of them; after the first that can be written again a line of the log counts them.
 */
public final class LogDriver {
    private static final Logger log = LoggerFactory.getLogger(LogDriver.class);

    private final OutputStream out;
    private long lost;

    /**
     * Prints to a stream, usually standard output.
     *
     * @param out without a buffer; is not closed here
     */
    public LogDriver(OutputStream out) {
        this.out = out;
    }

    /** A row was committed. Best effort: what can't be printed is counted and logged. The recorder's thread. */
    public synchronized void recorded(OutboxRow row) {
        try {
            if (lost > 0) {
                out.write('\n'); // the line at which it failed may be there in part
            }
            byte[] line = Arrays.copyOf(row.body(), row.body().length + 1);
            line[line.length - 1] = '\n';
            out.write(line);
        } catch (IOException e) {
            if (lost == 0) {
                log.error(
                        "Can't write to standard output ({}): the lines of the driver log are lost until it works; make"
                                + " room there, or choose another [oslo_messaging_notifications] driver",
                        e.getMessage());
            }
            lost++;
            return;
        }
        if (lost > 0) {
            log.info("Writing to standard output again; {} lines of the driver log were lost", lost);
            lost = 0;
        }
    }
}
