package org.vmeventagent.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.EventQueue;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.libvirt.ConnectionListener;
import org.vmeventagent.libvirt.ExampleHypervisor;
import org.vmeventagent.libvirt.LibvirtConfig;
import org.vmeventagent.libvirt.LibvirtConnection;
import org.vmeventagent.libvirt.LibvirtFailure;
import org.vmeventagent.logging.Logging;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.notification.Hypervisor;
import org.vmeventagent.notification.NotificationIds;
import org.vmeventagent.notification.NotificationWriter;
import org.vmeventagent.recorder.LibvirtQueries;
import org.vmeventagent.system.Threads;
import picocli.CommandLine.Command;

/** Plays the lives of three example instances on libvirt's embedded hypervisor and shows their notifications. */
@Command(
        name = "demo",
        description =
                "Shows what is reported of three example instances, one for each generation of Nova's metadata, on"
                        + " libvirt's embedded test hypervisor. Needs no daemon, no broker, no root. Ends by itself.")
final class DemoCommand implements Callable<Integer> {
    private static final Duration PAUSE = Duration.ofMillis(400);
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int EXAMPLES = 3;

    private final NotificationWriter writer = Printer.writer();
    private int gone;
    private byte @Nullable [] sample;

    @Override
    public Integer call() throws LibvirtFailure, InterruptedException, IOException {
        Logging.quiet();
        EventQueue queue = new EventQueue(1024);
        CountDownLatch subscribed = new CountDownLatch(1);
        ConnectionListener listener = new ConnectionListener() {
            @Override
            public void subscribed(String uri, int registered, OptionalInt domains) {
                subscribed.countDown();
            }
        };
        try (ExampleHypervisor hypervisor = ExampleHypervisor.open();
                LibvirtConnection connection = new LibvirtConnection(
                        LibvirtConfig.defaults(), ExampleHypervisor.URI, queue, listener, AgentMetrics.NONE)) {
            connection.start();
            if (!subscribed.await(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                System.err.println(
                        ExampleHypervisor.URI + " could not be subscribed within " + TIMEOUT.toSeconds() + " s");
                return ExitCode.FAILED;
            }
            System.out.println("Three example instances on " + ExampleHypervisor.URI + ":");
            Thread player = Threads.once("demo", () -> play(hypervisor));
            player.start();
            LiveView.Sink lines = Printer.lines(System.out);
            long deadline = System.nanoTime() + TIMEOUT.toNanos();
            new LiveView(queue, LibvirtQueries.NONE, (transition, node, ids) -> {
                        lines.show(transition, node, ids);
                        note(transition, node, ids);
                    })
                    .runUntil(() -> gone == EXAMPLES || System.nanoTime() - deadline > 0);
            player.join(TIMEOUT.toMillis());
        }
        return show();
    }

    private static void play(ExampleHypervisor hypervisor) {
        try {
            hypervisor.play(PAUSE);
        } catch (LibvirtFailure e) {
            System.err.println(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void note(Transition transition, Hypervisor node, NotificationIds ids) {
        if (transition.name().equals("undefined")) {
            gone++;
        } else if (transition.name().equals("started")) {
            sample = writer.write(transition, node, ids).body();
        }
    }

    private int show() throws IOException {
        if (gone < EXAMPLES || sample == null) {
            System.err.println("Only " + gone + " of " + EXAMPLES + " examples were seen to the end");
            return ExitCode.FAILED;
        }
        ObjectMapper json = new ObjectMapper();
        System.out.println();
        System.out.println("The whole notification of the last start, as a collector gets it:");
        System.out.println(json.writerWithDefaultPrettyPrinter().writeValueAsString(json.readTree(sample)));
        return ExitCode.OK;
    }
}
