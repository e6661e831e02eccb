package org.vmeventagent.cli;

import java.io.PrintStream;
import java.util.Optional;
import org.vmeventagent.agent.Agent;

/**
 * The command line with which a service is started, understood without picocli: {@code run} with any number of
 * {@code --config-file FILE} and {@code --config-dir DIR}, written with blanks. To read the annotations of all commands
 * took a quarter of the time to start. Whatever is written in another way is picocli's, so that both mean the same.
 *
 * <p>Uses no class of picocli: they are of a format that no class archive takes.
 */
public final class ServiceArguments {
    /** The agent's version, from the jar's manifest. */
    static final String VERSION = Optional.ofNullable(
                    ServiceArguments.class.getPackage().getImplementationVersion())
            .orElse("development");

    private ServiceArguments() {}

    /** Runs the agent, and returns how it ended, see {@link ExitCode}; empty for any other command line. */
    public static Optional<Integer> execute(PrintStream err, String... arguments) throws InterruptedException {
        Optional<ConfigOptions> config = understood(arguments);
        if (config.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(run(config.get()));
        } catch (RuntimeException e) {
            err.println(CommandFailure.line(e));
            return Optional.of(CommandFailure.exitCode(e));
        }
    }

    /** Runs the agent with that configuration. */
    static int run(ConfigOptions config) throws InterruptedException {
        return Agent.run(config::load, VERSION) ? ExitCode.OK : ExitCode.FAILED;
    }

    static Optional<ConfigOptions> understood(String... arguments) {
        if (arguments.length % 2 == 0 || !arguments[0].equals("run")) {
            return Optional.empty();
        }
        ConfigOptions config = new ConfigOptions();
        for (int i = 1; i < arguments.length; i += 2) {
            String value = arguments[i + 1];
            if (value.isEmpty() || "-@'\"".indexOf(value.charAt(0)) >= 0 || !config.add(arguments[i], value)) {
                return Optional.empty();
            }
        }
        return Optional.of(config);
    }
}
