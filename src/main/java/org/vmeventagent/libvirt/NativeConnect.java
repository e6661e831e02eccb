package org.vmeventagent.libvirt;

import com.sun.jna.Pointer;
import org.libvirt.Connect;
import org.libvirt.LibvirtException;

/** A read-only connection that shows its native pointer. Must stay reachable while open: its finalizer closes it. */
final class NativeConnect extends Connect {
    /** VIR_CONNECT_RO. */
    private static final int READ_ONLY = 1;

    /** Static: libvirt calls it while it opens, and JNA drops what nothing refers to. */
    private static final StoredCredentials CREDENTIALS = new StoredCredentials();

    NativeConnect(String uri) throws LibvirtException {
        super(uri, CREDENTIALS, READ_ONLY);
    }

    Pointer raw() {
        return vcp.getPointer();
    }
}
