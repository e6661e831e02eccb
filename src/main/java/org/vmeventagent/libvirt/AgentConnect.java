package org.vmeventagent.libvirt;

import com.sun.jna.Pointer;
import org.libvirt.Connect;
import org.libvirt.LibvirtException;

/** A read-only connection that shows its native pointer. Must stay reachable while open: its finalizer closes it. */
final class AgentConnect extends Connect {

    AgentConnect(String uri) throws LibvirtException {
        super(uri, true);
    }

    Pointer raw() {
        return vcp.getPointer();
    }
}
