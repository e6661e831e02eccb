package org.vmeventagent.system;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Standard output of a command, which knows at the end whether all of it was written: {@link PrintStream} keeps an error
 * to itself. UTF-8 whatever the locale. Any thread.
 */
public final class StandardOutput {
    private final Remembering bytes = new Remembering();
    private final PrintStream stream = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    private StandardOutput() {}

    /** That of this process; {@code System.out} is it from now on. */
    public static StandardOutput install() {
        StandardOutput output = new StandardOutput();
        System.setOut(output.stream);
        return output;
    }

    /**
     * Why something that was printed is missing; empty when nothing is. A pipe that nobody reads any more is no fault:
     * {@code | head} has enough.
     */
    public Optional<String> failure() {
        stream.flush();
        return Optional.ofNullable(bytes.failure)
                .map(IOException::getMessage)
                .filter(reason -> !reason.equals("Broken pipe")); // strerror(3) in English; the launcher sets LC_ALL
    }

    private static final class Remembering extends OutputStream {
        private final OutputStream out = new FileOutputStream(FileDescriptor.out);
        private volatile @Nullable IOException failure;

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                failure = failure == null ? e : failure;
                throw e;
            }
        }
    }
}
