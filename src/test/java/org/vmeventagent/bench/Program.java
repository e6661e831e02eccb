package org.vmeventagent.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.RunningAgent;

/** What is compared. Each makes its exchange and queue by itself, as oslo.messaging does. */
enum Program {
    AGENT {
        @Override
        ProcessBuilder command(Path directory, String connectionUri, String brokerUrl, Queue queue, String more)
                throws IOException {
            AgentFiles files = AgentFiles.of(directory, connectionUri)
                    .withBroker(brokerUrl)
                    .add("[notifications]\ndeclare = full\n" + more + "[oslo_messaging_rabbit]\n" + queue.options());
            Path home = RunningAgent.script().toAbsolutePath().resolve("../..").normalize();
            Path jar = home.resolve("lib/vm-event-agent.jar");
            Path archive = home.resolve("lib/vm-event-agent.jsa");
            // The main class ends the JVM's options: what the launcher adds behind it are arguments.
            List<String> options = List.of(
                    "-XX:SharedArchiveFile=" + archive, "-cp", jar + ":" + classes(), MeasuredAgent.class.getName());
            ProcessBuilder builder = new ProcessBuilder(
                    RunningAgent.script().toString(),
                    "run",
                    "--config-file",
                    files.config().toString());
            builder.environment().put("VM_EVENT_AGENT_JAVA_OPTS", String.join(" ", options));
            return builder;
        }
    },
    PEER {
        @Override
        ProcessBuilder command(Path directory, String connectionUri, String brokerUrl, Queue queue, String more) {
            return new ProcessBuilder(
                    "/usr/bin/python3",
                    "src/test/python/peer.py",
                    "--uri",
                    connectionUri,
                    "--url",
                    brokerUrl,
                    "--queue",
                    queue.name().toLowerCase(java.util.Locale.ROOT),
                    "--figures",
                    directory.resolve("figures").toString());
        }
    };

    /** The kinds of queue that oslo.messaging knows. */
    enum Queue {
        TRANSIENT(""),
        DURABLE("amqp_durable_queues = true\n"),
        QUORUM("rabbit_quorum_queue = true\n");

        private final String options;

        Queue(String options) {
            this.options = options;
        }

        String options() {
            return options;
        }
    }

    /**
     * The command line.
     *
     * @param directory its own, empty
     * @param more lines for the section [notifications] and others after it
     */
    abstract ProcessBuilder command(Path directory, String connectionUri, String brokerUrl, Queue queue, String more)
            throws IOException;

    private static Path classes() {
        return Path.of("target/test-classes").toAbsolutePath();
    }
}
