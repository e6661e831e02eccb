package org.vmeventagent.rig;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * Stands between a client and a broker on the loopback, and can be the bad network between them. Thread-safe; each
 * connection has two threads of its own.
 */
public final class TcpProxy implements AutoCloseable {
    private final int target;
    private final int port = RabbitBroker.freePort();
    private final Set<Way> ways = ConcurrentHashMap.newKeySet();
    private final CountDownLatch end = new CountDownLatch(1);
    private volatile ServerSocket listener;
    private volatile boolean swallows;

    /** Forwards to a port of the loopback. */
    public TcpProxy(int target) {
        this.target = target;
        this.listener = listen();
    }

    public int port() {
        return port;
    }

    /** From now on nothing passes, in either direction, and nothing is closed: neither old connections nor new ones. */
    public void swallow() {
        swallows = true;
        ways.forEach(way -> way.swallowed = true);
    }

    /** From now on nothing more is read from a client; what the broker says passes, heartbeats too. Ended by {@link #close}. */
    public void readNothing() {
        ways.forEach(way -> way.readsNothing = true);
    }

    /** New connections pass again. Those that were swallowed stay so, as after a firewall forgot them. */
    public void forward() {
        swallows = false;
    }

    /** Nobody listens, and what was open is reset. */
    public void refuse() {
        close(listener);
        ways.forEach(Way::reset);
        ways.clear();
    }

    /** Ends {@link #refuse}. */
    public void accept() {
        listener = listen();
    }

    @Override
    public void close() {
        end.countDown();
        refuse();
    }

    private ServerSocket listen() {
        try {
            ServerSocket opened = new ServerSocket();
            opened.setReuseAddress(true);
            opened.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            start(() -> serve(opened));
            return opened;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serve(ServerSocket opened) {
        try {
            while (true) {
                Socket client = opened.accept();
                Way way = new Way(client, new Socket(InetAddress.getLoopbackAddress(), target), swallows);
                ways.add(way);
                start(() -> way.pump(way.client, way.broker, true));
                start(() -> way.pump(way.broker, way.client, false));
            }
        } catch (IOException e) {
            if (!opened.isClosed()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "tcp-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private static void close(AutoCloseable what) {
        try {
            what.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private final class Way {
        final Socket client;
        final Socket broker;
        volatile boolean swallowed;
        volatile boolean readsNothing;

        Way(Socket client, Socket broker, boolean swallowed) {
            this.client = client;
            this.broker = broker;
            this.swallowed = swallowed;
        }

        void pump(Socket from, Socket to, boolean ofClient) {
            byte[] bytes = new byte[65_536];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
                    if (swallowed) {
                        break;
                    }
                    out.write(bytes, 0, count);
                    if (ofClient && readsNothing) {
                        end.await();
                    }
                }
                if (swallowed) {
                    end.await();
                }
                reset();
            } catch (IOException e) {
                reset();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        synchronized void reset() {
            for (Socket socket : List.of(client, broker)) {
                if (!socket.isClosed()) {
                    close(socket);
                }
            }
        }
    }
}
