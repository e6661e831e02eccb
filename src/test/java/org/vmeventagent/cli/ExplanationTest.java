package org.vmeventagent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmeventagent.inventory.Cause;
import org.vmeventagent.notification.PublishedNotification;

class ExplanationTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    private static final int MOST = 10;

    private static KeptNotifications.Kept kept(String golden, String... replaced) throws IOException {
        String text = Files.readString(GOLDEN.resolve(golden + ".json"));
        for (int i = 0; i < replaced.length; i += 2) {
            assertTrue(text.contains(replaced[i]), replaced[i]);
            text = text.replace(replaced[i], replaced[i + 1]);
        }
        return new KeptNotifications.Kept(
                PublishedNotification.parse(text.getBytes(StandardCharsets.UTF_8)),
                Optional.of(Duration.ofDays(12)),
                false);
    }

    private static String text(KeptNotifications.Kept... kept) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Explanation explanation = new Explanation(kept[0].notification(), MOST);
        List.of(kept).forEach(explanation::add);
        explanation.print(new PrintStream(out, true, StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8);
    }

    /** Whoever adds a cause says here what it means. */
    @ParameterizedTest
    @EnumSource(Cause.class)
    void everyCauseHasWordsOfItsOwn(Cause cause) throws IOException {
        String text = text(kept("stopped", "\"process_died\"", '"' + cause.text() + '"'));
        assertFalse(text.contains("  " + cause.text() + ";"), text);
        assertTrue(text.contains("; it had been running for 12 d"), text);
    }

    @Test
    void whatWasReportedInTheMinuteBeforeStandsWithTheChange() throws IOException {
        String text = text(
                kept("reboot", "20:14:44", "20:12:00", "\"sequence\" : 43", "\"sequence\" : 41"),
                kept("io_error_reason", "20:14:44", "20:14:41"),
                kept("stopped"));
        List<String> lines = text.lines().toList();
        assertTrue(lines.get(0).startsWith("web & worker"), text);
        assertTrue(lines.get(1).contains("stopped because its QEMU process died"), text);
        assertTrue(lines.get(2).startsWith("      3 s before: I/O error ENOSPC on virtio-disk0"), text);
        assertTrue(lines.get(3).contains("the guest was rebooted or reset"), text);
        assertEquals(4, lines.size());
    }

    @Test
    void aGapStandsWhereItWas() throws IOException {
        String text = text(kept("stopped.resync"), kept("agent.gap"));
        assertTrue(text.contains("the agent could not listen since 2026-11-22T20:11:42.481190Z (libvirt_down)"), text);
        assertTrue(text.contains(". Found by comparison after a gap: it happened after "), text);
    }

    @Test
    void whatATenantChoseIsEscaped() throws IOException {
        String text = text(kept("stopped", "web & worker", "\\u001b[31m\\nweb"));
        assertFalse(text.contains("\u001b"), text);
        assertEquals(2, text.lines().count(), text);
    }

    @Test
    void remembersNoMoreThanItShows() throws IOException {
        KeptNotifications.Kept[] stops = new KeptNotifications.Kept[3 * MOST];
        Arrays.fill(stops, kept("stopped"));
        List<String> lines = text(stops).lines().toList();
        assertEquals(1 + MOST + 1, lines.size());
        assertEquals("  and 20 earlier; see --most, and vm-event-agent history", lines.get(MOST + 1));
    }
}
