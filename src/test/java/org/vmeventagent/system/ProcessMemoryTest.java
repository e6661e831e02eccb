package org.vmeventagent.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Memory;
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
        List<Memory> blocks =
                Stream.generate(ProcessMemoryTest::written).limit(BLOCKS).toList();
        long before;
        long after;
        try (Memory last = written()) {
            blocks.forEach(Memory::close);
            before = residentKb();
            ProcessMemory.trim();
            after = residentKb();
            assertEquals(BLOCK, last.size());
        }
        assertTrue(before - after > BLOCKS * BLOCK / 1024 / 2, before + " KB, then " + after);
    }

    private static Memory written() {
        Memory block = new Memory(BLOCK);
        block.clear();
        return block;
    }

    private static long residentKb() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssAnon:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }
}
