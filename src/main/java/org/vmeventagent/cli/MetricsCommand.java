package org.vmeventagent.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.vmeventagent.config.DefaultOptions;
import org.vmeventagent.logging.LogText;
import org.vmeventagent.system.ControlSocket;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Prints the running agent's metrics. */
@Command(
        name = "metrics",
        description = "Prints the running agent's metrics in Prometheus' text format; see the section [telemetry].",
        footer = {"", "Examples:", "  vm-event-agent metrics", "  vm-event-agent metrics | promtool check metrics"})
final class MetricsCommand implements Callable<Integer> {
    @Mixin
    private final ConfigOptions config = new ConfigOptions();

    @Override
    public Integer call() {
        Path socket = Path.of(config.load().get(DefaultOptions.CONTROL_SOCKET));
        try {
            String metrics = ControlSocket.request(socket, "metrics");
            if (!metrics.startsWith("#")) {
                System.err.print("vm-event-agent: " + LogText.ofLines(metrics));
                return ExitCode.FAILED;
            }
            System.out.print(LogText.ofLines(metrics));
            return ExitCode.OK;
        } catch (IOException e) {
            System.err.println("vm-event-agent: " + LogText.of(String.valueOf(e.getMessage())));
            return ExitCode.FAILED;
        }
    }
}
