package org.vmeventagent.system;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The memory of this process, which a start and a storm need more of than what comes after them. Used by one thread. */
public final class ProcessMemory {
    private static final Logger log = LoggerFactory.getLogger(ProcessMemory.class);
    private static final Path SMAPS = Path.of("/proc/self/smaps");
    private static final Pattern MAPPING = Pattern.compile("(\\p{XDigit}+)-(\\p{XDigit}+) .*");
    /** Of a file, and not writable: {@code 7f1c-7f2d r-xp 0000 fe:00 12 /usr/lib/libjvm.so}. */
    private static final Pattern READ_ONLY_FILE = Pattern.compile("\\S+ r-\\S+ \\S+ \\S+ \\d+ +/.*");

    private static final int MADV_DONTNEED = 4;

    private long heapLeft;

    private interface C extends Library {
        int malloc_trim(NativeLong pad);

        int madvise(Pointer address, NativeLong length, int advice);
    }

    /**
     * Gives the kernel back what is free. Takes a millisecond, or, where Java's heap has grown, as long as a full collection
     * of it, in which every thread stands still.
     */
    public void giveBack() {
        C c = Native.load("c", C.class);
        boolean grown = Runtime.getRuntime().totalMemory() > heapLeft;
        if (grown) {
            System.gc();
            heapLeft = Runtime.getRuntime().totalMemory();
        }
        c.malloc_trim(new NativeLong(0));
        if (grown) {
            unmapFiles(c);
        }
    }

    /**
     * The pages of libraries and class archives: of those that a start needs, less than half are used again, and then mapped
     * again from the kernel's cache of the file.
     */
    private static void unmapFiles(C c) {
        try {
            for (Mapping mapping : unchangedFiles(Files.readAllLines(SMAPS))) {
                c.madvise(new Pointer(mapping.address), new NativeLong(mapping.length), MADV_DONTNEED);
            }
        } catch (IOException e) {
            log.debug("Pages of files stay mapped", e);
        }
    }

    /** Those of which no page was changed before they became read-only: the change would be lost. */
    static List<Mapping> unchangedFiles(List<String> smaps) {
        List<Mapping> found = new ArrayList<>();
        Mapping readOnly = null;
        for (String line : smaps) {
            Matcher mapping = MAPPING.matcher(line);
            if (mapping.matches()) {
                readOnly =
                        READ_ONLY_FILE.matcher(line).matches() ? Mapping.of(mapping.group(1), mapping.group(2)) : null;
            } else if (readOnly != null && line.matches("Anonymous: +0 kB")) {
                found.add(readOnly);
            }
        }
        return found;
    }

    /** Bytes from an address on. */
    record Mapping(long address, long length) {
        private static Mapping of(String from, String to) {
            long address = Long.parseUnsignedLong(from, 16);
            return new Mapping(address, Long.parseUnsignedLong(to, 16) - address);
        }
    }
}
