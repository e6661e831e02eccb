package org.vmeventagent.libvirt;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.time.Moment;

/** Queries libvirt about domains, with calls that a read-only connection may make. Each blocks; none is for a callback. */
final class DomainReader {
    private static final Logger LOG = LoggerFactory.getLogger(DomainReader.class);

    /** Newest first; 1.0 is what Nova wrote before 2021. */
    private static final List<byte[]> NOVA_NAMESPACES = List.of(
            NativeLibvirt.toC("http://openstack.org/xmlns/libvirt/nova/1.1"),
            NativeLibvirt.toC("http://openstack.org/xmlns/libvirt/nova/1.0"));

    /** virDomainInfo: 40 bytes, cpuTime in the last eight. */
    private static final int INFO_BYTES = 40;

    private static final int INFO_CPU_TIME = 32;

    /** VIR_DOMAIN_JOB_STATS_COMPLETED. */
    private static final int COMPLETED = 1;

    /** VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED: without it the answer is given once only. */
    private static final int KEEP_COMPLETED = 1 << 1;

    /** VIR_DOMAIN_JOB_BOUNDED. */
    private static final int JOB_BOUNDED = 1;

    /** VIR_DOMAIN_JOB_UNBOUNDED. */
    private static final int JOB_UNBOUNDED = 2;

    /** VIR_DOMAIN_JOB_COMPLETED. */
    private static final int JOB_COMPLETED = 3;

    /** Cloud Hypervisor's driver keeps metadata, and has them in the XML only. */
    private static final String ONLY_IN_XML = "CH";

    /** ESX's driver asks its host three times for a domain's figures, of which the CPU time is always 0. */
    private static final String WITHOUT_CPU_TIME = "ESX";

    private DomainReader() {}

    /**
     * A listing, each domain of which is still to be queried.
     *
     * @param connect that listed them
     * @param askedAt before the first query
     * @param definitions null where the driver can't filter
     * @param domains whoever has it frees them
     */
    record Listed(Pointer connect, Moment askedAt, @Nullable PersistentDomains definitions, List<Pointer> domains) {
        /**
         * Two calls, three for an active domain; one more on another connection than it was listed by. Empty when it
         * vanished meanwhile.
         */
        Optional<DomainListing.ListedDomain> read(Pointer own, Pointer domain, UUID uuid) throws LibvirtFailure {
            return own.equals(connect)
                    ? DomainReader.read(domain, askedAt, definitions)
                    : DomainReader.find(own, uuid, askedAt, definitions);
        }

        void free() {
            domains.forEach(NativeLibvirt::virDomainFree);
        }
    }

    /** Which domains there are. libvirtd waits for each domain's lock before it answers. */
    static Listed list(Pointer connect) throws LibvirtFailure {
        Moment askedAt = Moment.now();
        PersistentDomains persistentDomains = PersistentDomains.of(connect).orElse(null);
        List<Pointer> domains = new ArrayList<>();
        each(connect, 0, domain -> {
            NativeLibvirt.virDomainRef(domain);
            domains.add(domain);
        });
        return new Listed(connect, askedAt, persistentDomains, domains);
    }

    /**
     * Has each domain of a listing taken, and frees it.
     *
     * @param filter virConnectListAllDomainsFlags; 0 for all
     */
    static void each(Pointer connect, int filter, Consumer<Pointer> taken) throws LibvirtFailure {
        PointerByReference array = new PointerByReference();
        int count = NativeLibvirt.virConnectListAllDomains(connect, array, filter);
        if (count < 0) {
            throw LibvirtFailure.last();
        }
        Pointer domains = array.getValue();
        for (int i = 0; i < count; i++) {
            Pointer domain = domains.getPointer((long) i * Native.POINTER_SIZE);
            try {
                taken.accept(domain);
            } finally {
                NativeLibvirt.virDomainFree(domain);
            }
        }
        if (domains != null) {
            Native.free(Pointer.nativeValue(domains));
        }
    }

    /** One domain; empty when there is none. */
    static Optional<DomainListing.ListedDomain> find(Pointer connect, UUID uuid) throws LibvirtFailure {
        return find(connect, uuid, Moment.now(), null);
    }

