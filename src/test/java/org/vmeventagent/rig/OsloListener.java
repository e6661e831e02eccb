package org.vmeventagent.rig;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A process with a real oslo.messaging listener (or notifier), which tells what it received. */
public final class OsloListener implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private OsloListener(Process process) {
        this.process = process;
        Thread reader = new Thread(this::read, "oslo-listener");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts it and waits until its queues are declared.
     *
     * @param options as of {@code oslo_listener.py}
     */
    public static OsloListener start(String url, String exchange, String... options) {
        List<String> command = new ArrayList<>(
                List.of("/usr/bin/python3", "src/test/python/oslo_listener.py", "--url", url, "--exchange", exchange));
        command.addAll(Arrays.asList(options));
        try {
            OsloListener listener = new OsloListener(new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
            String first = listener.lines.poll(START.toSeconds(), TimeUnit.SECONDS);
            if (!"READY".equals(first)) {
                listener.close();
                throw new IllegalStateException("the oslo.messaging process said " + first);
            }
            return listener;
        } catch (IOException e) {
            throw new IllegalStateException("no oslo.messaging process", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The next so many notifications; an error if they don't come in time. */
    public List<JsonNode> take(int count, Duration within) throws InterruptedException, IOException {
        long end = System.nanoTime() + within.toNanos();
        List<JsonNode> taken = new ArrayList<>();
        while (taken.size() < count) {
            String line = lines.poll(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            if (line == null) {
                throw new AssertionError("only " + taken.size() + " of " + count + " notifications came");
            }
            taken.add(JSON.readTree(line));
        }
        return taken;
    }

    /** The next notifications up to the one that is wanted last; an error if that doesn't come in time. */
    public List<JsonNode> takeUntil(Predicate<JsonNode> last, Duration within)
            throws InterruptedException, IOException {
        long end = System.nanoTime() + within.toNanos();
        List<JsonNode> taken = new ArrayList<>();
        do {
            String line = lines.poll(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            if (line == null) {
                throw new AssertionError("not what was waited for, but " + taken.size() + " notifications: "
                        + taken.stream()
                                .map(reported -> reported.path("event_type").asText())
                                .toList());
            }
            taken.add(JSON.readTree(line));
        } while (!last.test(taken.get(taken.size() - 1)));
        return taken;
    }

    /** The notifications that came since it was last asked. */
    public List<JsonNode> takeAll() throws IOException {
        List<JsonNode> taken = new ArrayList<>();
        for (String line = lines.poll(); line != null; line = lines.poll()) {
            taken.add(JSON.readTree(line));
        }
        return taken;
    }

    /** The inner oslo.messaging object, made again of what the listener was reported. */
    public static byte[] inner(JsonNode reported) throws IOException {
        ObjectNode inner = JSON.createObjectNode();
        inner.put("message_id", reported.at("/metadata/message_id").asText());
        inner.set("publisher_id", reported.get("publisher_id"));
        inner.set("event_type", reported.get("event_type"));
        inner.put("priority", reported.get("priority").asText().toUpperCase(Locale.ROOT));
        inner.set("payload", reported.get("payload"));
        inner.put("timestamp", reported.at("/metadata/timestamp").asText());
        reported.get("ctxt").properties().stream()
                .filter(entry -> !entry.getValue().isNull()) // of oslo.messaging's own
                .forEach(entry -> inner.set("_context_" + entry.getKey(), entry.getValue()));
        return JSON.writeValueAsBytes(inner);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private void read() {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            lines.add("ended: " + e.getMessage());
        }
    }
}
