package org.vmeventagent.event;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The domain events that libvirt reports (virDomainEventID), one row each with all that is known of an id: its number,
 * its name in notifications, its group, the fields of its callback in the order of the C signature (libvirt-domain.h, up
 * to CHANNEL_LIFECYCLE of 12.4), whether it is published by default, when it is an error, and which older id reports the
 * same.
 *
 * <p>A new event is one more row here and one callback in the libvirt package.
 */
public enum EventKind {
    LIFECYCLE(row(0, "lifecycle", Group.STATE)),
    REBOOT(row(1, "reboot", Group.GUEST)),
    RTC_CHANGE(row(2, "rtc_change", Group.GUEST).field("utcoffset").offByDefault()),
    WATCHDOG(row(3, "watchdog", Group.GUEST)
            .field("action", "none pause reset poweroff shutdown debug injectnmi")
            .errorUnless("action", "none")),
    IO_ERROR(row(4, "io_error", Group.HOST)
            .field("path")
            .field("device")
            .field("action", "none pause report")
            .error()),
    GRAPHICS(row(5, "graphics", Group.GUEST)
            .field("phase", "connect initialize disconnect")
            .field("local")
            .field("remote")
            .field("auth_scheme")
            .field("subject")
            .offByDefault()),
    IO_ERROR_REASON(row(6, "io_error", Group.HOST)
            .field("path")
            .field("device")
            .field("action", "none pause report")
            .field("reason")
            .error()
            .supersedes(IO_ERROR)),
    CONTROL_ERROR(row(7, "control_error", Group.HOST).error()),
    BLOCK_JOB(row(8, "block_job", Group.JOB)
            .field("disk")
            .field("type", "unknown pull copy commit active_commit backup")
            .field("status", "completed failed canceled ready")
            .errorIf("status", "failed")),
    DISK_CHANGE(row(9, "disk_change", Group.DEVICE)
            .field("old_path")
            .field("new_path")
            .field("device")
            .field("reason", "change_missing_on_start drop_missing_on_start")),
    TRAY_CHANGE(row(10, "tray_change", Group.DEVICE)
            .field("device")
            .field("reason", "open close")
            .offByDefault()),
    PMWAKEUP(row(11, "pmwakeup", Group.GUEST).field("reason")),
    PMSUSPEND(row(12, "pmsuspend", Group.GUEST).field("reason")),
    BALLOON_CHANGE(row(13, "balloon_change", Group.GUEST).field("actual_kib").offByDefault()),
    PMSUSPEND_DISK(row(14, "pmsuspend_disk", Group.GUEST).field("reason")),
    DEVICE_REMOVED(row(15, "device_removed", Group.DEVICE).field("device")),
    BLOCK_JOB_2(row(16, "block_job", Group.JOB)
            .field("disk")
            .field("type", "unknown pull copy commit active_commit backup")
            .field("status", "completed failed canceled ready")
            .errorIf("status", "failed")
            .supersedes(BLOCK_JOB)),
    TUNABLE(row(17, "tunable", Group.DEVICE).field("parameters").offByDefault()),
    AGENT_LIFECYCLE(row(18, "agent_lifecycle", Group.GUEST)
            .field("state", "unknown connected disconnected")
            .field("reason", "unknown domain_started channel")),
    DEVICE_ADDED(row(19, "device_added", Group.DEVICE).field("device")),
    MIGRATION_ITERATION(
            row(20, "migration_iteration", Group.JOB).field("iteration").offByDefault()),
    JOB_COMPLETED(row(21, "job_completed", Group.JOB).field("parameters")),
    DEVICE_REMOVAL_FAILED(row(22, "device_removal_failed", Group.DEVICE).field("device")),
    METADATA_CHANGE(row(23, "metadata_change", Group.DEVICE)
            .field("type", "description title element")
            .field("uri")),
    BLOCK_THRESHOLD(row(24, "block_threshold", Group.HOST)
            .field("device")
            .field("path")
            .field("threshold_bytes")
            .field("excess_bytes")
            .offByDefault()),
    MEMORY_FAILURE(row(25, "memory_failure", Group.HOST)
            .field("recipient", "hypervisor guest")
            .field("action", "ignore inject fatal reset")
            .field("flags")
            .errorIf("action", "fatal")),
    MEMORY_DEVICE_SIZE_CHANGE(row(26, "memory_device_size_change", Group.DEVICE)
            .field("device")
            .field("size_bytes")
            .offByDefault()),
    NIC_MAC_CHANGE(row(27, "nic_mac_change", Group.DEVICE)
            .field("device")
            .field("old_mac")
            .field("new_mac")),
    VCPU_REMOVED(row(28, "vcpu_removed", Group.DEVICE).field("vcpu").offByDefault()),
    CHANNEL_LIFECYCLE(row(29, "channel_lifecycle", Group.GUEST)
            .field("channel")
            .field("state", "unknown connected disconnected")
            .field("reason", "unknown domain_started channel")
            .offByDefault());

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
    public record Field(String name, EnumValue.@Nullable Names codes) {}

