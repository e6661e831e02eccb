package org.vmeventagent.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.vmeventagent.config.NovaConfigImport;
import org.vmeventagent.system.HostName;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Takes over another OpenStack service's settings of the broker. */
@Command(
        name = "import-config",
        description =
                "Prints the lines of another service's configuration that the agent needs: host, topics,"
                        + " transport_url and what differs from the default in [oslo_messaging_rabbit]. They contain a password.",
        footer = {
            "",
            "Example, as root:",
            "  vm-event-agent import-config /etc/nova/nova.conf > /etc/vm-event-agent.conf"
        })
final class ImportConfigCommand implements Callable<Integer> {
    @Parameters(
            arity = "1..*",
            paramLabel = "FILE",
            converter = ConfigOptions.PathConverter.class,
            description = "nova.conf or ceilometer.conf; of several, a later one wins.")
    private List<Path> files = List.of();

    @Override
    public Integer call() {
        System.out.print(NovaConfigImport.lines(files, HostName::get));
        return ExitCode.OK;
    }
}
