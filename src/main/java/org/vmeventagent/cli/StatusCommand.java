package org.vmeventagent.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.vmeventagent.config.DefaultOptions;
import org.vmeventagent.logging.LogText;
import org.vmeventagent.system.ControlSocket;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows the status of the running agent. */
@Command(
        name = "status",
        description =
                "Shows the status of the running agent. Exit codes: 0 ok, 1 degraded (a connection or the broker is away), 2"
                        + " no agent answers.")
final class StatusCommand implements Callable<Integer> {
    private static final int DEGRADED = 1;
    private static final int DOWN = 2;

    @Mixin
    private final ConfigOptions config = new ConfigOptions();

    @Override
    public Integer call() {
        Path socket = Path.of(config.load().get(DefaultOptions.CONTROL_SOCKET));
        try {
            String status = ControlSocket.request(socket, "status");
            System.out.print(LogText.ofLines(status));
            return status.startsWith("status: ok") ? ExitCode.OK : DEGRADED;
        } catch (IOException e) {
            System.err.println("vm-event-agent: " + LogText.of(String.valueOf(e.getMessage())));
            return DOWN;
        }
    }
}
