package org.vmeventagent.cli;

import java.io.PrintWriter;
import org.vmeventagent.config.ConnectionUri;
import org.vmeventagent.logging.LogText;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;

/** The command line: every command, and one clear line for whatever goes wrong. */
public final class CommandLineInterface {
    @Command(
            name = "vm-event-agent",
            description =
                    "Publishes libvirt domain events of an OpenStack compute host as oslo.messaging notifications.",
            versionProvider = Version.class,
            mixinStandardHelpOptions = true,
            scope = ScopeType.INHERIT,
            synopsisSubcommandLabel = "COMMAND",
            subcommands = {
                RunCommand.class,
                WatchCommand.class,
                TailCommand.class,
                ListCommand.class,
                HistoryCommand.class,
                WhyCommand.class,
                CheckCommand.class,
                StatusCommand.class,
                AuditCommand.class,
                EmitTestCommand.class,
                OutboxCommand.class,
                MetricsCommand.class,
                ImportConfigCommand.class,
                DemoCommand.class,
            },
            footer = {
                "",
                "Exit codes: 0 ok, 1 failed at run time, 2 usage, 78 configuration.",
                "",
                "Examples:",
                "  vm-event-agent demo",
                "  vm-event-agent watch",
                "  vm-event-agent run --config-file /etc/vm-event-agent.conf"
            })
    private static final class Root {}

    private CommandLineInterface() {}

    /** Runs a command and returns how it ended, see {@link ExitCode}. */
    public static int execute(String... arguments) {
        CommandLine line = new CommandLine(new Root());
        line.setParameterExceptionHandler((e, given) -> misused(e));
        line.setExecutionExceptionHandler((e, command, result) -> failed(e, command.getErr()));
        if (arguments.length == 0) {
            line.usage(line.getErr());
            return ExitCode.USAGE;
        }
        return line.execute(arguments);
    }

    /** What was not understood and where more is; the whole help would hide it. */
    private static int misused(CommandLine.ParameterException e) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("vm-event-agent: " + LogText.of(String.valueOf(e.getMessage())));
        CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
        err.println("See: " + command.getCommandSpec().qualifiedName() + " --help");
        return ExitCode.USAGE;
    }

    private static int failed(Exception e, PrintWriter err) {
        err.println(CommandFailure.line(e));
        return CommandFailure.exitCode(e);
    }

    /** The version for picocli. */
    private static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"vm-event-agent " + ServiceArguments.VERSION};
        }
    }

    /** Refuses what is no libvirt connection URI, as the configuration does. */
    static final class ConnectionUriConverter implements ITypeConverter<String> {
        @Override
        public String convert(String uri) {
            if (!ConnectionUri.isValid(uri)) {
                throw new TypeConversionException(
                        "'" + ConnectionUri.withoutCredentials(uri) + "' must be " + ConnectionUri.ALLOWED);
            }
            return uri;
        }
    }
}
