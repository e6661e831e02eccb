package org.vmeventagent.control;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.system.Threads;

/**
 * Answers commands on a unix socket, one at a time, on a thread named {@code control}. Whoever may write to the socket
 * (owner and group) may give them. An answer must come at once. Without the socket the agent works all the same.
 */
public final class ControlSocket implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ControlSocket.class);
    private static final Duration STOP = Duration.ofSeconds(1);
    private static final int LONGEST_COMMAND = 256;

    private final Path path;
    private final Map<String, Supplier<String>> commands;
    private @Nullable ServerSocketChannel server;
    private @Nullable Thread thread;

    /** @param commands by name; the answer is text of any number of lines */
    public ControlSocket(Path path, Map<String, Supplier<String>> commands) {
        this.path = path;
        this.commands = Map.copyOf(commands);
    }

    /** Begins to listen; says so in the log where that can't be. A socket left behind by a crash is replaced. */
    public void start() {
        try {
            Files.deleteIfExists(path);
            ServerSocketChannel opened = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            opened.bind(UnixDomainSocketAddress.of(path));
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
            server = opened;
            Thread serving = Threads.repeating("control", "The control socket", () -> serve(opened));
            serving.start();
            thread = serving;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            log.info("No control socket, so no status and audit commands: {} can't be made ({})", path, e.toString());
        }
    }

    private boolean serve(ServerSocketChannel opened) {
        try (SocketChannel client = opened.accept()) {
            answer(client);
            return true;
        } catch (ClosedChannelException e) {
            return false;
        } catch (IOException | RuntimeException e) {
            log.warn("A command on {} failed: {}", path, e.toString());
            return true;
        }
    }

    @SuppressWarnings("MustBeClosed") // closed with the channel
    private void answer(SocketChannel client) throws IOException {
        BufferedReader reader = new BufferedReader(Channels.newReader(client, StandardCharsets.UTF_8), LONGEST_COMMAND);
        StringBuilder command = new StringBuilder();
        int c;
        while ((c = reader.read()) > 0 && c != '\n' && command.length() < LONGEST_COMMAND) {
            command.append((char) c);
        }
        Supplier<String> known = commands.get(command.toString());
        String text = known == null
                ? "error unknown command, there are " + String.join(", ", commands.keySet()) + "\n"
                : "ok\n" + known.get();
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            client.write(bytes);
        }
    }

    @Override
    public void close() {
        try {
            if (server != null) {
                server.close();
                Files.deleteIfExists(path);
            }
            if (thread != null) {
                thread.join(STOP.toMillis());
            }
        } catch (IOException e) {
            log.debug("{} was not closed cleanly: {}", path, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Gives a running agent a command.
     *
     * @return the answer
     * @throws IOException one line that says what to look at
     */
    public static String ask(Path path, String command) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8)));
            channel.shutdownOutput();
            String text = new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
            if (!text.startsWith("ok\n")) {
                throw new IOException("the agent at " + path + " says: " + text.strip());
            }
            return text.substring(3);
        } catch (java.net.SocketException | java.nio.file.NoSuchFileException e) {
            throw new IOException("no agent answers at " + path + " (" + e.getMessage() + "); is it running?", e);
        }
    }
}
