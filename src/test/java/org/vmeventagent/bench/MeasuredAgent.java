package org.vmeventagent.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import org.vmeventagent.agent.Agent;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.store.OutboxRow;

/**
 * The agent, with a clock beside it. At its end it writes a line for each notification of an event: microseconds since
 * 1970 at the callback, at the confirm, whether the identity was known, and at the commit. One routing key is watched, so
 * the order of the confirms is that of the rows.
 */
public final class MeasuredAgent implements AgentMetrics {
    private static final byte[] ORIGIN = ascii("\"origin\":\"");
    private static final byte[] EVENT = ascii("event");
    private static final byte[] KNOWN = ascii("\"display_name\"");
    private static final byte[] STAMP = ascii("\"timestamp\":\"");

    /** Room for rows; those of more are not measured. */
    private static final int MOST = 1 << 20;

    private static final int FIRST = 1 << 14;

    // By the number of the row; the recorder's thread writes these. A time is negative where the identity is not known.
    private volatile long[] received = new long[FIRST];
    private volatile long[] committed = new long[FIRST];

    /** By the number of the row; the publisher's thread writes it. */
    private volatile long[] confirmed = new long[FIRST];

    private int confirms;

    private MeasuredAgent() {}

    /**
     * Runs it.
     *
     * @param arguments a configuration file is the last; the launcher's own come before it
     */
    public static void main(String[] arguments) throws InterruptedException, IOException {
        Path config = Path.of(arguments[arguments.length - 1]);
        MeasuredAgent measured = new MeasuredAgent();
        boolean ended = Agent.run(
                () -> Configuration.load(List.of(config), List.of(), System.getenv()),
                "measured",
                measured::recorded,
                measured);
        measured.write(config.resolveSibling("figures"));
        System.exit(ended ? 0 : 1);
    }

    /** Costs little beside what is measured: no text is made, and not all of the body looked at. */
    private void recorded(OutboxRow row) {
        long now = micros(Instant.now());
        int at = (int) row.sequence();
        byte[] body = row.body();
        int stamp = last(body, STAMP);
        int origin = last(body, ORIGIN);
        if (at >= MOST || origin < 0 || !isAt(body, origin, EVENT)) {
            return;
        }
        if (at >= received.length) {
            received = Arrays.copyOf(received, Math.max(at + 1, received.length * 2));
            committed = Arrays.copyOf(committed, received.length);
        }
        received[at] = moment(body, stamp);
        committed[at] = first(body, KNOWN) < 0 ? -now : now;
    }

    @Override
    public void confirmed(String routingKey, int count) {
        long now = micros(Instant.now());
        for (int i = 0; i < count && ++confirms < MOST; i++) {
            if (confirms >= confirmed.length) {
                confirmed = Arrays.copyOf(confirmed, confirmed.length * 2);
            }
            confirmed[confirms] = now;
        }
    }

    private void write(Path file) throws IOException {
        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(file))) {
            for (int i = 0; i < received.length && i < confirmed.length; i++) {
                if (received[i] > 0 && confirmed[i] > 0) {
                    out.println(received[i] + " " + confirmed[i] + (committed[i] > 0 ? " 1 " : " 0 ")
                            + Math.abs(committed[i]));
                }
            }
        }
    }

    /** Where it begins for the first time; -1 for nowhere. */
    private static int first(byte[] text, byte[] what) {
        for (int at = 0; at <= text.length - what.length; at++) {
            if (text[at + 1] == what[1] && isAt(text, at, what)) {
                return at;
            }
        }
        return -1;
    }

    /** Where it ends for the last time; -1 for nowhere. */
    private static int last(byte[] text, byte[] what) {
        for (int at = text.length - what.length; at >= 0; at--) {
            if (text[at + 1] == what[1] && isAt(text, at, what)) {
                return at + what.length;
            }
        }
        return -1;
    }

    private static boolean isAt(byte[] text, int at, byte[] what) {
        return Arrays.equals(text, at, at + what.length, what, 0, what.length);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** {@code 2026-11-22 20:14:42.481190} as microseconds since 1970. */
    private static long moment(byte[] text, int at) {
        long day = LocalDate.of(number(text, at, 4), number(text, at + 5, 2), number(text, at + 8, 2))
                .toEpochDay();
        long seconds =
                ((day * 24 + number(text, at + 11, 2)) * 60 + number(text, at + 14, 2)) * 60 + number(text, at + 17, 2);
        return seconds * 1_000_000 + number(text, at + 20, 6);
    }

    private static int number(byte[] text, int at, int digits) {
        int number = 0;
        for (int i = at; i < at + digits; i++) {
            number = 10 * number + text[i] - '0';
        }
        return number;
    }

    private static long micros(Instant instant) {
        return instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1_000;
    }
}
