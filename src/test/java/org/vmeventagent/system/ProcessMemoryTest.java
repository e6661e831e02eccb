package org.vmeventagent.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ProcessMemoryTest {
    /** Small enough to come from the C library's heap, not from a mapping of its own. */
    private static final int BLOCK = 64 * 1024;

    private static final int BLOCKS = 1_000;

    @Test
    void givesWhatIsFreeBackThoughTheLastBlockIsInUse() throws IOException {
        ProcessMemory memory = new ProcessMemory();
        memory.giveBack();
        List<Memory> blocks =
                Stream.generate(ProcessMemoryTest::written).limit(BLOCKS).toList();
        long before;
        long after;
        try (Memory last = written()) {
            blocks.forEach(Memory::close);
            before = residentKb("RssAnon");
            memory.giveBack();
            after = residentKb("RssAnon");
            assertEquals(BLOCK, last.size());
        }
        assertTrue(before - after > BLOCKS * BLOCK / 1024 / 2, before + " KB, then " + after);
    }

    @Test
    void unmapsFilesThatAreReadAgainWhereTheyAreNeeded() throws IOException {
        long before = residentKb("RssFile");
        new ProcessMemory().giveBack();
        long after = residentKb("RssFile");

        assertTrue(after < before, before + " KB, then " + after);
        assertEquals(3, NativeLibrary.getInstance("c").getFunction("abs").invokeInt(new Object[] {-3}));
    }

    /** As /proc/PID/smaps has them: with more lines each. */
    @Test
    void leavesMemoryAloneThatNoFileHas() {
        List<String> smaps = List.of(
                "7f00000000-7f00002000 r-xp 00000000 fe:00 12       /usr/lib/libjvm.so (deleted)",
                "Rss:                   8 kB",
                "Anonymous:             0 kB",
                "7f00002000-7f00003000 r--p 00002000 fe:00 12       /usr/lib/libjvm.so",
                "Anonymous:             4 kB",
                "7f00003000-7f00004000 rw-p 00003000 fe:00 12       /usr/lib/libjvm.so",
                "Anonymous:             0 kB",
                "7f00004000-7f00005000 r--p 00000000 00:00 0",
                "Anonymous:             0 kB",
                "7f00005000-7f00006000 r-xp 00000000 00:00 0        [vdso]",
                "Anonymous:             0 kB",
                "ffffffffff600000-ffffffffff601000 r--s 00000000 fe:00 13 /usr/lib/jvm/lib/modules",
                "Anonymous:             0 kB");

        assertEquals(
                List.of(
                        new ProcessMemory.Mapping(0x7f00000000L, 0x2000),
                        new ProcessMemory.Mapping(0xffffffffff600000L, 0x1000)),
                ProcessMemory.unchangedFiles(smaps));
    }

    @Test
    void findsMappingsOfThisProcess() throws IOException {
        assertFalse(ProcessMemory.unchangedFiles(Files.readAllLines(Path.of("/proc/self/smaps")))
                .isEmpty());
    }

    private static Memory written() {
        Memory block = new Memory(BLOCK);
        block.clear();
        return block;
    }

    private static long residentKb(String of) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith(of + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }
}
