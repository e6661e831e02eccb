package org.vmeventagent.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.vmeventagent.config.DefaultOptions;
import org.vmeventagent.logging.LogText;
import org.vmeventagent.system.ControlSocket;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows the status of the running agent. */
@Command(
        name = "status",
        description =
                "Shows the status of the running agent. Exit codes: 0 ok, 1 degraded (a connection or the broker is away), 2"
                        + " no agent answers.",
        footer = {"", "Examples:", "  vm-event-agent status", "  vm-event-agent status --json | jq -r '.reasons[]'"})
final class StatusCommand implements Callable<Integer> {
    private static final int DEGRADED = 1;
    private static final int DOWN = 2;

    @Option(names = "--json", description = "One JSON object in one line, for programs.")
    private boolean json;

    @Mixin
    private final ConfigOptions config = new ConfigOptions();

    @Override
    public Integer call() {
        Path socket = Path.of(config.load().get(DefaultOptions.CONTROL_SOCKET));
        try {
            String status = ControlSocket.request(socket, json ? "status-json" : "status");
            System.out.print(json ? status : LogText.ofLines(status));
            return status.startsWith(json ? "{\"verdict\":\"ok\"" : "status: ok") ? ExitCode.OK : DEGRADED;
        } catch (IOException e) {
            System.err.println("vm-event-agent: " + LogText.of(String.valueOf(e.getMessage())));
            return DOWN;
        }
    }
}
