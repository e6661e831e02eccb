package org.vmeventagent.system;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers commands on a unix socket, on one thread named {@code control}: see {@link UnixSocketServer}. Whoever may write to
 * the socket (owner and group) may give commands. An answer must come at once. Without the socket the agent works all the same.
 */
public final class ControlSocket implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ControlSocket.class);

    /** How long a command waits for the agent's answer: more than a client before it may take. */
    private static final Duration REPLY_TIMEOUT = Duration.ofSeconds(10);

    private static final int LONGEST_COMMAND = 4096;

    private static final String OK = "ok\n";
    private static final String ERROR = "error ";

    /** What answers a command. */
    public interface Command {
        /**
         * Its answer, at once: text of any number of lines. On the thread {@code control}.
         *
         * @param argument what follows the command's name and a blank; empty text for nothing
         * @throws IllegalArgumentException in one line, why there is no answer: the client gets it as an error
         */
        String reply(String argument);
    }

    private final Path path;
    private final Map<String, Command> commands;
    private final UnixSocketServer server;

    /** @param commands by name */
    public ControlSocket(Path path, Map<String, Command> commands) {
        this(path, commands, UnixSocketServer.CLIENT_TIMEOUT);
    }

    ControlSocket(Path path, Map<String, Command> commands, Duration timeout) {
        this.path = path;
        this.commands = Map.copyOf(commands);
        this.server = new UnixSocketServer("control", path, LONGEST_COMMAND, timeout, this::reply);
    }

    /** Begins to listen; logs it where that can't be. A socket left behind by a crash is replaced. */
    public void start() {
        try {
            server.start();
        } catch (IOException e) {
            log.info(
                    "No control socket, so no commands for the running agent: {} can't be made ({})",
                    path,
                    e.getMessage());
        }
    }

    private byte @Nullable [] reply(String received, boolean last) {
        int end = received.indexOf('\n');
        if (end < 0 && !last) {
            return null;
        }
        return replyTo(end < 0 ? received : received.substring(0, end)).getBytes(StandardCharsets.UTF_8);
    }

    private String replyTo(String line) {
        int blank = line.indexOf(' ');
        Command known = commands.get(blank < 0 ? line : line.substring(0, blank));
        if (known == null) {
            return ERROR + "unknown command, there are " + String.join(", ", commands.keySet()) + "\n";
        }
        try {
            return OK + known.reply(blank < 0 ? "" : line.substring(blank + 1));
        } catch (IllegalArgumentException e) {
            return ERROR + e.getMessage() + "\n";
        }
    }

    @Override
    public void close() {
        server.close();
    }

    /**
     * Gives a running agent a command; waits ten seconds at most.
     *
     * @return the answer
     * @throws IOException one line that names what to check
     */
    public static String request(Path path, String command) throws IOException {
        return request(path, command, REPLY_TIMEOUT);
    }

    /**
     * The same for a command that answers with lines {@code name: value}.
     *
     * @return the values by their names, in the order of the lines
     */
    public static Map<String, String> requestValues(Path path, String command) throws IOException {
        Map<String, String> values = new LinkedHashMap<>();
        request(path, command).lines().forEach(line -> {
            String[] parts = line.split(": ", 2);
            values.put(parts[0], parts.length == 2 ? parts[1] : "");
        });
        return values;
    }

    static String request(Path path, String command, Duration timeout) throws IOException {
        long deadline = System.nanoTime() + timeout.toNanos();
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                Selector readable = Selector.open()) {
            channel.configureBlocking(false);
            channel.connect(UnixDomainSocketAddress.of(path));
            channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8)));
            channel.shutdownOutput();
            channel.register(readable, SelectionKey.OP_READ);
            String text = read(channel, readable, deadline);
            if (text == null) {
                throw new IOException("the agent at " + path + " has not answered within " + timeout.toSeconds()
                        + " s: it hangs, or the host is too busy; see its log");
            }
            if (!text.startsWith(OK)) {
                throw new IOException("the agent at " + path + " says: "
                        + (text.startsWith(ERROR) ? text.substring(ERROR.length()) : text).strip());
            }
            return text.substring(OK.length());
        } catch (SocketException | NoSuchFileException e) {
            throw new IOException("no agent answers at " + path + " (" + e.getMessage() + "); is it running?", e);
        }
    }

    /** All that comes until the other side ends; null when the deadline is earlier. */
    private static @Nullable String read(SocketChannel channel, Selector readable, long deadline) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        ByteBuffer part = ByteBuffer.allocate(8192);
        while (true) {
            int count = channel.read(part.clear());
            if (count < 0) {
                return text.toString(StandardCharsets.UTF_8);
            }
            text.write(part.array(), 0, count);
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return null;
            }
            if (count == 0) {
                readable.select(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
                readable.selectedKeys().clear();
            }
        }
    }
}