    private static Optional<DomainListing.ListedDomain> find(
            Pointer connect, UUID uuid, Moment askedAt, @Nullable PersistentDomains persistentDomains)
            throws LibvirtFailure {
        Pointer domain = lookupByUuid(connect, uuid);
        if (domain == null) {
            return Optional.empty();
        }
        try {
            return read(domain, askedAt, persistentDomains);
        } finally {
            NativeLibvirt.virDomainFree(domain);
        }
    }

    /** Whoever has it frees it; null when there is none. */
    private static @Nullable Pointer lookupByUuid(Pointer connect, UUID uuid) throws LibvirtFailure {
        byte[] bytes = ByteBuffer.allocate(NativeLibvirt.UUID_BYTES)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .array();
        Pointer domain = NativeLibvirt.virDomainLookupByUUID(connect, bytes);
        if (domain == null) {
            LibvirtFailure failure = LibvirtFailure.last();
            if (!failure.isNoDomain()) {
                throw failure;
            }
        }
        return domain;
    }

    /** Local: no call to the daemon. */
    static String name(Pointer domain) {
        String name = NativeLibvirt.text(NativeLibvirt.virDomainGetName(domain));
        return name == null ? "" : name;
    }

    /**
     * The metadata of a domain; never fails.
     *
     * @param known the domain itself, where it is of this connection
     */
    static LookupResult lookup(Pointer connect, UUID uuid, @Nullable Pointer known) {
        Pointer found = null;
        try {
            found = known == null ? lookupByUuid(connect, uuid) : null;
            Pointer domain = known == null ? found : known;
            if (domain == null) {
                return new LookupResult(LookupResult.Status.NO_DOMAIN, null, Moment.now());
            }
            String metadata = metadata(domain);
            return new LookupResult(
                    metadata == null ? LookupResult.Status.NO_METADATA : LookupResult.Status.METADATA,
                    metadata,
                    Moment.now());
        } catch (LibvirtFailure e) {
            if (!e.isNoDomain()) {
                LOG.debug("Look-up failed: {}", e.getMessage());
            }
            return new LookupResult(
                    e.isNoDomain() ? LookupResult.Status.NO_DOMAIN : LookupResult.Status.FAILED, null, Moment.now());
        } finally {
            if (found != null) {
                NativeLibvirt.virDomainFree(found);
            }
        }
    }

