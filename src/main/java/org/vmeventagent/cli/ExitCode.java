package org.vmeventagent.cli;

/** What a command's exit code means. */
public final class ExitCode {
    public static final int OK = 0;
    /** Failed at run time. */
    public static final int FAILED = 1;
    /** The command line was not understood. */
    public static final int USAGE = 2;
    /** The configuration is wrong; starting again without changing it is in vain (sysexits.h, EX_CONFIG). */
    public static final int CONFIGURATION = 78;

    private ExitCode() {}
}
