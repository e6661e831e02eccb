package org.vmeventagent.system;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers commands on a unix socket, on one thread named {@code control}, which waits for nobody: a client that sends
 * nothing, or doesn't read its answer, is cut off after five seconds and holds up no other. Whoever may write to the
 * socket (owner and group) may give commands. An answer must come at once. Without the socket the agent works all the same.
 */
public final class ControlSocket implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ControlSocket.class);

    /** How long a client may take; a command of ours takes milliseconds. */
    private static final Duration CLIENT_TIMEOUT = Duration.ofSeconds(5);

    /** How long a command waits for the agent's answer: more than a client before it may take. */
    private static final Duration REPLY_TIMEOUT = Duration.ofSeconds(10);

    private static final Duration STOP = Duration.ofSeconds(1);
    private static final Duration WAKE_UP = Duration.ofSeconds(1);
    private static final int MAX_CLIENTS = 32;
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
    private final Duration timeout;
    private volatile boolean closing;
    private @Nullable Selector selector;
    private @Nullable Thread thread;

    /** @param commands by name */
    public ControlSocket(Path path, Map<String, Command> commands) {
        this(path, commands, CLIENT_TIMEOUT);
    }

    ControlSocket(Path path, Map<String, Command> commands, Duration timeout) {
        this.path = path;
        this.commands = Map.copyOf(commands);
        this.timeout = timeout;
    }

    /** Begins to listen; logs it where that can't be. A socket left behind by a crash is replaced. */
    public void start() {
        try {
            Files.deleteIfExists(path);
            ServerSocketChannel opened = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            opened.bind(UnixDomainSocketAddress.of(path));
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
            opened.configureBlocking(false);
            Selector made = Selector.open();
            SelectionKey accepting = opened.register(made, SelectionKey.OP_ACCEPT);
            selector = made;
            Thread serving = Threads.repeating("control", "The control socket", () -> serve(made, accepting));
            serving.start();
            thread = serving;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            log.info(
                    "No control socket, so no commands for the running agent: {} can't be made ({})",
                    path,
                    e.toString());
        }
    }

    private boolean serve(Selector made, SelectionKey accepting) {
        try {
            if (closing) {
                made.keys().forEach(key -> close(key.channel()));
                made.close();
                return false;
            }
            accepting.interestOps(made.keys().size() <= MAX_CLIENTS ? SelectionKey.OP_ACCEPT : 0);
            made.select(this::ready, Math.min(WAKE_UP.toMillis(), timeout.toMillis()));
            for (SelectionKey key : made.keys()) {
                if (key.attachment() instanceof Client client && client.isLate()) {
                    log.debug("A client of {} said nothing, or read nothing, for {}", path, timeout);
                    end(key);
                }
            }
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e); // the thread reports it, and goes on after a pause
        }
    }

    private void ready(SelectionKey key) {
        if (key.channel() instanceof ServerSocketChannel listening) {
            accept(listening, key.selector());
            return;
        }
        try {
            if (key.attachment() instanceof Client client && client.isDone(key, (SocketChannel) key.channel())) {
                end(key);
            }
        } catch (IOException e) {
            log.debug("A client of {} went away: {}", path, e.toString());
            end(key);
        } catch (RuntimeException e) {
            log.warn("A command on {} failed: {}", path, e.toString());
            end(key);
        }
    }

    private void accept(ServerSocketChannel listening, Selector made) {
        try {
            SocketChannel accepted = listening.accept();
            if (accepted != null) {
                accepted.configureBlocking(false);
                accepted.register(made, SelectionKey.OP_READ, new Client());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void end(SelectionKey key) {
        if (key.attachment() instanceof Client) {
            key.cancel();
            close(key.channel());
        }
    }

    private void close(SelectableChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("A client of {} was not closed cleanly: {}", path, e.toString());
        }
    }

    /** One that has connected; belongs to the thread. */
    private final class Client {
        private final ByteBuffer command = ByteBuffer.allocate(LONGEST_COMMAND);
        private final long deadline = System.nanoTime() + timeout.toNanos();
        private @Nullable ByteBuffer reply;

        boolean isLate() {
            return System.nanoTime() - deadline >= 0;
        }

        /** Reads or writes what goes without waiting. */
        boolean isDone(SelectionKey key, SocketChannel channel) throws IOException {
            ByteBuffer writing = reply;
            if (writing == null) {
                boolean ended = channel.read(command) < 0;
                String line = line(ended);
                if (line == null) {
                    return false;
                }
                writing = ByteBuffer.wrap(replyTo(line).getBytes(StandardCharsets.UTF_8));
                reply = writing;
                key.interestOps(SelectionKey.OP_WRITE);
            }
            channel.write(writing);
            return !writing.hasRemaining();
        }

        /** The command; null while its end has still to come. */
        private @Nullable String line(boolean ended) {
            String text = new String(command.array(), 0, command.position(), StandardCharsets.UTF_8);
            int end = text.indexOf('\n');
            if (end >= 0) {
                return text.substring(0, end);
            }
            return ended || !command.hasRemaining() ? text : null;
        }
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
        Thread serving = thread;
        Selector waiting = selector;
        if (serving == null || waiting == null) {
            return;
        }
        try {
            closing = true;
            waiting.wakeup();
            Files.deleteIfExists(path);
            serving.join(STOP.toMillis());
        } catch (IOException e) {
            log.debug("{} was not closed cleanly: {}", path, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
