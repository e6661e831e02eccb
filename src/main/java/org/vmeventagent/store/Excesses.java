package org.vmeventagent.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds what of the outbox is beyond its bounds: the oldest first, down to nine tenths of the bound on bytes. */
final class Excesses {
    /** What a row takes beside its body, about. */
    private static final int ROW_BYTES = 100;

    private static final int MOST_RANGES = 64;

    private Excesses() {}

    /**
     * The rows to drop.
     *
     * @param maxBytes of the pages in use, those of the inventory among them
     * @param oldest milliseconds since 1970; rows recorded before are too old
     */
    static Optional<Excess> find(Connection connection, long maxBytes, long oldest) throws SQLException {
        long tooMany = tooMany(connection, maxBytes);
        List<Excess.Range> ranges = new ArrayList<>();
        long rows = 0;
        long last = 0;
        long bytes = 0;
        try (PreparedStatement select = connection.prepareStatement(
                        "SELECT sequence, recorded_at, length(body) FROM outbox ORDER BY sequence");
                ResultSet result = select.executeQuery()) {
            while (result.next() && (bytes < tooMany || result.getLong(2) < oldest)) {
                last = result.getLong(1);
                bytes += ROW_BYTES + result.getLong(3);
                rows++;
                add(ranges, last);
            }
        }
        return rows == 0 ? Optional.empty() : Optional.of(new Excess(ranges, last, rows));
    }

    /** An outbox below a tenth of the bound is left alone: then it is the inventory that takes the room. */
    private static long tooMany(Connection connection, long maxBytes) throws SQLException {
        long used = (Sql.count(connection, "PRAGMA page_count") - Sql.count(connection, "PRAGMA freelist_count"))
                * Sql.count(connection, "PRAGMA page_size");
        if (used <= maxBytes) {
            return 0;
        }
        long outbox = Sql.count(connection, "SELECT sum(" + ROW_BYTES + " + length(body)) FROM outbox");
        return Math.min(used - maxBytes / 10 * 9, outbox - maxBytes / 10);
    }

    private static void add(List<Excess.Range> ranges, long sequence) {
        int newest = ranges.size() - 1;
        if (newest >= 0 && (ranges.get(newest).last() == sequence - 1 || ranges.size() == MOST_RANGES)) {
            ranges.set(newest, new Excess.Range(ranges.get(newest).first(), sequence));
        } else {
            ranges.add(new Excess.Range(sequence, sequence));
        }
    }
}
