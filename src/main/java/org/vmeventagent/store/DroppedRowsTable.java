package org.vmeventagent.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The {@link DroppedRows} that is not told yet, on disk: it is a debt that survives the process. The writer's thread owns it. */
final class DroppedRowsTable {
    private static final String RANGE = "range";
    private static final String NAME = "name";
    private static final String SUBJECT = "subject";

    private final Connection connection;

    DroppedRowsTable(Connection connection) {
        this.connection = connection;
    }

    /** Part of a transaction. */
    void add(DroppedRows dropped) throws SQLException {
        if (!dropped.isEmpty()) {
            write(read(0).plus(dropped));
        }
    }

    /** Part of a transaction. */
    void reported(DroppedRows told) throws SQLException {
        if (!told.isEmpty()) {
            write(read(0).minus(told.withoutSubjects(told.subjects())));
            delete(SUBJECT, told.subjects());
        }
    }

    boolean isEmpty() throws SQLException {
        return Sql.count(connection, "SELECT count(*) FROM (SELECT 1 FROM loss LIMIT 1)") == 0;
    }

    /** All numbers and counts, and at most so many of the subjects. */
    DroppedRows read(int mostSubjects) throws SQLException {
        List<DroppedRows.Range> ranges = new ArrayList<>();
        Map<String, Long> counts = new TreeMap<>();
        Set<String> subjects = new HashSet<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT what, key, value FROM ("
                + "SELECT what, key, value FROM loss WHERE what <> 'subject' UNION ALL "
                + "SELECT * FROM (SELECT what, key, value FROM loss WHERE what = 'subject' LIMIT ?))"
                + " ORDER BY what, value")) {
            select.setInt(1, mostSubjects);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    switch (row.getString(1)) {
                        case RANGE ->
                            ranges.add(new DroppedRows.Range(Long.parseLong(row.getString(2)), row.getLong(3)));
                        case NAME -> counts.put(row.getString(2), row.getLong(3));
                        default -> subjects.add(row.getString(2));
                    }
                }
            }
        }
        return new DroppedRows(ranges, counts, subjects);
    }

    private void write(DroppedRows dropped) throws SQLException {
        Sql.run(connection, "DELETE FROM loss WHERE what <> 'subject'");
        try (PreparedStatement insert = connection.prepareStatement("INSERT OR IGNORE INTO loss VALUES (?, ?, ?)")) {
            for (DroppedRows.Range range : dropped.ranges()) {
                insert(insert, RANGE, String.valueOf(range.first()), range.last());
            }
            for (Map.Entry<String, Long> count : dropped.counts().entrySet()) {
                insert(insert, NAME, count.getKey(), count.getValue());
            }
            for (String subject : dropped.subjects()) {
                insert(insert, SUBJECT, subject, 0);
            }
        }
    }

    private static void insert(PreparedStatement insert, String what, String key, long value) throws SQLException {
        insert.setString(1, what);
        insert.setString(2, key);
        insert.setLong(3, value);
        insert.executeUpdate();
    }

    private void delete(String what, Collection<String> keys) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("DELETE FROM loss WHERE what = ? AND key = ?")) {
            for (String key : keys) {
                delete.setString(1, what);
                delete.setString(2, key);
                delete.executeUpdate();
            }
        }
    }
}
