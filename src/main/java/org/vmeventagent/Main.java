package org.vmeventagent;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.vmeventagent.cli.CommandLineInterface;
import org.vmeventagent.cli.ExitCode;
import org.vmeventagent.cli.ServiceArguments;
import org.vmeventagent.system.StandardOutput;
import org.vmeventagent.system.Threads;
import org.vmeventagent.system.UnixSignals;

/** Where the process begins. */
public final class Main {
    /** What the daemon takes, from here on: unhandled, each would end the process while it starts. */
    private static final List<String> SIGNALS = List.of("TERM", "INT", "HUP", "USR1");

    private Main() {}

    /** Runs one command and ends with its exit code; output is UTF-8 whatever the locale. */
    public static void main(String[] arguments) throws InterruptedException {
        if (arguments.length > 0 && arguments[0].equals("run")) {
            UnixSignals.keep(SIGNALS);
        }
        Threads.endProcessOnUnhandledFault();
        StandardOutput out = StandardOutput.install();
        System.setErr(new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
        int code = ServiceArguments.execute(System.err, arguments)
                .orElseGet(() -> CommandLineInterface.execute(arguments));
        Optional<String> failure = out.failure();
        failure.ifPresent(why -> System.err.println("vm-event-agent: standard output could not be written: " + why));
        System.exit(failure.isPresent() && code == ExitCode.OK ? ExitCode.FAILED : code);
    }
}
