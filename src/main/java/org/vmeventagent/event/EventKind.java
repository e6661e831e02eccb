package org.vmeventagent.event;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The domain events libvirt can tell (virDomainEventID), one row each: number, name on the bus, group, and the fields
 * of its callback in the order of the C signature (libvirt-domain.h, up to NIC_MAC_CHANGE of 11.2).
 *
 * <p>One more event is one more row here and one callback in the libvirt package.
 */
public enum EventKind {
    LIFECYCLE(0, "lifecycle", Group.STATE),
    REBOOT(1, "reboot", Group.GUEST),
    RTC_CHANGE(2, "rtc_change", Group.GUEST, plain("utcoffset")),
    WATCHDOG(3, "watchdog", Group.GUEST, coded("action", "none pause reset poweroff shutdown debug injectnmi")),
    IO_ERROR(4, "io_error", Group.HOST, plain("path"), plain("device"), coded("action", "none pause report")),
    GRAPHICS(
            5,
            "graphics",
            Group.GUEST,
            coded("phase", "connect initialize disconnect"),
            plain("local"),
            plain("remote"),
            plain("auth_scheme"),
            plain("subject")),
    IO_ERROR_REASON(
            6,
            "io_error",
            Group.HOST,
            plain("path"),
            plain("device"),
            coded("action", "none pause report"),
            plain("reason")),
    CONTROL_ERROR(7, "control_error", Group.HOST),
    BLOCK_JOB(
            8,
            "block_job",
            Group.JOB,
            plain("disk"),
            coded("type", "unknown pull copy commit active_commit backup"),
            coded("status", "completed failed canceled ready")),
    DISK_CHANGE(
            9,
            "disk_change",
            Group.DEVICE,
            plain("old_path"),
            plain("new_path"),
            plain("device"),
            coded("reason", "change_missing_on_start drop_missing_on_start")),
    TRAY_CHANGE(10, "tray_change", Group.DEVICE, plain("device"), coded("reason", "open close")),
    PMWAKEUP(11, "pmwakeup", Group.GUEST, plain("reason")),
    PMSUSPEND(12, "pmsuspend", Group.GUEST, plain("reason")),
    BALLOON_CHANGE(13, "balloon_change", Group.GUEST, plain("actual_kib")),
    PMSUSPEND_DISK(14, "pmsuspend_disk", Group.GUEST, plain("reason")),
    DEVICE_REMOVED(15, "device_removed", Group.DEVICE, plain("device")),
    BLOCK_JOB_2(
            16,
            "block_job",
            Group.JOB,
            plain("disk"),
            coded("type", "unknown pull copy commit active_commit backup"),
            coded("status", "completed failed canceled ready")),
    TUNABLE(17, "tunable", Group.DEVICE, plain("parameters")),
    AGENT_LIFECYCLE(
            18,
            "agent_lifecycle",
            Group.GUEST,
            coded("state", "unknown connected disconnected"),
            coded("reason", "unknown domain_started channel")),
    DEVICE_ADDED(19, "device_added", Group.DEVICE, plain("device")),
    MIGRATION_ITERATION(20, "migration_iteration", Group.JOB, plain("iteration")),
    JOB_COMPLETED(21, "job_completed", Group.JOB, plain("parameters")),
    DEVICE_REMOVAL_FAILED(22, "device_removal_failed", Group.DEVICE, plain("device")),
    METADATA_CHANGE(23, "metadata_change", Group.DEVICE, coded("type", "description title element"), plain("uri")),
    BLOCK_THRESHOLD(
            24,
            "block_threshold",
            Group.HOST,
            plain("device"),
            plain("path"),
            plain("threshold_bytes"),
            plain("excess_bytes")),
    MEMORY_FAILURE(
            25,
            "memory_failure",
            Group.HOST,
            coded("recipient", "hypervisor guest"),
            coded("action", "ignore inject fatal reset"),
            plain("flags")),
    MEMORY_DEVICE_SIZE_CHANGE(26, "memory_device_size_change", Group.DEVICE, plain("device"), plain("size_bytes")),
    NIC_MAC_CHANGE(27, "nic_mac_change", Group.DEVICE, plain("device"), plain("old_mac"), plain("new_mac"));

    /** What a consumer filters by: the {@code kind} of a notification. */
    public enum Group {
        STATE,
        GUEST,
        DEVICE,
        JOB,
        HOST;

        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A field of a callback: its name in a notification and, where it is an enum, the names of its numbers. */
    public record Field(String name, @Nullable EnumNames codes) {}

    /** virDomainJobOperation: the {@code operation} of JOB_COMPLETED's typed parameters. */
    public static final EnumNames JOB_OPERATIONS =
            EnumNames.of("unknown start save restore migration_in migration_out snapshot"
                    + " snapshot_revert dump backup snapshot_delete");

    private static final String PARAMETERS = "parameters";

    private final int number;
    private final String wireName;
    private final Group group;

    @SuppressWarnings("ImmutableEnumChecker") // a List.of of records
    private final List<Field> fields;

    EventKind(int number, String wireName, Group group, Field... fields) {
        this.number = number;
        this.wireName = wireName;
        this.group = group;
        this.fields = List.of(fields);
    }

    private static Field plain(String name) {
        return new Field(name, null);
    }

    private static Field coded(String name, String names) {
        return new Field(name, EnumNames.of(names));
    }

    /** libvirt's event id. */
    public int number() {
        return number;
    }

    /** libvirt's name in lower case, {@code io_error_reason} for example. */
    public String libvirtName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The last part of the event_type; lifecycle events use their type's name instead. */
    public String wireName() {
        return wireName;
    }

    public Group group() {
        return group;
    }

    public List<Field> fields() {
        return fields;
    }

    public static Optional<EventKind> of(int number) {
        return number >= 0 && number < values().length ? Optional.of(values()[number]) : Optional.empty();
    }

    /**
     * The attributes of one event: each field's name with what the callback was given, in order. Integers of an enum
     * become a {@link EnumValue}; typed parameters (a map) become attributes of their own; null is left out.
     *
     * @param values one for each field: Integer, Long, Double, Boolean, String, List, Map with String keys, or null
     */
    public Map<String, Object> attributes(@Nullable Object... values) {
        if (values.length != fields.size()) {
            throw new IllegalArgumentException(name() + " has " + fields.size() + " fields, not " + values.length);
        }
        Map<String, Object> attributes = new LinkedHashMap<>();
        for (int i = 0; i < values.length; i++) {
            Object value = values[i];
            Field field = fields.get(i);
            if (value instanceof Map<?, ?> parameters && field.name().equals(PARAMETERS)) {
                parameters.forEach((name, parameter) -> attributes.put((String) name, named((String) name, parameter)));
            } else if (value instanceof Integer enumerated && field.codes() != null) {
                attributes.put(field.name(), field.codes().of(enumerated));
            } else if (value != null) {
                attributes.put(field.name(), value);
            }
        }
        return attributes;
    }

    private Object named(String parameter, Object value) {
        return this == JOB_COMPLETED && parameter.equals("operation") && value instanceof Integer operation
                ? JOB_OPERATIONS.of(operation)
                : value;
    }
}
