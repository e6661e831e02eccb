package org.vmeventagent.cli;

import java.io.PrintStream;
import java.time.ZoneId;
import org.vmeventagent.notification.NotificationConfig;
import org.vmeventagent.notification.NotificationWriter;
import org.vmeventagent.system.HostName;
import org.vmeventagent.system.Terminal;

/** The two ways of showing transitions: lines for people, JSON for programs. */
final class Printer {
    private Printer() {}

    /** A header, then a line for each; colours where somebody looks at it. */
    static LiveView.Sink lines(PrintStream out) {
        TransitionLine line = new TransitionLine(colours(), ZoneId.systemDefault());
        out.println(TransitionLine.HEADER);
        return (transition, hypervisor, stamp) -> out.println(line.of(transition));
    }

    /** The notification as it would be published, one object a line. */
    static LiveView.Sink json(PrintStream out) {
        NotificationWriter writer = writer();
        return (transition, hypervisor, stamp) -> {
            byte[] body = writer.write(transition, hypervisor, stamp).body();
            out.write(body, 0, body.length);
            out.println();
        };
    }

    static NotificationWriter writer() {
        return new NotificationWriter(
                new NotificationConfig(HostName.get(), null, "libvirt", "info", true, true), Build.VERSION);
    }

    /** NO_COLOR is respected (no-color.org). */
    private static boolean colours() {
        return System.getenv("NO_COLOR") == null && Terminal.isStandardOutput();
    }
}
