package org.vmeventagent.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.vmeventagent.config.DefaultOptions;
import org.vmeventagent.logging.LogText;
import org.vmeventagent.system.ControlSocket;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Has the running agent publish the current state of every domain. */
@Command(
        name = "audit",
        description =
                "Has the running agent publish libvirt.domain.exists for every domain, so that a collector can build"
                        + " or repair its view.",
        footer = {
            "",
            "Examples:",
            "  vm-event-agent audit",
            "  vm-event-agent audit --config-file /etc/vm-event-agent.conf"
        })
final class AuditCommand implements Callable<Integer> {
    @Mixin
    private final ConfigOptions config = new ConfigOptions();

    @Override
    public Integer call() {
        Path socket = Path.of(config.load().get(DefaultOptions.CONTROL_SOCKET));
        try {
            System.out.print(ControlSocket.request(socket, "audit"));
            return ExitCode.OK;
        } catch (IOException e) {
            System.err.println("vm-event-agent: " + LogText.of(String.valueOf(e.getMessage())));
            return ExitCode.FAILED;
        }
    }
}
