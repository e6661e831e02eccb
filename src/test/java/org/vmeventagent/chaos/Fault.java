package org.vmeventagent.chaos;

import java.util.Locale;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;

/**
 * What can be done to each process, and how it ends: one catalogue for {@link ChaosFaults chaos}, {@link FaultInjector soak}
 * and the tests of single faults of the broker. What is done meanwhile is up to them.
 */
public enum Fault {
    /** {@code kill -9}, and a start. */
    KILLED,
    /** SIGTERM, and a start. */
    STOPPED,
    /** SIGSTOP, and SIGCONT. */
    FROZEN,
    /** Its clients lose their connections, by its administrator; over as soon as it began. */
    CLIENTS_CUT_OFF;

    /** For a person: {@code clients cut off}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    public void begin(RabbitBroker broker, String virtualHost) {
        switch (this) {
            case KILLED -> broker.kill9();
            case STOPPED -> broker.stop();
            case FROZEN -> broker.freeze();
            case CLIENTS_CUT_OFF -> broker.rabbitmqctl("close_all_connections", "--vhost", virtualHost, "a test");
        }
    }

    public void end(RabbitBroker broker) {
        switch (this) {
            case KILLED, STOPPED -> broker.start();
            case FROZEN -> broker.thaw();
            case CLIENTS_CUT_OFF -> {}
        }
    }

    public void begin(LibvirtDaemon daemon) {
        switch (this) {
            case KILLED -> daemon.kill9();
            case STOPPED -> daemon.terminate();
            case FROZEN -> daemon.freeze();
            case CLIENTS_CUT_OFF -> daemon.disconnectClients();
        }
    }

    public void end(LibvirtDaemon daemon) {
        switch (this) {
            case KILLED, STOPPED -> daemon.start();
            case FROZEN -> daemon.thaw();
            case CLIENTS_CUT_OFF -> {}
        }
    }

    /** @throws AssertionError where a stopped agent does not end with code 0 */
    void begin(AgentRuns agent) {
        RunningAgent run = agent.current();
        switch (this) {
            case KILLED -> run.kill9();
            case STOPPED -> {
                if (run.terminate() != 0) {
                    throw new AssertionError("the agent did not end well" + run.said());
                }
            }
            case FROZEN -> run.signal("STOP");
            case CLIENTS_CUT_OFF -> throw new IllegalArgumentException("the agent has no clients");
        }
    }

    void end(AgentRuns agent) {
        switch (this) {
            case KILLED, STOPPED -> agent.start();
            case FROZEN -> agent.current().signal("CONT");
            case CLIENTS_CUT_OFF -> {}
        }
    }
}