    /** virDomainJobOperation: the {@code operation} of JOB_COMPLETED's typed parameters. */
    public static final EnumValue.Names JOB_OPERATIONS =
            EnumValue.Names.of("unknown start save restore migration_in migration_out snapshot"
                    + " snapshot_revert dump backup snapshot_delete");

    private static final String PARAMETERS = "parameters";

    private final int number;
    private final String wireName;
    private final Group group;
    private final boolean defaultOn;
    private final @Nullable EventKind supersedes;

    @SuppressWarnings("ImmutableEnumChecker") // a List.of of records
    private final List<Field> fields;

    @SuppressWarnings("ImmutableEnumChecker") // compares with constants
    private final Predicate<Map<String, Object>> error;

    EventKind(Row row) {
        number = row.number;
        wireName = row.wireName;
        group = row.group;
        defaultOn = row.defaultOn;
        supersedes = row.supersedes;
        fields = List.copyOf(row.fields);
        error = row.error;
    }

    private static Row row(int number, String wireName, Group group) {
        return new Row(number, wireName, group);
    }

    /** What is known of one id; published by default and no error unless the row says otherwise. */
    private static final class Row {
        private final int number;
        private final String wireName;
        private final Group group;
        private final List<Field> fields = new ArrayList<>();
        private boolean defaultOn = true;
        private Predicate<Map<String, Object>> error = attributes -> false;
        private @Nullable EventKind supersedes;

        Row(int number, String wireName, Group group) {
            this.number = number;
            this.wireName = wireName;
            this.group = group;
        }

        Row field(String name) {
            fields.add(new Field(name, null));
            return this;
        }

        /** A field that is an enum, with the names of 0, 1, 2 and so on. */
        Row field(String name, String names) {
            fields.add(new Field(name, EnumValue.Names.of(names)));
            return this;
        }

        /** Frequent, or of use to few. */
        Row offByDefault() {
            defaultOn = false;
            return this;
        }

        Row error() {
            error = attributes -> true;
            return this;
        }

        Row errorIf(String field, String value) {
            error = attributes -> attributes.get(field) instanceof EnumValue found && found.is(value);
            return this;
        }

        Row errorUnless(String field, String value) {
            error = attributes -> attributes.get(field) instanceof EnumValue found && !found.is(value);
            return this;
        }

        /** Reports the same as an older id, which is only registered where this one is refused. */
        Row supersedes(EventKind older) {
            supersedes = older;
            return this;
        }
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

    /** Whether it is registered and published unless an operator says otherwise. */
    public boolean defaultOn() {
        return defaultOn;
    }

    /** The older id that reports the same; it is only registered where this one is refused. */
    public Optional<EventKind> supersedes() {
        return Optional.ofNullable(supersedes);
    }

    /** Whether an operator would want to see an event with these attributes as a fault. */
    public boolean isError(Map<String, Object> attributes) {
        return error.test(attributes);
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
