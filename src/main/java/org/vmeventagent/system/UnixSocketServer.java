package org.vmeventagent.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
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
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one request of each client of a unix socket, answers it, and ends the connection. One thread does it, and waits for
 * nobody: a client that sends nothing, or doesn't read its answer, is cut off after {@link #CLIENT_TIMEOUT} and holds up no
 * other. Owner and group of the agent may connect. At most 32 clients are served at once; the next ones wait.
 */
public final class UnixSocketServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(UnixSocketServer.class);

    /** How long a client may take; a request takes milliseconds. */
    public static final Duration CLIENT_TIMEOUT = Duration.ofSeconds(5);

    private static final Duration STOP = Duration.ofSeconds(1);
    private static final Duration WAKE_UP = Duration.ofSeconds(1);
    private static final long UNTIL_WOKEN = 0;
    private static final int MAX_CLIENTS = 32;

    /** What answers a request. */
    public interface Protocol {
        /**
         * The whole answer, at once, on the server's thread; null while the end of the request has still to come.
         *
         * @param received all that came so far, as UTF-8
         * @param last whether nothing more comes, or nothing more is read: then null is not allowed
         */
        byte @Nullable [] reply(String received, boolean last);
    }

    private final String threadName;
    private final Path path;
    private final int longest;
    private final Duration timeout;
    private final Protocol protocol;
    private volatile boolean closing;
    private @Nullable Selector selector;
    private @Nullable Thread thread;

    /** @param longest request, in bytes */
    public UnixSocketServer(String threadName, Path path, int longest, Duration timeout, Protocol protocol) {
        this.threadName = threadName;
        this.path = path;
        this.longest = longest;
        this.timeout = timeout;
        this.protocol = protocol;
    }

    /**
     * Begins to listen. A socket on which nobody listens is replaced; any other file, and the socket of a living process, stay.
     *
     * @throws IOException where that can't be
     */
    public void start() throws IOException {
        removeWhatACrashLeft();
        ServerSocketChannel opened = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        boolean bound = false;
        try {
            opened.bind(UnixDomainSocketAddress.of(path));
            bound = true;
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
            opened.configureBlocking(false);
            Selector made = Selector.open();
            SelectionKey accepting = opened.register(made, SelectionKey.OP_ACCEPT);
            Thread serving = Threads.repeating(threadName, "The socket " + path, () -> serve(made, accepting));
            serving.start();
            selector = made;
            thread = serving;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            close(opened);
            if (bound) {
                Files.deleteIfExists(path);
            }
            throw new IOException(e.toString(), e);
        }
    }

    private void removeWhatACrashLeft() throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther()) {
            throw new IOException("a file that is no socket is there");
        }
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.configureBlocking(false); // a living process whose queue is full isn't waited for
            channel.connect(UnixDomainSocketAddress.of(path));
        } catch (ConnectException e) {
            Files.deleteIfExists(path);
            return;
        }
        throw new IOException("another process listens there");
    }

    private boolean serve(Selector made, SelectionKey accepting) {
        try {
            if (closing) {
                made.keys().forEach(key -> close(key.channel()));
                made.close();
                return false;
            }
            accepting.interestOps(made.keys().size() <= MAX_CLIENTS ? SelectionKey.OP_ACCEPT : 0);
            boolean hasClients = made.keys().size() > 1;
            made.select(this::ready, hasClients ? Math.min(WAKE_UP.toMillis(), timeout.toMillis()) : UNTIL_WOKEN);
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
            log.warn("A request on {} failed: {}", path, e.toString());
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
        private final ByteBuffer request = ByteBuffer.allocate(longest);
        private final long deadline = System.nanoTime() + timeout.toNanos();
        private @Nullable ByteBuffer reply;

        boolean isLate() {
            return System.nanoTime() - deadline >= 0;
        }

        /** Reads or writes what goes without waiting. */
        boolean isDone(SelectionKey key, SocketChannel channel) throws IOException {
            ByteBuffer writing = reply;
            if (writing == null) {
                boolean ended = channel.read(request) < 0;
                String received = new String(request.array(), 0, request.position(), StandardCharsets.UTF_8);
                byte[] answer = protocol.reply(received, ended || !request.hasRemaining());
                if (answer == null) {
                    return false;
                }
                writing = ByteBuffer.wrap(answer);
                reply = writing;
                key.interestOps(SelectionKey.OP_WRITE);
            }
            if (!writing.hasRemaining()) {
                return channel.read(request.clear()) < 0;
            }
            channel.write(writing);
            if (!writing.hasRemaining()) {
                // What was not read of a request, when the socket is closed, would take the answer away from the
                // client.
                channel.shutdownOutput();
                key.interestOps(SelectionKey.OP_READ);
            }
            return false;
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
}
