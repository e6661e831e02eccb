package org.vmeventagent.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The routing keys that are sent to, and what becomes of rows that waited for others; see {@link Store#serve}. The table
 * {@code ack_position} has a row for each key, so it says which there were.
 *
 * @param topics at least one; they get every row but those for another topic
 * @param filterTopics others, that get only the rows for them
 * @param priorities at least one; the first gets what waited with one that isn't sent any more
 */
record RoutingKeys(List<String> topics, List<String> filterTopics, List<String> priorities) {
    private static final Logger log = LoggerFactory.getLogger(RoutingKeys.class);

    /** Rows that are read at once. */
    private static final int STEP = 1_000;

    RoutingKeys {
        topics = List.copyOf(topics);
        filterTopics = List.copyOf(filterTopics);
        priorities = List.copyOf(priorities);
    }

    /** How far each routing key is acknowledged. */
    static Map<String, Long> ackPositions(Connection connection) throws SQLException {
        return Sql.numbers(connection, "SELECT routing_key, sequence FROM ack_position");
    }

    /** Says what becomes of rows while there is no routing key. */
    static void warn(Path path, long waiting) {
        if (waiting > 0) {
            log.warn(
                    "{} notifications wait in {}, and [oslo_messaging_notifications] driver sends them to no broker:"
                            + " the outbox keeps them for [outbox] max_age, and sends them once the driver is messagingv2 again",
                    waiting,
                    path);
        }
    }

    /**
     * Does it, in one transaction.
     *
     * @return whether there are unreported drops now
     */
    boolean serve(
            Connection connection,
            DroppedRows.Table droppedRows,
            BiFunction<byte[], String, byte[]> rewritten,
            long lastSequence)
            throws SQLException {
        Set<String> keys = keys(topics);
        Set<String> filterKeys = keys(filterTopics);
        Map<String, Long> before = ackPositions(connection);
        Set<String> allBefore = new HashSet<>(before.keySet());
        allBefore.removeAll(Sql.texts(connection, "SELECT routing_key FROM ack_position WHERE only_filters"));
        Set<String> filtersBefore = new HashSet<>(before.keySet());
        filtersBefore.removeAll(allBefore);
        DroppedRows unreported = unreported(connection, allBefore, lastSequence);
        List<String> strange = Sql.texts(connection, "SELECT DISTINCT priority FROM waiting");
        strange.removeAll(priorities);
        if (allBefore.equals(keys) && filtersBefore.equals(filterKeys) && strange.isEmpty() && unreported.isEmpty()) {
            return false;
        }
        Sql.inTransaction(connection, () -> {
            change(connection, "DELETE FROM counter WHERE name = ?", Store.UNKEPT);
            for (Map.Entry<String, Long> position : before.entrySet()) {
                String key = position.getKey();
                if (allBefore.contains(key)) {
                    logLeft(connection, key, position.getValue());
                }
                if (!isServed(topic(key))) {
                    drop(connection, key, position.getValue(), droppedRows);
                }
                Set<String> same = allBefore.contains(key) ? keys : filterKeys;
                if (!same.contains(key)) {
                    change(connection, "DELETE FROM ack_position WHERE routing_key = ?", key);
                }
            }
            for (String key : keys) {
                begin(connection, key, false);
            }
            for (String key : filterKeys) {
                begin(connection, key, true);
            }
            for (String priority : strange) {
                move(connection, priority, rewritten);
            }
            droppedRows.add(unreported);
        });
        return !droppedRows.isEmpty();
    }

    private boolean isServed(String topic) {
        return topics.contains(topic) || filterTopics.contains(topic);
    }

    private Set<String> keys(List<String> some) {
        Set<String> keys = new HashSet<>();
        some.forEach(topic -> priorities.forEach(priority -> keys.add(topic + '.' + priority)));
        return keys;
    }

    private static String topic(String key) {
        return key.substring(0, key.lastIndexOf('.'));
    }

    private static String priority(String key) {
        return key.substring(key.lastIndexOf('.') + 1);
    }

    /** What is unreported to somebody who hasn't got all there was. */
    private DroppedRows unreported(Connection connection, Set<String> before, long lastSequence) throws SQLException {
        Set<String> known = new HashSet<>();
        before.forEach(key -> known.add(topic(key)));
        Set<String> begun = new TreeSet<>(topics);
        begun.removeAll(known);
        long unkept = Sql.count(connection, "SELECT value FROM counter WHERE name = '" + Store.UNKEPT + "'");
        if (lastSequence == 0 || (begun.isEmpty() && unkept == 0)) {
            return DroppedRows.NONE;
        }
        List<DroppedRows.Range> ranges = new ArrayList<>();
        if (unkept != 0 && begun.size() < topics.size()) {
            log.warn(
                    "The sequence numbers {} to {} were recorded while [oslo_messaging_notifications] driver sent them to no"
                            + " broker: libvirt.agent.overflow reports them as missing, and an exists reports each domain",
                    unkept,
                    lastSequence);
            ranges.add(new DroppedRows.Range(unkept, lastSequence));
        }
        if (!begun.isEmpty()) {
            log.info("New topics get what waits, and an exists for each domain: {}", String.join(", ", begun));
        }
        return new DroppedRows(ranges, Map.of(), new HashSet<>(Sql.texts(connection, "SELECT domain FROM inventory")));
    }

    /** Says what a routing key doesn't get any more, and others do. */
    private void logLeft(Connection connection, String key, long position) throws SQLException {
        if (topics.contains(topic(key))) {
            return;
        }
        long left;
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT count(*) FROM outbox WHERE priority = ? AND topic IS NULL AND sequence > ?")) {
            select.setString(1, priority(key));
            select.setLong(2, position);
            try (ResultSet row = select.executeQuery()) {
                left = row.next() ? row.getLong(1) : 0;
            }
        }
        if (left > 0) {
            log.warn(
                    "{} notifications waited for {}, whose topic is not configured any more, and are not sent there;"
                            + " add it to [oslo_messaging_notifications] topics again, and it gets an exists for"
                            + " every domain",
                    left,
                    key);
        }
    }

    /** Drops what waits for a routing key alone whose topic is served no more: nobody else gets it. */
    private static void drop(Connection connection, String key, long position, DroppedRows.Table droppedRows)
            throws SQLException {
        long dropped = 0;
        List<DroppedRows.Row> rows = own(connection, key, position);
        try (PreparedStatement delete = connection.prepareStatement("DELETE FROM outbox WHERE sequence = ?")) {
            while (!rows.isEmpty()) {
                for (DroppedRows.Row row : rows) {
                    delete.setLong(1, row.sequence());
                    delete.executeUpdate();
                }
                droppedRows.add(DroppedRows.of(rows));
                dropped += rows.size();
                rows = own(connection, key, position);
            }
        }
        if (dropped > 0) {
            log.warn(
                    "{} notifications waited for {}, which no filter names any more, and are dropped:"
                            + " libvirt.agent.overflow reports them, and an exists each domain concerned",
                    dropped,
                    key);
        }
    }

    /** Some of the rows that wait for a routing key alone. */
    private static List<DroppedRows.Row> own(Connection connection, String key, long position) throws SQLException {
        List<DroppedRows.Row> rows = new ArrayList<>();
        try (PreparedStatement select =
                connection.prepareStatement("SELECT sequence, event, domain, length(body), dropped FROM outbox"
                        + " WHERE priority = ? AND topic = ? AND sequence > ? ORDER BY sequence LIMIT " + STEP)) {
            select.setString(1, priority(key));
            select.setString(2, topic(key));
            select.setLong(3, position);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    rows.add(new DroppedRows.Row(
                            row.getLong(1), row.getString(2), row.getString(3), row.getLong(4), row.getBoolean(5)));
                }
            }
        }
        return rows;
    }

    /**
     * Rows keep their numbers. Those of the other priority may be acknowledged beyond them, so its ack positions go back: what
     * other topics keep of them is sent again. What is history of it by then is deleted: it would wait again.
     */
    private void move(Connection connection, String from, BiFunction<byte[], String, byte[]> rewritten)
            throws SQLException {
        String to = priorities.get(0);
        long first = number(connection, "SELECT min(sequence) FROM waiting WHERE priority = ?", from);
        beginHistory(connection, to, first);
        long moved = 0;
        try (PreparedStatement next = connection.prepareStatement(
                        "SELECT sequence, body FROM waiting WHERE priority = ? ORDER BY sequence LIMIT 1");
                PreparedStatement update =
                        connection.prepareStatement("UPDATE outbox SET priority = ?, body = ? WHERE sequence = ?")) {
            next.setString(1, from);
            while (true) {
                long sequence;
                byte[] body;
                try (ResultSet row = next.executeQuery()) {
                    if (!row.next()) {
                        break;
                    }
                    sequence = row.getLong(1);
                    body = row.getBytes(2);
                }
                update.setString(1, to);
                update.setBytes(2, rewritten.apply(body, to));
                update.setLong(3, sequence);
                update.executeUpdate();
                moved++;
            }
        }
        try (PreparedStatement back = connection.prepareStatement(
                "UPDATE ack_position SET sequence = min(sequence, ?) WHERE routing_key = ?")) {
            for (String topic :
                    Stream.concat(topics.stream(), filterTopics.stream()).toList()) {
                back.setLong(1, first - 1);
                back.setString(2, topic + '.' + to);
                back.executeUpdate();
            }
        }
        log.info("{} notifications that waited with the priority {} are sent with {} now", moved, from, to);
    }

    /** From that number on no row of a priority is history. */
    private static void beginHistory(Connection connection, String priority, long from) throws SQLException {
        for (String sql : List.of(
                "DELETE FROM outbox WHERE priority = ?1 AND sequence >= ?2"
                        + " AND sequence <= (SELECT up_to FROM released WHERE priority = ?1)",
                "INSERT INTO released VALUES (?1, 0) ON CONFLICT (priority) DO UPDATE SET up_to = min(up_to, ?2 - 1)")) {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, priority);
                statement.setLong(2, from);
                statement.executeUpdate();
            }
        }
    }

    /** A new key gets what waits, and nothing that is history. */
    private static void begin(Connection connection, String key, boolean onlyFilters) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT OR IGNORE INTO ack_position VALUES (?, ?, ?)")) {
            insert.setString(1, key);
            insert.setLong(2, number(connection, "SELECT up_to FROM released WHERE priority = ?", priority(key)));
            insert.setBoolean(3, onlyFilters);
            insert.executeUpdate();
        }
    }

    /** The first column of the first row; 0 for null or no row. */
    private static long number(Connection connection, String sql, String parameter) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setString(1, parameter);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }

    private static void change(Connection connection, String sql, String parameter) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, parameter);
            statement.executeUpdate();
        }
    }
}
