package org.vmeventagent.logging;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.slf4j.LoggerFactory;

/**
 * What libraries log by java.util.logging, JNA for one, in our log: the same text once a minute, and as a WARN at most,
 * because an ERROR is what an operator must act on, and only the agent knows what that is. Any thread.
 */
final class LibraryLog extends Handler {
    private static final Duration PAUSE = Duration.ofMinutes(1);
    private static final int MAX_REMEMBERED = 100;

    /** When each text was logged last; guarded by this. */
    private final Map<String, Long> logged = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > MAX_REMEMBERED;
        }
    };

    private LibraryLog() {
        setFormatter(new SimpleFormatter());
    }

    /** Takes the place of whatever wrote it before. */
    static void install() {
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) {
            root.removeHandler(handler);
        }
        root.addHandler(new LibraryLog());
    }

    @Override
    public void publish(LogRecord entry) {
        String text = getFormatter().formatMessage(entry);
        if (!isNew(entry.getLoggerName() + text)) {
            return;
        }
        org.slf4j.Logger log = LoggerFactory.getLogger(String.valueOf(entry.getLoggerName()));
        if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
            log.warn("{}", text, entry.getThrown());
        } else {
            log.debug("{}", text, entry.getThrown());
        }
    }

    private synchronized boolean isNew(String text) {
        long now = System.nanoTime();
        Long last = logged.get(text);
        if (last != null && now - last < PAUSE.toNanos()) {
            return false;
        }
        logged.put(text, now);
        return true;
    }

    @Override
    public void flush() {
        // nothing is kept back
    }

    @Override
    public void close() {
        // nothing is open
    }
}
