package org.vmeventagent.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The few things that are said to SQLite without a parameter. */
final class Sql {
    /** Part of a transaction. */
    interface Work {
        void run() throws SQLException;
    }

    private Sql() {}

    static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of the first row; 0 for null or no row. */
    static int number(Connection connection, String sql) throws SQLException {
        return Math.toIntExact(count(connection, sql));
    }

    /** The first column of the first row; 0 for null or no row. */
    static long count(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            return result.next() ? result.getLong(1) : 0;
        }
    }

    /** The first column. */
    static List<String> texts(Connection connection, String sql) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            while (result.next()) {
                texts.add(result.getString(1));
            }
        }
        return texts;
    }

    /** A table of a text and a number. */
    static Map<String, Long> numbers(Connection connection, String sql) throws SQLException {
        Map<String, Long> numbers = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            while (result.next()) {
                numbers.put(result.getString(1), result.getLong(2));
            }
        }
        return numbers;
    }

    /** All of it or nothing: whatever fails, also the commit, is rolled back. */
    static void inTransaction(Connection connection, Work work) throws SQLException {
        run(connection, "BEGIN IMMEDIATE");
        try {
            work.run();
            run(connection, "COMMIT");
        } catch (SQLException | RuntimeException e) {
            rollBack(connection);
            throw e;
        }
    }

    /** Fails when SQLite has rolled back by itself already, as it does on a full disk: there is nothing left to do then. */
    @SuppressWarnings("EmptyCatch")
    private static void rollBack(Connection connection) {
        try {
            run(connection, "ROLLBACK");
        } catch (SQLException alreadyRolledBack) {
            // the failure before it is the one to report
        }
    }
}
