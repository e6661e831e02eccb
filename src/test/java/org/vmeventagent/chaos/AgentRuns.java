package org.vmeventagent.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.RunningAgent;

/** The installed agent of an environment, run after run. One thread starts it; any thread may read. */
final class AgentRuns implements AutoCloseable {
    private final AgentFiles files;
    private final Map<String, String> environment;
    private final List<String> earlier = new ArrayList<>();
    private volatile RunningAgent current;

    /** Starts the first run. */
    AgentRuns(AgentFiles files, Map<String, String> environment) {
        this.files = files;
        this.environment = Map.copyOf(environment);
        current = run();
    }

    RunningAgent current() {
        return current;
    }

    /** The next run; the one before must have ended. */
    void start() {
        earlier.addAll(current.err());
        current = run();
    }

    private RunningAgent run() {
        return RunningAgent.start(
                environment, "run", "--config-file", files.config().toString());
    }

    /** What all runs logged and what a consumer received, each the last lines, for the report of a violation. */
    String recently(int lines, NotificationLog received) {
        List<String> log = new ArrayList<>(earlier);
        log.addAll(current.err());
        List<String> notifications =
                received.all().stream().map(ReceivedNotification::toString).toList();
        return "-- received\n" + last(notifications, lines) + "-- log\n" + last(log, lines);
    }

    static String last(List<String> all, int lines) {
        return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size())) + "\n";
    }

    @Override
    public void close() {
        current.close();
    }
}
