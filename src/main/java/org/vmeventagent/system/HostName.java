package org.vmeventagent.system;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;

/** The name of this host as Nova takes it: that of gethostname(2), without a resolver. */
public final class HostName {
    private interface C extends Library {
        int gethostname(byte[] name, NativeLong length);
    }

    private HostName() {}

    /** Never empty: {@code localhost} where the kernel has no name. */
    public static String get() {
        byte[] name = new byte[256];
        C libc = Native.load("c", C.class);
        return libc.gethostname(name, new NativeLong(name.length - 1)) == 0 && name[0] != 0
                ? Native.toString(name)
                : "localhost";
    }
}
