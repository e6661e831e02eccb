package org.vmeventagent.chaos;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.Error.ErrorNumber;
import org.libvirt.LibvirtException;
import org.vmeventagent.rig.LibvirtDaemon;

/** One driver of one daemon, and the test's own connection to it. Used by one thread. */
public final class TestHypervisor {
    private final LibvirtDaemon daemon;
    private final String uri;
    private @Nullable Connect connect;

    TestHypervisor(LibvirtDaemon daemon, String uri) {
        this.daemon = daemon;
        this.uri = uri;
    }

    public LibvirtDaemon daemon() {
        return daemon;
    }

    /** As the agent has it: by the read-only socket. */
    public String agentUri() {
        return daemon.readOnly(uri);
    }

    public String uri() {
        return uri;
    }

    public boolean isQemu() {
        return uri.startsWith("qemu");
    }

    /** Opens it if it was not, or was {@link #forget forgotten}. */
    Connect connect() throws LibvirtException {
        if (connect == null) {
            connect = new Connect(uri, false);
        }
        return connect;
    }

    /** The daemon has cut it, or will. */
    void forget() {
        if (connect != null) {
            try {
                connect.close();
            } catch (LibvirtException e) {
                assert e.getMessage() != null; // a dead connection says so, and is closed all the same
            }
            connect = null;
        }
    }

    /** To be freed by the caller; null where there is none. */
    @Nullable Domain find(UUID uuid) throws LibvirtException {
        try {
            return connect().domainLookupByUUIDString(uuid.toString());
        } catch (LibvirtException e) {
            if (isNoDomain(e)) {
                return null;
            }
            throw e;
        }
    }

    private static boolean isNoDomain(LibvirtException e) {
        return e.getError() != null && e.getError().getCode() == ErrorNumber.VIR_ERR_NO_DOMAIN;
    }

    /** The state of every domain, in the words of the notifications. */
    Map<String, String> currentState() throws LibvirtException {
        Map<String, String> states = new HashMap<>();
        for (Domain domain : connect().listAllDomains(0)) {
            try {
                states.put(domain.getUUIDString(), state(domain));
            } catch (LibvirtException e) {
                if (!isNoDomain(e)) { // one that went meanwhile is none
                    throw e;
                }
            } finally {
                domain.free();
            }
        }
        return states;
    }

    private static String state(Domain domain) throws LibvirtException {
        return switch (domain.getInfo().state) {
            case VIR_DOMAIN_RUNNING, VIR_DOMAIN_BLOCKED, VIR_DOMAIN_NOSTATE, VIR_DOMAIN_SHUTDOWN -> "running";
            case VIR_DOMAIN_PAUSED -> "paused";
            case VIR_DOMAIN_CRASHED -> "crashed";
            case VIR_DOMAIN_PMSUSPENDED -> "pmsuspended";
            default -> domain.isPersistent() == 1 && domain.hasManagedSaveImage() == 1 ? "saved" : "defined";
        };
    }

    @Override
    public String toString() {
        return agentUri();
    }
}