    /** @param persistentDomains null to query this domain alone */
    private static Optional<DomainListing.ListedDomain> read(
            Pointer domain, Moment askedAt, @Nullable PersistentDomains persistentDomains) throws LibvirtFailure {
        try {
            UUID uuid = EventSubscription.uuid(domain);
            int id = NativeLibvirt.virDomainGetID(domain);
            int[] state = new int[1];
            int[] reason = new int[1];
            checked(NativeLibvirt.virDomainGetState(domain, state, reason, 0));
            boolean persistent = persistentDomains == null
                    ? checked(NativeLibvirt.virDomainIsPersistent(domain)) == 1
                    : id < 0
                            || persistentDomains
                                    .persistent()
                                    .contains(uuid); // what is inactive and exists has a definition
            return Optional.of(new DomainListing.ListedDomain(
                    uuid,
                    name(domain),
                    id,
                    state[0],
                    reason[0],
                    persistent,
                    persistent
                            && (persistentDomains == null
                                    ? managedSave(domain)
                                    : persistentDomains.managedSave().contains(uuid)),
                    id < 0 || isOf(WITHOUT_CPU_TIME, domain) ? 0 : cpuTime(domain),
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
        int has = NativeLibvirt.virDomainHasManagedSaveImage(domain, 0);
        return has < 0 ? absentIfUnsupported() == 1 : has == 1;
    }

    private static long cpuTime(Pointer domain) throws LibvirtFailure {
        try (Memory info = new Memory(INFO_BYTES)) {
            return NativeLibvirt.virDomainGetInfo(domain, info) < 0
                    ? absentIfUnsupported()
                    : info.getLong(INFO_CPU_TIME);
        }
    }

    private static @Nullable String metadata(Pointer domain) throws LibvirtFailure {
        for (byte[] namespace : NOVA_NAMESPACES) {
            Pointer text = NativeLibvirt.virDomainGetMetadata(domain, NativeLibvirt.METADATA_ELEMENT, namespace, 0);
            if (text != null) {
                return taken(text);
            }
            LibvirtFailure failure = LibvirtFailure.last();
            if (failure.isNoSupport()) {
                // not of a driver that knows no metadata: the XML of an ESX host's domain costs as much as a listing
                return isOf(ONLY_IN_XML, domain) ? metadataInXml(domain) : null;
            }
            if (failure.code() != LibvirtFailure.NO_DOMAIN_METADATA) {
                throw failure;
            }
        }
        return null;
    }

    private static boolean isOf(String driver, Pointer domain) {
        return driver.equals(
                NativeLibvirt.text(NativeLibvirt.virConnectGetType(NativeLibvirt.virDomainGetConnect(domain))));
    }

    /** The {@code metadata} element alone, in a {@code domain}; null where there is none. */
    static @Nullable String metadataInXml(Pointer domain) throws LibvirtFailure {
        Pointer text = NativeLibvirt.virDomainGetXMLDesc(domain, 0);
        if (text == null) {
            throw LibvirtFailure.last();
        }
        String xml = taken(text);
        int begin = xml.indexOf("<metadata>");
        int end = xml.indexOf("</metadata>", begin);
        return begin < 0 || end < 0 ? null : "<domain>" + xml.substring(begin, end) + "</metadata></domain>";
    }

    /** What a pointer that the caller frees points to. */
    private static String taken(Pointer text) {
        try {
            return Objects.requireNonNull(NativeLibvirt.text(text));
        } finally {
            Native.free(Pointer.nativeValue(text));
        }
    }

    /**
     * About the job of a domain, as {@link EventKind#JOB_COMPLETED} has it; empty when there is no such job, or no such
     * domain.
     *
     * @param completed the last job that ended, which libvirt goes on keeping; else the one that goes on
     */
    static Map<String, Object> jobStatistics(Pointer connect, UUID uuid, boolean completed) throws LibvirtFailure {
        Pointer domain = lookupByUuid(connect, uuid);
        if (domain == null) {
            return Map.of();
        }
        int[] type = new int[1];
        PointerByReference parameters = new PointerByReference();
        int[] count = new int[1];
        try {
            checked(NativeLibvirt.virDomainGetJobStats(
                    domain, type, parameters, count, completed ? COMPLETED | KEEP_COMPLETED : 0));
            boolean matches = completed ? type[0] == JOB_COMPLETED : type[0] == JOB_BOUNDED || type[0] == JOB_UNBOUNDED;
            return matches
                    ? EventKind.JOB_COMPLETED.attributes(TypedParameters.read(parameters.getValue(), count[0]))
                    : Map.of();
        } catch (LibvirtFailure e) {
            if (e.isNoDomain()) {
                return Map.of();
            }
            throw e;
        } finally {
            NativeLibvirt.virTypedParamsFree(parameters.getValue(), count[0]);
            NativeLibvirt.virDomainFree(domain);
        }
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

    /**
     * Which domains are persistent and which have a managed save image, by two filtered listings instead of two questions
     * about each domain.
     */
    record PersistentDomains(Set<UUID> persistent, Set<UUID> managedSave) {
        /** VIR_CONNECT_LIST_DOMAINS_PERSISTENT. */
        private static final int PERSISTENT = 1 << 2;

        /** VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE. */
        private static final int MANAGED_SAVE = 1 << 8;

        /** Empty where the driver can't filter. */
        static Optional<PersistentDomains> of(Pointer connect) throws LibvirtFailure {
            try {
                return Optional.of(new PersistentDomains(listed(connect, PERSISTENT), listed(connect, MANAGED_SAVE)));
            } catch (LibvirtFailure e) {
                if (e.isNoSupport() || e.code() == LibvirtFailure.INVALID_ARGUMENT) {
                    return Optional.empty();
                }
                throw e;
            }
        }

        private static Set<UUID> listed(Pointer connect, int filter) throws LibvirtFailure {
            Set<UUID> uuids = new HashSet<>();
            each(connect, filter, domain -> uuids.add(EventSubscription.uuid(domain)));
            return uuids;
        }
    }
}
