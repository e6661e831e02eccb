package org.vmeventagent.libvirt;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.libvirt.Library;
import org.libvirt.LibvirtException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * libvirt's event loop: one for the process and for all connections, started before the first of them and never
 * stopped (libvirt can't take it back). All callbacks run on its daemon thread {@code libvirt-events}.
 */
public final class EventLoop {
    private static final Logger LOG = LoggerFactory.getLogger(EventLoop.class);
    private static final int TURN_MS = 1000;
    private static final long PAUSE_AFTER_FAILURE_MS = 100;

    /** libvirt keeps a pointer to it: without a reference JNA would drop it. */
    private static final LibvirtCalls.ErrorHandler SILENCE = (opaque, error) -> {};

    /** Does nothing: its timer makes an idle loop come round. */
    private static final LibvirtCalls.Timeout TICK = (timer, opaque) -> {};

    private static boolean started;
    private static @Nullable String failure;
    private static volatile long lastTurn = System.nanoTime();

    private EventLoop() {}

    /**
     * Begins to load libvirt, which takes as long as all else that a start needs. What fails is told by {@link #start}.
     */
    public static void prepare() {
        Thread thread = new Thread(
                () -> {
                    try {
                        start();
                    } catch (IllegalStateException e) {
                        LOG.debug("libvirt can't be loaded: {}", e.getMessage());
                    }
                },
                "libvirt-load");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Starts it once; every later call does nothing. Also stops libvirt from writing errors to stderr.
     *
     * @throws IllegalStateException when the libraries are missing or refuse
     */
    public static synchronized void start() {
        if (started) {
            return;
        }
        if (failure != null) { // a class that can't be loaded gives its reason at the first attempt only
            throw new IllegalStateException(failure);
        }
        try {
            Library.initEventLoop();
            LibvirtCalls.virSetErrorFunc(null, SILENCE);
        } catch (LibvirtException e) {
            failure = "libvirt has no event loop: " + e.getMessage();
            throw new IllegalStateException(failure, e);
        } catch (LinkageError e) {
            failure = "libvirt.so.0 and libvirt-qemu.so.0 can't be loaded: " + e;
            throw new IllegalStateException(failure, e);
        }
        if (LibvirtCalls.virEventAddTimeout(TURN_MS, TICK, null, null) < 0) {
            throw new IllegalStateException("libvirt's event loop has no timers: "
                    + LibvirtFailure.last().getMessage());
        }
        lastTurn = System.nanoTime();
        Thread thread = new Thread(EventLoop::run, "libvirt-events");
        thread.setDaemon(true);
        thread.start();
        started = true;
    }

    /** Since the loop last came round, which it does every second: longer means that a callback hangs. Any thread. */
    public static Duration sinceLastTurn() {
        return Duration.ofNanos(System.nanoTime() - lastTurn);
    }

    private static void run() {
        while (true) {
            try {
                if (LibvirtCalls.virEventRunDefaultImpl() < 0) {
                    LOG.error(
                            "libvirt's event loop failed: {}",
                            LibvirtFailure.last().getMessage());
                    pause();
                }
                lastTurn = System.nanoTime();
            } catch (Throwable e) { // nothing may end this thread: without it libvirt is deaf and doesn't say so
                LOG.error("libvirt's event loop failed", e);
                pause();
            }
        }
    }

    private static void pause() {
        LockSupport.parkNanos(Duration.ofMillis(PAUSE_AFTER_FAILURE_MS).toNanos());
    }
}
