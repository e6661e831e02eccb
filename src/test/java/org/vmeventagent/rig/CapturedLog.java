package org.vmeventagent.rig;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** What the whole program logs while this is open. */
public final class CapturedLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Map<Logger, Level> before = new HashMap<>();

    private CapturedLog() {}

    public static CapturedLog open() {
        return open(Level.DEBUG);
    }

    /** From a level on; less is not logged at all. */
    public static CapturedLog open(Level from) {
        CapturedLog log = new CapturedLog();
        log.start();
        for (String name : List.of(org.slf4j.Logger.ROOT_LOGGER_NAME, "org.vmeventagent", "com.rabbitmq")) {
            Logger logger = (Logger) LoggerFactory.getLogger(name);
            log.before.put(logger, logger.getLevel());
            logger.setLevel(from);
        }
        log.root.addAppender(log);
        return log;
    }

    @Override
    protected void append(ILoggingEvent event) {
        event.prepareForDeferredProcessing();
        events.add(event);
    }

    /** The messages of our own classes at a level, in order. */
    public List<String> at(Level level) {
        return events.stream()
                .filter(event ->
                        event.getLevel() == level && event.getLoggerName().startsWith("org.vmeventagent."))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    /** All there was, with the stack traces, other libraries included. */
    public String all() {
        StringBuilder text = new StringBuilder();
        for (ILoggingEvent event : events) {
            text.append(event.getLevel())
                    .append(' ')
                    .append(event.getFormattedMessage())
                    .append(
                            event.getThrowableProxy() == null
                                    ? ""
                                    : " STACK " + ThrowableProxyUtil.asString(event.getThrowableProxy()))
                    .append('\n');
        }
        return text.toString();
    }

    @Override
    public void close() {
        root.detachAppender(this);
        before.forEach(Logger::setLevel);
        stop();
    }
}
