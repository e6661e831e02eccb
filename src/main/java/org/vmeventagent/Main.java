package org.vmeventagent;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.vmeventagent.cli.CommandLines;
import org.vmeventagent.cli.PlainRun;

/** Where the process begins. */
public final class Main {
    private Main() {}

    /** Runs one command and ends with its exit code; output is UTF-8 whatever the locale. */
    public static void main(String[] arguments) throws InterruptedException {
        System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
        System.exit(PlainRun.execute(System.err, arguments).orElseGet(() -> CommandLines.execute(arguments)));
    }
}
