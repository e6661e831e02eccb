package org.vmeventagent.libvirt;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.libvirt.LibvirtException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.config.ConnectionUri;
import org.vmeventagent.system.Threads;

/**
 * Opens connections, and asks for the host's name, with a deadline. A daemon that accepts and never answers makes libvirt's
 * open hang for ever, with no way to cancel it: the attempt is abandoned with its thread, and closes what it opened when it
 * ends after all.
 *
 * <p>Used by one thread; the attempts run on daemon threads of their own.
 */
final class ConnectionOpener {
    /** From here on nothing is tried until an abandoned attempt ends. */
    static final int MAX_ABANDONED = 5;

    /** All that libvirt says where it has no password, among others. */
    private static final String NO_REASON = "the cause is unknown";

    private static final Logger LOG = LoggerFactory.getLogger(ConnectionOpener.class);
    private static final ThreadFactory THREADS = Threads.factory("libvirt-open-");

    private final AtomicInteger abandoned = new AtomicInteger();

    NativeConnect open(String uri, Duration timeout) throws LibvirtFailure, InterruptedException {
        if (abandoned.get() >= MAX_ABANDONED) {
            throw LibvirtFailure.of("the daemon doesn't answer; " + MAX_ABANDONED + " attempts to open still hang");
        }
        CompletableFuture<NativeConnect> attempt = new CompletableFuture<>();
        THREADS.newThread(() -> open(uri, attempt)).start();
        try {
            return attempt.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            if (abandon(uri, attempt)) {
                throw LibvirtFailure.of("no answer to opening within " + timeout.toMillis() + " ms");
            }
            return ended(uri, attempt);
        } catch (InterruptedException e) {
            if (!abandon(uri, attempt) && !attempt.isCompletedExceptionally()) {
                close(attempt.join());
            }
            throw e;
        } catch (ExecutionException e) {
            throw failure(uri, e);
        }
    }

    int abandoned() {
        return abandoned.get();
    }

    /** @return false when the attempt ended in this very moment */
    private boolean abandon(String uri, CompletableFuture<NativeConnect> attempt) {
        abandoned.incrementAndGet();
        if (!attempt.cancel(false)) {
            abandoned.decrementAndGet();
            return false;
        }
        if (abandoned.get() == MAX_ABANDONED) {
            LOG.error(
                    "{} attempts to open {} hang: the daemon accepts connections and doesn't answer. Restart it;"
                            + " if that doesn't help, restart the agent",
                    MAX_ABANDONED,
                    ConnectionUri.withoutCredentials(uri));
        }
        return true;
    }

    private void open(String uri, CompletableFuture<NativeConnect> attempt) {
        try {
            NativeConnect connect = open(uri);
            if (!attempt.complete(connect)) {
                abandoned.decrementAndGet();
                close(connect);
            }
        } catch (Throwable e) { // whoever waits for the attempt gets it
            if (!attempt.completeExceptionally(e)) {
                abandoned.decrementAndGet();
            }
        }
    }

    private static NativeConnect open(String uri) throws LibvirtException {
        NativeConnect connect = new NativeConnect(uri);
        try {
            connect.lookUpHost();
            return connect;
        } catch (LibvirtException e) {
            close(connect);
            throw e;
        }
    }

    private static NativeConnect ended(String uri, CompletableFuture<NativeConnect> attempt)
            throws LibvirtFailure, InterruptedException {
        try {
            return attempt.get();
        } catch (ExecutionException e) {
            throw failure(uri, e);
        } catch (CancellationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static LibvirtFailure failure(String uri, ExecutionException e) {
        Throwable cause = e.getCause();
        if (!(cause instanceof LibvirtException reported)) {
            return LibvirtFailure.of(String.valueOf(cause));
        }
        LibvirtFailure failure = LibvirtFailure.of(reported);
        return String.valueOf(failure.getMessage()).contains(NO_REASON) && ConnectionUri.needsPassword(uri)
                ? LibvirtFailure.of(
                        failure.getMessage() + "; perhaps there is no user and password for it in libvirt's auth.conf")
                : failure;
    }

    private static void close(NativeConnect connect) {
        try {
            connect.close();
        } catch (LibvirtException e) {
            LOG.debug(
                    "Closing an abandoned connection: {}", LibvirtFailure.of(e).getMessage());
        }
    }
}
