package org.vmeventagent.libvirt;

import com.sun.jna.Callback;
import com.sun.jna.Pointer;

/**
 * The C signatures of domain event callbacks, one interface each (libvirt-domain.h up to 11.2,
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

    interface BlockJob extends Callback {
        void invoke(Pointer connect, Pointer domain, Pointer disk, int type, int status, Pointer opaque);
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
