package org.vmeventagent.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The daemon. */
@Command(
        name = "run",
        description =
                "Runs the agent until it gets SIGTERM or SIGINT. SIGHUP re-reads the configuration, SIGUSR1 compares"
                        + " all domains with what is known.",
        footer = {"", "Example:", "  vm-event-agent run --config-file /etc/vm-event-agent.conf"})
final class RunCommand implements Callable<Integer> {
    @Mixin
    private final ConfigOptions config = new ConfigOptions();

    @Override
    public Integer call() throws InterruptedException {
        return ServiceArguments.run(config);
    }
}
