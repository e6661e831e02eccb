package org.vmeventagent.cli;

import java.io.PrintStream;
import java.time.ZoneId;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.notification.AgentEvent;
import org.vmeventagent.notification.Hypervisor;
import org.vmeventagent.notification.Notification;
import org.vmeventagent.notification.NotificationConfig;
import org.vmeventagent.notification.NotificationIds;
import org.vmeventagent.notification.NotificationWriter;
import org.vmeventagent.system.HostName;
import org.vmeventagent.system.Terminal;

/** The two ways of showing transitions: lines for people, JSON for programs. */
final class Printer {
    private Printer() {}

    /** A header, then a line for each; colours on a terminal. */
    static LiveView.Sink lines(PrintStream out) {
        TransitionTable line = new TransitionTable(colours(), ZoneId.systemDefault());
        out.println(TransitionTable.HEADER);
        return new LiveView.Sink() {
            @Override
            public void show(Transition transition, Hypervisor hypervisor, NotificationIds ids) {
                out.println(line.of(transition));
            }

            @Override
            public void showAgentEvent(AgentEvent event, Hypervisor hypervisor, NotificationIds ids) {
                if (!"start".equals(event.fields().get("reason"))) { // that is reported beside the output
                    out.println(line.of(event));
                }
            }
        };
    }

    /** The notification as it would be published, one object a line. */
    static LiveView.Sink json(PrintStream out) {
        NotificationWriter writer = writer();
        return new LiveView.Sink() {
            @Override
            public void show(Transition transition, Hypervisor hypervisor, NotificationIds ids) {
                print(writer.write(transition, hypervisor, ids), out);
            }

            @Override
            public void showAgentEvent(AgentEvent event, Hypervisor hypervisor, NotificationIds ids) {
                print(writer.write(event, hypervisor, ids), out);
            }
        };
    }

    private static void print(Notification notification, PrintStream out) {
        out.write(notification.body(), 0, notification.body().length);
        out.println();
    }

    static NotificationWriter writer() {
        return new NotificationWriter(
                new NotificationConfig(HostName.get(), null, "libvirt", "info", true, true), ServiceArguments.VERSION);
    }

    /** NO_COLOR is respected (no-color.org). */
    static boolean colours() {
        return System.getenv("NO_COLOR") == null && Terminal.isStandardOutput();
    }
}
