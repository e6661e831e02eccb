package org.vmeventagent.libvirt;

import com.sun.jna.Callback;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libvirt that org.libvirt lacks or spoils, by JNA's direct mapping: events (the binding loses details
 * and throws on types it doesn't know), state with reason, and what a look-up needs.
 *
 * <p>Signatures are those of libvirt-domain.h, libvirt-host.h and virterror.h; a wrong one corrupts memory. Strings that
 * libvirt keeps come as pointers, so that no platform encoding gets between: see {@link #text}. After a failure the
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

    /** The text of a C string, which is UTF-8; null for NULL. */
    static @Nullable String text(@Nullable Pointer text) {
        return text == null ? null : text.getString(0, StandardCharsets.UTF_8.name());
    }

    /** For a parameter {@code const char *}. */
    static byte[] toC(String text) {
        return (text + '\0').getBytes(StandardCharsets.UTF_8);
    }

    static native int virEventRunDefaultImpl();

    /** Who gets the errors of all connections; libvirt writes them to stderr where nobody does */
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

    /** Returns text that the caller frees */
    static native @Nullable Pointer virDomainGetXMLDesc(Pointer domain, int flags);

    /** Local: no call to the daemon, and no further reference. */
    static native Pointer virDomainGetConnect(Pointer domain);

    /** The driver's name; of a remote one its first answer is kept. */
    static native @Nullable Pointer virConnectGetType(Pointer connect);

    /** Gives a virDomainJobType, and typed parameters that the caller frees by {@link #virTypedParamsFree} */
    static native int virDomainGetJobStats(
            Pointer domain, int[] type, PointerByReference parameters, int[] count, int flags);

    static native void virTypedParamsFree(@Nullable Pointer parameters, int count);

    static native int virGetLastErrorCode();

    static native @Nullable Pointer virGetLastErrorMessage();

    /**
     * The C signatures of domain event callbacks, one interface each (libvirt-domain.h up to 12.4,
     * {@code virConnectDomainEvent*Callback}). All begin with connection and domain and end with the opaque value; what they
     * are given is valid only until they return.
     */
    interface CallbackShapes {
        interface Lifecycle extends Callback {
            int invoke(Pointer connect, Pointer domain, int type, int detail, Pointer opaque);
        }

        interface Plain extends Callback {
            void invoke(Pointer connect, Pointer domain, Pointer opaque);
        }

        interface OneInt extends Callback {
            void invoke(Pointer connect, Pointer domain, int value, Pointer opaque);
        }

        interface TwoInts extends Callback {
            void invoke(Pointer connect, Pointer domain, int first, int second, Pointer opaque);
        }

        interface ThreeInts extends Callback {
            void invoke(Pointer connect, Pointer domain, int first, int second, int third, Pointer opaque);
        }

        interface OneLong extends Callback {
            void invoke(Pointer connect, Pointer domain, long value, Pointer opaque);
        }

        interface OneText extends Callback {
            void invoke(Pointer connect, Pointer domain, Pointer text, Pointer opaque);
        }

        interface ThreeTexts extends Callback {
            void invoke(Pointer connect, Pointer domain, Pointer first, Pointer second, Pointer third, Pointer opaque);
        }

        interface TextInt extends Callback {
            void invoke(Pointer connect, Pointer domain, Pointer text, int value, Pointer opaque);
        }

        interface TextLong extends Callback {
            void invoke(Pointer connect, Pointer domain, Pointer text, long value, Pointer opaque);
        }

        interface IntText extends Callback {
            void invoke(Pointer connect, Pointer domain, int value, Pointer text, Pointer opaque);
        }

        interface IoError extends Callback {
            void invoke(Pointer connect, Pointer domain, Pointer path, Pointer device, int action, Pointer opaque);
        }

        interface IoErrorReason extends Callback {
            void invoke(
                    Pointer connect,
                    Pointer domain,
                    Pointer path,
                    Pointer device,
                    int action,
                    Pointer reason,
                    Pointer opaque);
        }

        interface Graphics extends Callback {
            void invoke(
                    Pointer connect,
                    Pointer domain,
                    int phase,
                    Pointer local,
                    Pointer remote,
                    Pointer authScheme,
                    Pointer subject,
                    Pointer opaque);
        }

        interface TextTwoInts extends Callback {
            void invoke(Pointer connect, Pointer domain, Pointer text, int first, int second, Pointer opaque);
        }

        interface DiskChange extends Callback {
            void invoke(
                    Pointer connect,
                    Pointer domain,
                    Pointer oldPath,
                    Pointer newPath,
                    Pointer device,
                    int reason,
                    Pointer opaque);
        }

        interface BlockThreshold extends Callback {
            void invoke(
                    Pointer connect,
                    Pointer domain,
                    Pointer device,
                    Pointer path,
                    long threshold,
                    long excess,
                    Pointer opaque);
        }

        interface Parameters extends Callback {
            void invoke(Pointer connect, Pointer domain, Pointer parameters, int count, Pointer opaque);
        }
    }
}
