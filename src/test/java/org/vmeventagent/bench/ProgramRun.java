package org.vmeventagent.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** One run of a program, from its start to the figures it leaves. Used by one thread. */
final class ProgramRun implements AutoCloseable {
    private static final long TIMEOUT_S = 120;

    private final Process process;
    private final Path figures;
    private final List<String> said = new CopyOnWriteArrayList<>();
    private final CountDownLatch ready = new CountDownLatch(1);
    private final long began = System.nanoTime();
    private volatile long readyAt;

    private ProgramRun(Process process, Path figures) {
        this.process = process;
        this.figures = figures;
        Thread reader = new Thread(this::read, "bench-reader");
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts it, and waits until it is subscribed. */
    static ProgramRun start(ProcessBuilder command, Path directory) throws IOException, InterruptedException {
        command.redirectOutput(ProcessBuilder.Redirect.DISCARD);
        ProgramRun programRun = new ProgramRun(command.start(), directory.resolve("figures"));
        if (!programRun.ready.await(TIMEOUT_S, TimeUnit.SECONDS)) {
            throw new AssertionError("not ready: " + programRun.said);
        }
        return programRun;
    }

    double readySeconds() {
        return (readyAt - began) / 1e9;
    }

    Cost cost() {
        return Cost.of(process.pid());
    }

    Map<PathStage, Long> byWork() {
        return Cost.byWork(process.pid());
    }

    /** Ends it; what it measured. */
    List<MeasuredNotification> stop() throws IOException, InterruptedException {
        process.destroy();
        if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new AssertionError("ended with an error: " + said);
        }
        return MeasuredNotification.read(figures);
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                said.add(line);
                if (line.contains("Ready: ") || line.equals("READY")) {
                    readyAt = System.nanoTime();
                    ready.countDown();
                }
            }
        } catch (IOException e) {
            said.add(e.toString());
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
