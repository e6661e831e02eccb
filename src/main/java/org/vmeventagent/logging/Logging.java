package org.vmeventagent.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.LayoutBase;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.slf4j.LoggerFactory;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.DefaultOptions;

/**
 * The log: one line an entry on standard error, whatever a tenant called an instance. Standard output belongs to the
 * {@code log} driver. An entry is from a package, which has a job an operator knows, not from a class, which has none for
 * them. Found by logback as its configurator.
 */
public final class Logging extends ContextAwareBase implements Configurator {
    private static final String OURS = "org.vmeventagent";

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS").withZone(ZoneOffset.UTC);

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        install(context, Level.INFO, new TextLine());
        LibraryLog.install();
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** Takes over what the configuration sets for the log, for the whole process. */
    public static void set(Configuration configuration) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        boolean json = configuration.get(DefaultOptions.LOG_FORMAT).equals("json");
        install(
                context,
                configuration.get(DefaultOptions.DEBUG) ? Level.DEBUG : Level.INFO,
                json ? new JsonLine() : new TextLine());
    }

    /** Only what an operator must know: for commands whose output is not the log. */
    public static void quiet() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        install(context, Level.WARN, new TextLine());
    }

    private static void install(LoggerContext context, Level level, LayoutBase<ILoggingEvent> layout) {
        layout.setContext(context);
        layout.start();
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setContext(context);
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.setLayout(layout);
        encoder.start();
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(context);
        console.setTarget("System.err");
        console.setEncoder(encoder);
        console.start();
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.detachAndStopAllAppenders();
        root.setLevel(Level.WARN);
        root.addAppender(console);
        context.getLogger(OURS).setLevel(level);
        // It logs errors at each attempt; the publisher logs them once, with what helps.
        context.getLogger("com.rabbitmq").setLevel(level == Level.DEBUG ? Level.DEBUG : Level.OFF);
    }

    /** The message and, where there is a fault, its message; the whole of it only for those who debug. */
    private static String message(ILoggingEvent event) {
        IThrowableProxy fault = event.getThrowableProxy();
        if (fault == null) {
            return event.getFormattedMessage();
        }
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        boolean whole = context.getLogger(OURS).isDebugEnabled();
        return event.getFormattedMessage() + ": "
                + (whole ? ThrowableProxyUtil.asString(fault) : fault.getClassName() + ": " + fault.getMessage());
    }

    /** Of a class of the agent the last word of its package, {@code publisher} for one; a library's logger in full. */
    private static String shortName(ILoggingEvent event) {
        String name = event.getLoggerName();
        if (!name.startsWith(OURS + '.')) {
            return name;
        }
        String inPackage = name.substring(0, name.lastIndexOf('.'));
        return inPackage.substring(inPackage.lastIndexOf('.') + 1);
    }

    private static final class TextLine extends LayoutBase<ILoggingEvent> {
        @Override
        public String doLayout(ILoggingEvent event) {
            return TIME.format(Instant.ofEpochMilli(event.getTimeStamp())) + " " + event.getLevel() + " "
                    + shortName(event) + ": " + LogText.of(message(event)) + "\n";
        }
    }

    private static final class JsonLine extends LayoutBase<ILoggingEvent> {
        @Override
        public String doLayout(ILoggingEvent event) {
            return "{\"time\":\"" + Instant.ofEpochMilli(event.getTimeStamp()) + "\",\"level\":\"" + event.getLevel()
                    + "\",\"logger\":\"" + shortName(event) + "\",\"thread\":\"" + quoted(event.getThreadName())
                    + "\",\"message\":\"" + quoted(message(event)) + "\"}\n";
        }

        private static String quoted(String text) {
            return new String(JsonStringEncoder.getInstance().quoteAsString(LogText.of(text)));
        }
    }
}
