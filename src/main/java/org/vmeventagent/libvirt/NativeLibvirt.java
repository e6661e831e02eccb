package org.vmeventagent.libvirt;

import com.sun.jna.Callback;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libvirt that org.libvirt lacks or spoils, by JNA's direct mapping: events (the binding loses details
 * and throws on types it doesn't know), state with reason, and what a look-up needs.
 *
 * <p>Signatures are those of libvirt-domain.h, libvirt-host.h and virterror.h; a wrong one corrupts memory. Strings that
 * libvirt keeps come as pointers, so that no platform encoding gets between: see {@link Strings}. After a failure the
 * error belongs to the calling thread and to the next call: {@link LibvirtFailure#last} reads it.
 */
final class NativeLibvirt {
    /** VIR_DOMAIN_METADATA_ELEMENT. */
    static final int METADATA_ELEMENT = 2;

    /** Bytes of a UUID. */
    static final int UUID_BYTES = 16;

    /** virEventTimeoutCallback of libvirt-event.h. */
    interface Timeout extends Callback {
        void run(int timer, @Nullable Pointer opaque);
    }

    /** virErrorFunc of virterror.h. */
    interface ErrorHandler extends Callback {
        void error(@Nullable Pointer opaque, Pointer error);
    }

    static {
        Native.register(NativeLibvirt.class, NativeLibrary.getInstance("virt"));
    }

    private NativeLibvirt() {}

    static native int virEventRunDefaultImpl();

    /** Who is told of the errors of all connections; libvirt writes them to stderr where nobody is */
    static native void virSetErrorFunc(@Nullable Pointer opaque, ErrorHandler handler);

    /** Returns the number of the timer, -1 on failure */
    static native int virEventAddTimeout(
            int milliseconds, Timeout callback, @Nullable Pointer opaque, @Nullable Pointer free);

    /** Returns the number that takes the registration back, -1 on failure */
    static native int virConnectDomainEventRegisterAny(
            Pointer connect,
            @Nullable Pointer domain,
            int eventId,
            Callback callback,
            @Nullable Pointer opaque,
            @Nullable Pointer free);

    static native int virConnectDomainEventDeregisterAny(Pointer connect, int callbackId);

    /** Keeps the connection from being freed under a call. */
    static native int virConnectRef(Pointer connect);

    /** Gives a reference back; returns how many are left, -1 on failure */
    static native int virConnectClose(Pointer connect);

    /** Local: no call to the daemon. Returns 1 if it is, 0 if not, -1 on failure */
    static native int virConnectIsAlive(Pointer connect);

    /** Returns the number of domains in an array that the caller frees, with each of its domains */
    static native int virConnectListAllDomains(Pointer connect, PointerByReference domains, int flags);

    static native @Nullable Pointer virDomainLookupByUUID(Pointer connect, byte[] uuid);

    static native int virDomainRef(Pointer domain);

    static native int virDomainFree(Pointer domain);

    /** Local: no call to the daemon. */
    static native @Nullable Pointer virDomainGetName(Pointer domain);

    /** Local: no call to the daemon. */
    static native int virDomainGetUUID(Pointer domain, byte[] uuid);

    /** Local: no call to the daemon. All bits set, which is -1, while inactive. */
    static native int virDomainGetID(Pointer domain);

    static native int virDomainGetState(Pointer domain, int[] state, int[] reason, int flags);

    static native int virDomainGetInfo(Pointer domain, Pointer info);

    static native int virDomainIsPersistent(Pointer domain);

    static native int virDomainHasManagedSaveImage(Pointer domain, int flags);

    /** Returns text that the caller frees */
    static native @Nullable Pointer virDomainGetMetadata(Pointer domain, int type, byte[] uri, int flags);

    static native int virGetLastErrorCode();

    static native @Nullable Pointer virGetLastErrorMessage();
}
