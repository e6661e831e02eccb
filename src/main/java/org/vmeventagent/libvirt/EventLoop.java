package org.vmeventagent.libvirt;

import com.sun.jna.Native;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.libvirt.Library;
import org.libvirt.LibvirtException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.system.FaultLog;
import org.vmeventagent.system.Progress;
import org.vmeventagent.system.Threads;

/**
 * libvirt's event loop: one for the process and for all connections, started before the first of them and never
 * stopped (libvirt can't take it back). All callbacks run on its daemon thread {@code libvirt-events}.
 */
public final class EventLoop {
    private static final Logger LOG = LoggerFactory.getLogger(EventLoop.class);
    private static final Duration WAKE_UP = Duration.ofSeconds(20);

    /** libvirt keeps a pointer to it: without a reference JNA would drop it. */
    private static final NativeLibvirt.ErrorHandler SILENCE = (opaque, error) -> {};

    /** Does nothing: its timer makes an idle loop make progress. */
    private static final NativeLibvirt.Timeout TICK = (timer, opaque) -> {};

    /** See https://libvirt.org/logging.html: any of these switches libvirt's own log on. */
    private static final List<String> LOG_VARIABLES =
            List.of("LIBVIRT_DEBUG", "LIBVIRT_LOG_FILTERS", "LIBVIRT_LOG_OUTPUTS");

    private static boolean started;
    private static @Nullable String failure;
    private static final FaultLog CALLBACK_FAULTS = new FaultLog("A callback of libvirt");
    private static final Progress PROGRESS = new Progress();

    private EventLoop() {}

    /**
     * Begins to load libvirt, which takes as long as all else that a start needs. A failure comes from {@link #start}.
     */
    public static void prepare() {
        Threads.once("libvirt-load", () -> {
                    try {
                        start();
                    } catch (IllegalStateException e) {
                        LOG.debug("libvirt can't be loaded: {}", e.getMessage());
                    }
                })
                .start();
    }

    /**
     * Starts it once; every later call does nothing. Also stops libvirt from writing to stderr.
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
        turnOffItsLog();
        Native.setCallbackExceptionHandler((callback, fault) -> CALLBACK_FAULTS.report(fault));
        try {
            Library.initEventLoop();
            NativeLibvirt.virSetErrorFunc(null, SILENCE);
        } catch (LibvirtException e) {
            failure = "libvirt has no event loop: " + e.getMessage();
            throw new IllegalStateException(failure, e);
        } catch (LinkageError e) {
            failure = "libvirt.so.0 and libvirt-qemu.so.0 can't be loaded: " + e;
            throw new IllegalStateException(failure, e);
        }
        if (NativeLibvirt.virEventAddTimeout((int) WAKE_UP.toMillis(), TICK, null, null) < 0) {
            throw new IllegalStateException("libvirt's event loop has no timers: "
                    + LibvirtFailure.last().getMessage());
        }
        PROGRESS.waits(WAKE_UP);
        Threads.repeating("libvirt-events", "libvirt's event loop", EventLoop::runOnce)
                .start();
        started = true;
    }

    /** Since the loop was to come round, which it does every twenty seconds: longer means that a callback hangs. Any thread. */
    public static Duration sinceLastProgress() {
        return PROGRESS.since();
    }

    private static boolean runOnce() {
        if (NativeLibvirt.virEventRunDefaultImpl() < 0) {
            throw new IllegalStateException(LibvirtFailure.last().getMessage());
        }
        PROGRESS.waits(WAKE_UP);
        return true;
    }

    /**
     * libvirt's client library keeps a log of its own: on standard error, in another form, a line for each property of an
     * ESX host that it doesn't know at each query. The agent needs the errors of its calls only. So it is off,
     * unless whoever started this process wants it. Has an effect before libvirt's first call only, which reads it
     * from the environment.
     */
    private static void turnOffItsLog() {
        if (LOG_VARIABLES.stream().allMatch(name -> System.getenv(name) == null)) {
            Native.load("c", C.class).setenv("LIBVIRT_LOG_OUTPUTS", "4:file:/dev/null", 0);
        }
    }

    private interface C extends com.sun.jna.Library {
        int setenv(String name, String value, int overwrite);
    }
}
