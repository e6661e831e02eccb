package org.vmeventagent.cli;

import java.time.Duration;
import org.vmeventagent.Main;
import org.vmeventagent.libvirt.ExampleHypervisor;
import org.vmeventagent.libvirt.LibvirtFailure;
import org.vmeventagent.system.Threads;

/**
 * The daemon with example instances that live and die, until it is stopped: the JVM takes down for its class archive what that
 * loads, and so the first event of a real domain waits for no class. {@code archive-classes} runs it.
 */
public final class TrainingRun {
    private static final Duration PAUSE = Duration.ofMillis(50);

    private TrainingRun() {}

    /**
     * Runs it.
     *
     * @param arguments a configuration file is the last; the launcher's own come before it
     */
    public static void main(String[] arguments) throws InterruptedException {
        Threads.once("examples", TrainingRun::play).start();
        Main.main(new String[] {"run", "--config-file", arguments[arguments.length - 1]});
    }

    private static void play() {
        try (ExampleHypervisor hypervisor = ExampleHypervisor.open()) {
            while (!Thread.currentThread().isInterrupted()) {
                hypervisor.play(PAUSE);
            }
        } catch (LibvirtFailure e) {
            System.err.println("vm-event-agent: the examples ended: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
