package org.vmeventagent.system;

import com.sun.jna.Library;
import com.sun.jna.Native;

/** Whether this process talks with a terminal. */
public final class Terminal {
    private interface C extends Library {
        int isatty(int descriptor);
    }

    private Terminal() {}

    /** Whether standard output is a terminal, by isatty(3). */
    public static boolean isStandardOutput() {
        return Native.load("c", C.class).isatty(1) == 1;
    }

    /** Whether somebody can answer there. */
    public static boolean isStandardInput() {
        return Native.load("c", C.class).isatty(0) == 1;
    }
}
