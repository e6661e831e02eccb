package org.vmeventagent.system;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports the status of this process to systemd, by the protocol of sd_notify(3): one datagram a message. Reports nothing where no
 * systemd listens, and never waits for it. Any thread.
 */
public final class Systemd {
    private static final Logger log = LoggerFactory.getLogger(Systemd.class);

    // sys/socket.h and bits/socket.h of Linux
    private static final short AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;

    private interface C extends Library {
        int socket(int domain, int type, int protocol) throws LastErrorException;

        NativeLong sendto(int socket, byte[] text, NativeLong length, int flags, byte[] address, int addressLength)
                throws LastErrorException;

        int close(int descriptor);
    }

    private final byte @Nullable [] address;
    private final @Nullable Duration watchdog;
    private final AtomicBoolean complained = new AtomicBoolean();
    private volatile boolean started;

    private Systemd(byte @Nullable [] address, @Nullable Duration watchdog) {
        this.address = address;
        this.watchdog = watchdog;
    }

    /** By NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. */
    public static Systemd of(Map<String, String> environment) {
        return of(environment, ProcessHandle.current().pid());
    }

    static Systemd of(Map<String, String> environment, long pid) {
        String socket = environment.getOrDefault("NOTIFY_SOCKET", "");
        if (!socket.startsWith("/") && !socket.startsWith("@")) {
            return new Systemd(null, null);
        }
        String forWhom = environment.getOrDefault("WATCHDOG_PID", Long.toString(pid));
        String micros = environment.getOrDefault("WATCHDOG_USEC", "");
        boolean watched = forWhom.equals(Long.toString(pid)) && micros.matches("[1-9]\\d{0,17}");
        return new Systemd(address(socket), watched ? Duration.of(Long.parseLong(micros), ChronoUnit.MICROS) : null);
    }

    /** Whether somebody listens. */
    public boolean listens() {
        return address != null;
    }

    /** The time after which this process is killed unless {@link #alive} is called again; empty for never. */
    public Optional<Duration> watchdog() {
        return Optional.ofNullable(watchdog);
    }

    /** The start, or reading the configuration again, is over. */
    public void ready() {
        started = true;
        send("READY=1");
    }

    /** Whether {@link #ready} was sent. */
    public boolean isStarted() {
        return started;
    }

    /** The start, which makes progress, may take so much longer than this moment, whatever the unit's TimeoutStartSec is. */
    public void extendStart(Duration by) {
        send("EXTEND_TIMEOUT_USEC=" + TimeUnit.NANOSECONDS.toMicros(by.toNanos()));
    }

    /** The configuration is read again; {@link #ready} ends it. */
    public void reloading() {
        send("RELOADING=1");
    }

    /** The end begins. */
    public void stopping() {
        send("STOPPING=1");
    }

    /** Shown by {@code systemctl status}. */
    public void status(String line) {
        send("STATUS=" + line.replace('\n', ' '));
    }

    /** Feeds the watchdog. */
    public void alive() {
        send("WATCHDOG=1");
    }

    private void send(String message) {
        if (address == null) {
            return;
        }
        C libc = Native.load("c", C.class);
        byte[] text = message.getBytes(StandardCharsets.UTF_8);
        try {
            int socket = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
            try {
                libc.sendto(
                        socket,
                        text,
                        new NativeLong(text.length),
                        MSG_NOSIGNAL | MSG_DONTWAIT,
                        address,
                        address.length);
            } finally {
                libc.close(socket);
            }
        } catch (LastErrorException e) {
            if (complained.compareAndSet(false, true)) {
                log.warn("Can't notify systemd of {}: {}", message, e.getMessage());
            }
        }
    }

    /** A sockaddr_un: the family in the machine's order, then a path that ends with 0, or 0 and an abstract name. */
    private static byte[] address(String socket) {
        byte[] name =
                (socket.startsWith("@") ? "\0" + socket.substring(1) : socket + "\0").getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Short.BYTES + name.length)
                .order(ByteOrder.nativeOrder())
                .putShort(AF_UNIX)
                .put(name)
                .array();
    }
}
