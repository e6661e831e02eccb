package org.vmeventagent.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The sample file, the documentation and the manual page say exactly what is declared. After a change of an option, copy
 * the pages that this test leaves in target/pages.
 */
class OptionPagesTest {
    static final Path SAMPLE = Path.of("etc/vm-event-agent.conf");
    private static final Path DOCUMENTATION = Path.of("docs/configuration.md");
    private static final Path MANUAL = Path.of("packaging/man/vm-event-agent.conf.5");
    private static final String TABLES = "<!-- The tables below are held against the declared options by a test. -->\n";

    private static void expect(String page, Path committed) throws IOException {
        Path target = Path.of("target/pages").resolve(String.valueOf(committed.getFileName()));
        Files.createDirectories(Path.of("target/pages"));
        Files.writeString(target, page);
        assertEquals(page, Files.readString(committed), () -> committed + " differs, see " + target);
    }

    @Test
    void theSampleFileHasEveryOptionAsDeclared() throws IOException {
        expect(OptionPages.sampleFile(), SAMPLE);
    }

    @Test
    void theDocumentationHasEveryOptionAsDeclared() throws IOException {
        String page = Files.readString(DOCUMENTATION);
        int begin = page.indexOf(TABLES);
        assertTrue(begin >= 0, "the tables' comment is missing");
        expect(page.substring(0, begin) + TABLES + OptionPages.tables(), DOCUMENTATION);
    }

    @Test
    void theManualPageHasEveryOptionAsDeclared() throws IOException {
        expect(OptionPages.manualPage(), MANUAL);
    }

    @Test
    void theOnlyActiveLineOfTheSampleFileIsTheLogDriver() {
        List<String> active = OsloConfigParser.read("sample", OptionPages.sampleFile()).stream()
                .map(entry -> entry.name() + " = " + entry.value().text())
                .toList();

        assertEquals(List.of("[oslo_messaging_notifications] driver = log"), active);
        Configuration configuration = Configuration.load(List.of(SAMPLE), List.of(), Map.of());
        assertEquals(List.of(), configuration.warnings());
        assertEquals(List.of("log"), NotificationTransport.from(configuration).drivers());
    }

    @Test
    void everyUncommentedLineIsAKnownOptionAndNoneIsMissing() {
        Set<Option.Name> known = OptionPages.all().stream().map(Option::name).collect(Collectors.toSet());
        Set<Option.Name> said = OsloConfigParser.read("sample", uncommented(OptionPages.sampleFile())).stream()
                .map(OsloConfigParser.Entry::name)
                .collect(Collectors.toSet());

        assertEquals(known, said);
    }

    @Test
    void everyOptionIsFullyDescribed() {
        Set<Option.Name> names = new HashSet<>();
        for (Option<?> option : OptionPages.all()) {
            String name = option.name().toString();
            assertTrue(names.add(option.name()), name);
            assertTrue(option.meaning().endsWith("."), name);
            assertTrue(option.consequence().endsWith("."), name);
            assertFalse(
                    option.defaultText() == null
                            && (option.whenAbsent().isEmpty()
                                    || option.example().isEmpty()),
                    name);
            assertFalse(option.meaning().contains("|") || option.consequence().contains("|"), name);
            option.formerNames().forEach(former -> assertTrue(names.add(former), former::toString));
        }
    }

    /** The file with the # removed from every line that is an option. */
    static String uncommented(String sample) {
        return sample.replaceAll("(?m)^#(?=[a-z])", "");
    }
}
