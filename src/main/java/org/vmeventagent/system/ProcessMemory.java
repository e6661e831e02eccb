package org.vmeventagent.system;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;

/** The memory of this process that libraries and the virtual machine take from the C library, beside Java's heap. */
public final class ProcessMemory {
    private interface C extends Library {
        int malloc_trim(NativeLong pad);
    }

    private ProcessMemory() {}

    /** Gives what is free of it back to the kernel, by malloc_trim(3); any thread, a millisecond. */
    public static void trim() {
        Native.load("c", C.class).malloc_trim(new NativeLong(0));
    }
}
