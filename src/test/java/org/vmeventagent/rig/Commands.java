package org.vmeventagent.rig;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs a command to its end, with a deadline. */
final class Commands {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private Commands() {}

    /** What it printed; an error if it says anything but 0. */
    static String run(ProcessBuilder builder) {
        return run(builder, DEADLINE);
    }

    /** The same, with a deadline of the caller's. */
    static String run(ProcessBuilder builder, Duration deadline) {
        List<String> command = builder.command();
        try {
            Process process = builder.redirectErrorStream(true).start();
            CompletableFuture<byte[]> output = CompletableFuture.supplyAsync(() -> read(process), OwnThread.EACH);
            byte[] bytes = output.get(deadline.toSeconds(), TimeUnit.SECONDS);
            if (!process.waitFor(deadline.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException(command + " failed: " + new String(bytes, StandardCharsets.UTF_8));
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException | ExecutionException | TimeoutException e) {
            throw new IllegalStateException(command + " failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(command + " interrupted", e);
        }
    }

    private static byte[] read(Process process) {
        try {
            return process.getInputStream().readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
