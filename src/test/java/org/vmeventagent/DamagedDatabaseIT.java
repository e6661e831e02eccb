package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.DrainedQueue;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;
import org.vmeventagent.rig.TcpProxy;
import org.vmeventagent.rig.TestLives;

/** Damage of the database that the check at the start doesn't see, and that the publisher is the first to meet. */
@Timeout(120)
class DamagedDatabaseIT {
    @TempDir
    private Path directory;

    @Test
    void endsTheRunAndIsMovedAsideByTheNext() throws Exception {
        RabbitBroker broker = RabbitBroker.shared();
        String virtualHost = broker.newVirtualHost();
        try (LibvirtDaemon daemon = new LibvirtDaemon();
                TcpProxy proxy = new TcpProxy(broker.port())) {
            proxy.refuse();
            AgentFiles files = AgentFiles.of(directory, daemon.readOnly(daemon.testUri()))
                    .withBroker(broker.url(virtualHost).replace(":" + broker.port(), ":" + proxy.port()))
                    .add("[oslo_messaging_rabbit]\namqp_durable_queues = true\n[notifications]\ndeclare = full\n");
            try (RunningAgent agent = RunningAgent.run(files).awaitReady();
                    TestLives lives = new TestLives(daemon)) {
                lives.live(UUID.randomUUID(), "web");
                assertEquals(0, agent.terminate(), agent::said);
            }
            damage(files.database());
            try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
                agent.awaitErr("Can't connect to the broker; ");
                proxy.accept();

                String reported = agent.awaitErr("ERROR agent: The database is damaged and the agent ends; ");
                assertTrue(reported.contains(files.database() + ": [SQLITE_CORRUPT"), reported);
                assertEquals(1, agent.exitCode(), agent::said);
                assertEquals(
                        List.of(),
                        agent.err().stream()
                                .filter(line -> line.contains("Lost the connection to the broker"))
                                .toList());
            }
            try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
                agent.awaitErr("agent.db is damaged: moved it to ");
                agent.awaitErr("Connected to");
                new DrainedQueue(broker, virtualHost)
                        .until(one -> one.get("event_type").asText().equals("libvirt.agent.gap")
                                && one.at("/payload/reason").asText().equals("database"));
                assertEquals(0, agent.terminate(), agent::said);
            }
        }
    }

    /** An index leads to rows that are not there; all pages are whole, and the numbers of entries agree. */
    private static void damage(Path database) throws SQLException {
        run(
                database,
                "CREATE TABLE kept AS SELECT * FROM sqlite_master WHERE name = 'outbox_priority'",
                "PRAGMA writable_schema = ON",
                "DELETE FROM sqlite_master WHERE name = 'outbox_priority'");
        run(
                database,
                "UPDATE outbox SET sequence = sequence + 100000",
                "PRAGMA writable_schema = ON",
                "INSERT INTO sqlite_master SELECT * FROM kept");
        run(database, "DROP TABLE kept");
    }

    private static void run(Path database, String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
