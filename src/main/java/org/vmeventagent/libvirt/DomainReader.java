package org.vmeventagent.libvirt;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.event.Look;
import org.vmeventagent.event.Snapshot;
import org.vmeventagent.time.Moment;

/** Asks libvirt about domains, with calls that a read-only connection may make. Each blocks; none is for a callback. */
final class DomainReader {
    private static final Logger LOG = LoggerFactory.getLogger(DomainReader.class);

    /** Newest first; 1.0 is what Nova wrote before 2021. */
    private static final List<byte[]> NOVA_NAMESPACES = List.of(
            Strings.toC("http://openstack.org/xmlns/libvirt/nova/1.1"),
            Strings.toC("http://openstack.org/xmlns/libvirt/nova/1.0"));

    /** virDomainInfo: 40 bytes, cpuTime in the last eight. */
    private static final int INFO_BYTES = 40;

    private static final int INFO_CPU_TIME = 32;

    private DomainReader() {}

    /**
     * Every domain. One that vanished meanwhile, or won't tell its state, is left out: absence proves nothing.
     *
     * <p>Two calls for each domain, three for an active one; all are asked at the moment in which the first question was
     * put.
     */
    static List<Snapshot.Seen> list(Pointer connect) throws LibvirtFailure {
        Moment askedAt = Moment.now();
        Definitions definitions = Definitions.of(connect).orElse(null);
        List<Snapshot.Seen> seen = new ArrayList<>();
        each(connect, 0, domain -> {
            try {
                read(domain, askedAt, definitions).ifPresent(seen::add);
            } catch (LibvirtFailure e) {
                LOG.warn("Domain {} is left out of a listing: {}", Subscription.uuid(domain), e.getMessage());
            }
        });
        return seen;
    }

    /**
     * Has each domain of a listing taken, and frees it.
     *
     * @param filter virConnectListAllDomainsFlags; 0 for all
     */
    static void each(Pointer connect, int filter, Consumer<Pointer> taken) throws LibvirtFailure {
        PointerByReference array = new PointerByReference();
        int count = LibvirtCalls.virConnectListAllDomains(connect, array, filter);
        if (count < 0) {
            throw LibvirtFailure.last();
        }
        Pointer domains = array.getValue();
        for (int i = 0; i < count; i++) {
            Pointer domain = domains.getPointer((long) i * Native.POINTER_SIZE);
            try {
                taken.accept(domain);
            } finally {
                LibvirtCalls.virDomainFree(domain);
            }
        }
        if (domains != null) {
            Native.free(Pointer.nativeValue(domains));
        }
    }

    /** One domain; empty when there is none. */
    static Optional<Snapshot.Seen> find(Pointer connect, UUID uuid) throws LibvirtFailure {
        byte[] bytes = ByteBuffer.allocate(LibvirtCalls.UUID_BYTES)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .array();
        Pointer domain = LibvirtCalls.virDomainLookupByUUID(connect, bytes);
        if (domain == null) {
            LibvirtFailure failure = LibvirtFailure.last();
            if (failure.isNoDomain()) {
                return Optional.empty();
            }
            throw failure;
        }
        try {
            return read(domain, Moment.now(), null);
        } finally {
            LibvirtCalls.virDomainFree(domain);
        }
    }

    /** What a look-up wants to know; never fails. */
    static Look look(Pointer domain) {
        try {
            String metadata = metadata(domain);
            return new Look(metadata == null ? Look.Answer.NO_METADATA : Look.Answer.METADATA, metadata, Moment.now());
        } catch (LibvirtFailure e) {
            if (!e.isNoDomain()) {
                LOG.debug("Look-up failed: {}", e.getMessage());
            }
            return new Look(e.isNoDomain() ? Look.Answer.NO_DOMAIN : Look.Answer.FAILED, null, Moment.now());
        }
    }

    /** @param definitions null to ask about this domain alone */
    private static Optional<Snapshot.Seen> read(Pointer domain, Moment askedAt, @Nullable Definitions definitions)
            throws LibvirtFailure {
        try {
            UUID uuid = Subscription.uuid(domain);
            int id = LibvirtCalls.virDomainGetID(domain);
            String name = Strings.of(LibvirtCalls.virDomainGetName(domain));
            int[] state = new int[1];
            int[] reason = new int[1];
            checked(LibvirtCalls.virDomainGetState(domain, state, reason, 0));
            boolean persistent = definitions == null
                    ? checked(LibvirtCalls.virDomainIsPersistent(domain)) == 1
                    : id < 0 || definitions.persistent().contains(uuid); // what is inactive and exists has a definition
            return Optional.of(new Snapshot.Seen(
                    uuid,
                    name == null ? "" : name,
                    id,
                    state[0],
                    reason[0],
                    persistent,
                    persistent
                            && (definitions == null
                                    ? managedSave(domain)
                                    : definitions.managedSave().contains(uuid)),
                    id < 0 ? 0 : cpuTime(domain),
                    metadata(domain),
                    askedAt));
        } catch (LibvirtFailure e) {
            if (e.isNoDomain()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static boolean managedSave(Pointer domain) throws LibvirtFailure {
        int has = LibvirtCalls.virDomainHasManagedSaveImage(domain, 0);
        return has < 0 ? absentIfUnsupported() == 1 : has == 1;
    }

    private static long cpuTime(Pointer domain) throws LibvirtFailure {
        try (Memory info = new Memory(INFO_BYTES)) {
            return LibvirtCalls.virDomainGetInfo(domain, info) < 0
                    ? absentIfUnsupported()
                    : info.getLong(INFO_CPU_TIME);
        }
    }

    private static @Nullable String metadata(Pointer domain) throws LibvirtFailure {
        for (byte[] namespace : NOVA_NAMESPACES) {
            Pointer text = LibvirtCalls.virDomainGetMetadata(domain, LibvirtCalls.METADATA_ELEMENT, namespace, 0);
            if (text != null) {
                try {
                    return Strings.of(text);
                } finally {
                    Native.free(Pointer.nativeValue(text));
                }
            }
            LibvirtFailure failure = LibvirtFailure.last();
            if (failure.code() != LibvirtFailure.NO_DOMAIN_METADATA && !failure.isNoSupport()) {
                throw failure;
            }
        }
        return null;
    }

    private static int checked(int answer) throws LibvirtFailure {
        if (answer < 0) {
            throw LibvirtFailure.last();
        }
        return answer;
    }

    private static int absentIfUnsupported() throws LibvirtFailure {
        LibvirtFailure failure = LibvirtFailure.last();
        if (!failure.isNoSupport()) {
            throw failure;
        }
        return 0;
    }
}
