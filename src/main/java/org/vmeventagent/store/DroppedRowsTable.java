package org.vmeventagent.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The {@link DroppedRows} that are not reported yet, on disk: they survive the process. The writer's thread owns it. */
final class DroppedRowsTable {
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
    void reported(DroppedRows reported) throws SQLException {
        if (!reported.isEmpty()) {
            write(read(0).minus(reported.withoutSubjects(reported.subjects())));
            delete(reported.subjects());
        }
    }

    boolean isEmpty() throws SQLException {
        return Sql.count(
                        connection,
                        "SELECT EXISTS (SELECT 1 FROM dropped_range) OR EXISTS (SELECT 1 FROM dropped_event)"
                                + " OR EXISTS (SELECT 1 FROM dropped_domain)")
                == 0;
    }

    /** All numbers and counts, and at most so many of the subjects. */
    DroppedRows read(int mostSubjects) throws SQLException {
        Set<String> subjects =
                new HashSet<>(Sql.texts(connection, "SELECT domain FROM dropped_domain LIMIT " + mostSubjects));
        return new DroppedRows(ranges(), Sql.numbers(connection, "SELECT event, count FROM dropped_event"), subjects);
    }

    private List<DroppedRows.Range> ranges() throws SQLException {
        List<DroppedRows.Range> ranges = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(
                        "SELECT first_sequence, last_sequence FROM dropped_range ORDER BY first_sequence");
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                ranges.add(new DroppedRows.Range(row.getLong(1), row.getLong(2)));
            }
        }
        return ranges;
    }

    /** In place of all ranges and counts, and beside the subjects that are there. */
    private void write(DroppedRows dropped) throws SQLException {
        Sql.run(connection, "DELETE FROM dropped_range");
        Sql.run(connection, "DELETE FROM dropped_event");
        try (PreparedStatement range = connection.prepareStatement("INSERT INTO dropped_range VALUES (?, ?)");
                PreparedStatement event = connection.prepareStatement("INSERT INTO dropped_event VALUES (?, ?)");
                PreparedStatement domain =
                        connection.prepareStatement("INSERT OR IGNORE INTO dropped_domain VALUES (?)")) {
            for (DroppedRows.Range numbers : dropped.ranges()) {
                range.setLong(1, numbers.first());
                range.setLong(2, numbers.last());
                range.executeUpdate();
            }
            for (Map.Entry<String, Long> count : dropped.counts().entrySet()) {
                event.setString(1, count.getKey());
                event.setLong(2, count.getValue());
                event.executeUpdate();
            }
            for (String subject : dropped.subjects()) {
                domain.setString(1, subject);
                domain.executeUpdate();
            }
        }
    }

    private void delete(Set<String> subjects) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("DELETE FROM dropped_domain WHERE domain = ?")) {
            for (String subject : subjects) {
                delete.setString(1, subject);
                delete.executeUpdate();
            }
        }
    }
}
