package org.vmeventagent.libvirt;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.libvirt.Library;
import org.libvirt.LibvirtException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.EventQueue;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.system.Progress;
import org.vmeventagent.system.Threads;

/**
 * What a connection URI leads to, found by doing once what the agent does: opening it read-only, registering events, listing
 * the domains. A daemon that hangs keeps the caller waiting for ever: it needs a thread that can be left behind.
 *
 * @param events the event ids that could be registered, in their order; none where the driver has no events
 * @param remarks how its events differ from those the agent knows; empty when they don't
 * @param domains how many; empty where they were not listed in time
 * @param unanswered how many of them don't answer
 */
public record ConnectionProbe(List<EventKind> events, String remarks, OptionalInt domains, int unanswered) {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionProbe.class);
    private static final int QUEUE = 4096;

    /** As many as the queue may have: events, and a few beside them. */
    private static final int ALL = 2 * QUEUE;

    public ConnectionProbe {
        events = List.copyOf(events);
    }

    /**
     * Looks, and has the connection closed by another thread.
     *
     * @param uri may carry credentials, which appear nowhere
     * @throws LibvirtFailure in libvirt's words, without the URI
     */
    public static ConnectionProbe of(String uri, LibvirtConfig config) throws LibvirtFailure, InterruptedException {
        EventQueue queue = new EventQueue(QUEUE);
        ConnectionSession session = new ConnectionSession(config, uri, open(uri), queue, new Progress());
        try {
            session.subscribe();
            List<EventKind> events = List.copyOf(session.events());
            OptionalInt domains = session.list();
            return new ConnectionProbe(events, session.remarks(), domains, unanswered(queue));
        } finally {
            // while a domain is locked this waits for the keepalive
            Threads.once("libvirt-close", () -> session.close("checked")).start();
        }
    }

    private static NativeConnect open(String uri) throws LibvirtFailure {
        try {
            EventLoop.start();
            return new NativeConnect(uri);
        } catch (LibvirtException e) {
            throw LibvirtFailure.of(e);
        } catch (IllegalStateException e) { // no library
            throw LibvirtFailure.of(String.valueOf(e.getMessage()));
        }
    }

    private static int unanswered(EventQueue queue) throws InterruptedException {
        int count = 0;
        for (LibvirtInput input : queue.take(ALL, 0, TimeUnit.NANOSECONDS)) {
            if (input instanceof DomainListing listing) {
                count = listing.unanswered().size();
            }
        }
        return count;
    }

    /**
     * Hypervisor and libraries with their versions, as far as they say. A daemon that has just been installed runs every
     * QEMU once before it says so: that took 9 s.
     *
     * @param uri may carry credentials, which appear nowhere
     */
    public static String software(String uri) throws LibvirtFailure {
        NativeConnect connect = open(uri);
        try {
            List<String> parts = new ArrayList<>();
            parts.add((connect.getType() + ' ' + version(connect::getVersion)).strip());
            parts.add("libvirt " + version(connect::getLibVersion));
            parts.add("client library " + version(Library::getVersion));
            return String.join(", ", parts);
        } catch (LibvirtException e) {
            throw LibvirtFailure.of(e);
        } finally {
            close(connect);
        }
    }

    private interface Version {
        long get() throws LibvirtException;
    }

    /** As libvirt counts: a million for the major version, a thousand for the minor one. Not every driver says it. */
    private static String version(Version version) {
        try {
            long number = version.get();
            return number / 1_000_000 + "." + number / 1000 % 1000 + "." + number % 1000;
        } catch (LibvirtException e) {
            return "of unknown version";
        }
    }

    private static void close(NativeConnect connect) {
        try {
            connect.close();
        } catch (LibvirtException e) {
            LOG.debug("Closing: {}", LibvirtFailure.of(e).getMessage());
        }
    }
}
