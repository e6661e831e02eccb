package org.vmeventagent.libvirt;

import com.sun.jna.Callback;
import com.sun.jna.Pointer;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.libvirt.NativeLibvirt.CallbackShapes;

/**
 * What libvirt calls: one object for each event kind, for the whole process and all connections. They are strongly
 * referenced from here, because JNA silently drops a callback that is not.
 *
 * <p>Each copies its arguments and hands them to the {@link EventSubscription} whose generation is the opaque value; it
 * never waits, calls nothing of libvirt that waits and never throws.
 */
final class EventCallbacks {
    private static final Logger LOG = LoggerFactory.getLogger(EventCallbacks.class);

    /** Whether a fault of ours was logged; it would come with every event again. */
    private static final AtomicBoolean FAULT_LOGGED = new AtomicBoolean();

    private static final Map<EventKind, Callback> ALL = new EnumMap<>(EventKind.class);

    static {
        for (EventKind kind : EventKind.values()) {
            ALL.put(kind, make(kind));
        }
    }

    private EventCallbacks() {}

    static Callback of(EventKind kind) {
        Callback callback = ALL.get(kind);
        if (callback == null) {
            throw new IllegalStateException("no callback for " + kind);
        }
        return callback;
    }

    private static Callback make(EventKind kind) {
        return switch (kind) {
            case LIFECYCLE ->
                (CallbackShapes.Lifecycle) (c, domain, type, detail, opaque) -> {
                    dispatch(opaque, subscription -> subscription.lifecycle(domain, type, detail));
                    return 0;
                };
            case REBOOT, CONTROL_ERROR ->
                (CallbackShapes.Plain) (c, domain, opaque) -> dispatch(opaque, domain, kind, kind::attributes);
            case WATCHDOG, PMWAKEUP, PMSUSPEND, PMSUSPEND_DISK, MIGRATION_ITERATION ->
                (CallbackShapes.OneInt)
                        (c, domain, value, opaque) -> dispatch(opaque, domain, kind, () -> kind.attributes(value));
            case VCPU_REMOVED ->
                (CallbackShapes.OneInt) (c, domain, vcpu, opaque) ->
                        dispatch(opaque, domain, kind, () -> kind.attributes(Integer.toUnsignedLong(vcpu)));
            case RTC_CHANGE ->
                (CallbackShapes.OneLong)
                        (c, domain, value, opaque) -> dispatch(opaque, domain, kind, () -> kind.attributes(value));
            case BALLOON_CHANGE ->
                (CallbackShapes.OneLong) (c, domain, value, opaque) ->
                        dispatch(opaque, domain, kind, () -> kind.attributes(TypedParameters.unsigned(value)));
            case AGENT_LIFECYCLE ->
                (CallbackShapes.TwoInts) (c, domain, state, reason, opaque) ->
                        dispatch(opaque, domain, kind, () -> kind.attributes(state, reason));
            case MEMORY_FAILURE ->
                (CallbackShapes.ThreeInts) (c, domain, recipient, action, flags, opaque) ->
                        dispatch(opaque, domain, kind, () -> kind.attributes(recipient, action, flags));
            case DEVICE_ADDED, DEVICE_REMOVED, DEVICE_REMOVAL_FAILED ->
                (CallbackShapes.OneText) (c, domain, device, opaque) ->
                        dispatch(opaque, domain, kind, () -> kind.attributes(NativeLibvirt.text(device)));
            case NIC_MAC_CHANGE ->
                (CallbackShapes.ThreeTexts) (c, domain, device, oldMac, newMac, opaque) -> dispatch(
                        opaque,
                        domain,
                        kind,
                        () -> kind.attributes(
                                NativeLibvirt.text(device), NativeLibvirt.text(oldMac), NativeLibvirt.text(newMac)));
            case TRAY_CHANGE ->
                (CallbackShapes.TextInt) (c, domain, device, reason, opaque) ->
                        dispatch(opaque, domain, kind, () -> kind.attributes(NativeLibvirt.text(device), reason));
            case MEMORY_DEVICE_SIZE_CHANGE ->
                (CallbackShapes.TextLong) (c, domain, device, size, opaque) -> dispatch(
                        opaque,
                        domain,
                        kind,
                        () -> kind.attributes(NativeLibvirt.text(device), TypedParameters.unsigned(size)));
            case METADATA_CHANGE ->
                (CallbackShapes.IntText) (c, domain, type, uri, opaque) ->
                        dispatch(opaque, domain, kind, () -> kind.attributes(type, NativeLibvirt.text(uri)));
            case IO_ERROR ->
                (CallbackShapes.IoError) (c, domain, path, device, action, opaque) -> dispatch(
                        opaque,
                        domain,
                        kind,
                        () -> kind.attributes(NativeLibvirt.text(path), NativeLibvirt.text(device), action));
            case IO_ERROR_REASON ->
                (CallbackShapes.IoErrorReason) (c, domain, path, device, action, reason, opaque) -> dispatch(
                        opaque,
                        domain,
                        kind,
                        () -> kind.attributes(
                                NativeLibvirt.text(path),
                                NativeLibvirt.text(device),
                                action,
                                NativeLibvirt.text(reason)));
            case GRAPHICS ->
                (CallbackShapes.Graphics) (c, domain, phase, local, remote, auth, subject, opaque) -> dispatch(
                        opaque,
                        domain,
                        kind,
                        () -> kind.attributes(
                                phase,
                                GraphicsFields.address(local),
                                GraphicsFields.address(remote),
                                NativeLibvirt.text(auth),
                                GraphicsFields.subject(subject)));
            case BLOCK_JOB, BLOCK_JOB_2 ->
                (CallbackShapes.TextTwoInts) (c, domain, disk, type, status, opaque) ->
                        dispatch(opaque, domain, kind, () -> kind.attributes(NativeLibvirt.text(disk), type, status));
            case CHANNEL_LIFECYCLE ->
                (CallbackShapes.TextTwoInts) (c, domain, channel, state, reason, opaque) -> dispatch(
                        opaque, domain, kind, () -> kind.attributes(NativeLibvirt.text(channel), state, reason));
            case DISK_CHANGE ->
                (CallbackShapes.DiskChange) (c, domain, oldPath, newPath, device, reason, opaque) -> dispatch(
                        opaque,
                        domain,
                        kind,
                        () -> kind.attributes(
                                NativeLibvirt.text(oldPath),
                                NativeLibvirt.text(newPath),
                                NativeLibvirt.text(device),
                                reason));
            case BLOCK_THRESHOLD ->
                (CallbackShapes.BlockThreshold) (c, domain, device, path, threshold, excess, opaque) -> dispatch(
                        opaque,
                        domain,
                        kind,
                        () -> kind.attributes(
                                NativeLibvirt.text(device),
                                NativeLibvirt.text(path),
                                TypedParameters.unsigned(threshold),
                                TypedParameters.unsigned(excess)));
            case TUNABLE, JOB_COMPLETED ->
                (CallbackShapes.Parameters) (c, domain, parameters, count, opaque) ->
                        dispatch(opaque, domain, kind, () -> kind.attributes(TypedParameters.read(parameters, count)));
        };
    }

    private static void dispatch(
            Pointer opaque, Pointer domain, EventKind kind, Supplier<Map<String, Object>> attributes) {
        dispatch(opaque, subscription -> subscription.received(domain, kind, attributes.get()));
    }

    private static void dispatch(@Nullable Pointer opaque, Consumer<EventSubscription> action) {
        EventSubscription subscription = EventSubscription.of(Pointer.nativeValue(opaque));
        if (subscription == null) {
            return; // of a connection that ended
        }
        try {
            action.accept(subscription);
        } catch (Throwable e) { // nothing may reach C; what is missing must be found by comparison
            subscription.missed();
            if (FAULT_LOGGED.compareAndSet(false, true)) {
                LOG.error("An event of {} could not be read and is missing", subscription.uri(), e);
            } else {
                LOG.debug("One more event of {} could not be read: {}", subscription.uri(), e.toString());
            }
        }
    }
}
