package org.vmeventagent.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import org.vmeventagent.Agent;
import org.vmeventagent.bus.PublisherListener;
import org.vmeventagent.config.Options;
import org.vmeventagent.store.OutboxRow;

/**
 * The agent, with a clock beside it. At its end it writes a line for each notification of an event: microseconds since
 * 1970 at the callback, at the confirm, whether the identity was known, and at the commit. One routing key is watched, so
 * the order of the confirms is that of the rows.
 */
public final class MeasuredAgent implements PublisherListener {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS");
    private static final String STAMP = "\"timestamp\":\"";
    private static final int STAMP_LENGTH = 26;

    /** Room for rows; those of more are not measured. */
    private static final int MOST = 1 << 20;

    private static final int FIRST = 1 << 14;

    /** By the number of the row; the recorder's thread writes it. */
    private volatile Row[] rows = new Row[FIRST];

    /** By the number of the row; the publisher's thread writes it. */
    private volatile long[] confirmed = new long[FIRST];

    private int confirms;

    /** @param heard as the notification says it */
    private record Row(String heard, long committed, boolean known) {}

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
                () -> Options.load(List.of(config), List.of(), System.getenv()),
                "measured",
                measured::recorded,
                measured);
        measured.write(config.resolveSibling("figures"));
        System.exit(ended ? 0 : 1);
    }

    private void recorded(OutboxRow row) {
        long now = micros(Instant.now());
        String text = new String(row.body(), StandardCharsets.ISO_8859_1);
        int at = (int) row.sequence();
        if (at < MOST && text.contains("\"origin\":\"event\"")) {
            int from = text.lastIndexOf(STAMP) + STAMP.length();
            if (at >= rows.length) {
                rows = Arrays.copyOf(rows, Math.max(at + 1, rows.length * 2));
            }
            rows[at] = new Row(text.substring(from, from + STAMP_LENGTH), now, text.contains("\"display_name\""));
        }
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
            for (int i = 0; i < rows.length && i < confirmed.length; i++) {
                Row row = rows[i];
                if (row != null && confirmed[i] > 0) {
                    long heard = micros(LocalDateTime.parse(row.heard(), TIME).toInstant(ZoneOffset.UTC));
                    out.println(heard + " " + confirmed[i] + (row.known() ? " 1 " : " 0 ") + row.committed());
                }
            }
        }
    }

    private static long micros(Instant instant) {
        return instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1_000;
    }
}
