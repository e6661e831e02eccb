package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.vmeventagent.cli.CommandLineInterface;
import org.vmeventagent.cli.ExitCode;
import org.vmeventagent.config.Option;
import org.vmeventagent.config.OptionRegistry;
import picocli.CommandLine.Command;

/** What the pages say is there: links, commands, exit codes, signals, options, the exchange. */
class DocsTest {
    private static final Path README = Path.of("README.md");
    private static final Path ASYNCAPI = Path.of("docs", "asyncapi.yaml");

    private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
    private static final Pattern FENCE = Pattern.compile("(?ms)^```.*?^```$");
    private static final Pattern OPTION = Pattern.compile("\\[([A-Za-z_]+)] ([a-z_]+)\\b(?! is no option)");
    private static final Pattern ERROR = Pattern.compile("(?i)log\\.error\\(\\s*\"([^\"]+)\"");
    private static final Pattern TEST = Pattern.compile("`([A-Z][A-Za-z]+(?:Test|IT))(?:#\\w+)?`");
    private static final Pattern CELL = Pattern.compile("(?m)^\\| ([^|]+?) \\|");

    @Test
    void everyLinkLeadsToAFileAndAHeading() throws IOException {
        List<String> dead = new ArrayList<>();
        for (Path page : pages()) {
            for (String link : found(LINK, read(page))) {
                if (!link.contains("://") && !leads(page, link)) {
                    dead.add(page + " to " + link);
                }
            }
        }

        assertEquals(List.of(), dead);
    }

    @Test
    void readmeNamesEveryCommandAndNoOther() throws Exception {
        Class<?> root = Class.forName(CommandLineInterface.class.getName() + "$Root");
        Command declared = Objects.requireNonNull(root.getAnnotation(Command.class));
        Set<String> commands = Arrays.stream(declared.subcommands())
                .map(command -> Objects.requireNonNull(command.getAnnotation(Command.class))
                        .name())
                .collect(Collectors.toCollection(TreeSet::new));

        assertEquals(commands, firstColumn("Commands"));
    }

    @Test
    void readmeNamesEveryExitCodeAndNoOther() throws IllegalAccessException {
        Set<String> codes = new TreeSet<>();
        for (Field field : ExitCode.class.getFields()) {
            codes.add(String.valueOf(field.getInt(null)));
        }

        assertEquals(codes, firstColumn("Exit codes"));
    }

    @Test
    void readmeNamesEverySignalAndNoOther() {
        String main = read(Path.of("src", "main", "java", "org", "vmeventagent", "Main.java"));

        assertEquals(new TreeSet<>(found(Pattern.compile("\"([A-Z]+[0-9]?)\""), main)), firstColumn("Signals"));
    }

    @Test
    void operationsSaysWhatToDoOnEveryError() throws IOException {
        String page = read(Path.of("docs", "operations.md"));
        List<String> untold = new ArrayList<>();
        try (Stream<Path> sources = Files.walk(Path.of("src", "main", "java"))) {
            for (Path source : sources.filter(Files::isRegularFile).sorted().toList()) {
                for (String message : found(ERROR, read(source))) {
                    String beginning = Arrays.stream(message.split("\\{}|[:;,(]", -1))
                            .map(String::strip)
                            .filter(part -> !part.isEmpty())
                            .findFirst()
                            .orElseThrow();
                    if (!page.contains(beginning)) {
                        untold.add(source.getFileName() + ": " + beginning);
                    }
                }
            }
        }

        assertEquals(List.of(), untold);
    }

    @Test
    void everyTestThatAPageNamesIsThere() throws IOException {
        Set<String> tests;
        try (Stream<Path> files = Files.walk(Path.of("src", "test", "java"))) {
            tests = files.map(file -> String.valueOf(file.getFileName()).replace(".java", ""))
                    .collect(Collectors.toSet());
        }
        List<String> missing = new ArrayList<>();
        for (Path page : pages()) {
            found(TEST, read(page)).stream()
                    .filter(test -> !tests.contains(test))
                    .forEach(test -> missing.add(page + ": " + test));
        }

        assertEquals(List.of(), missing);
    }

    @Test
    void everyOptionThatAPageNamesIsKnown() throws IOException {
        Set<String> known = new TreeSet<>();
        Set<String> sections = new TreeSet<>();
        for (Option<?> option : OptionRegistry.all()) {
            sections.add(option.name().section());
            known.add(option.name().toString());
            option.formerNames().forEach(name -> known.add(name.toString()));
        }
        List<String> unknown = new ArrayList<>();
        for (Path page : pages()) {
            OPTION.matcher(read(page))
                    .results()
                    .filter(named -> sections.contains(named.group(1)) && !known.contains(named.group()))
                    .forEach(named -> unknown.add(page + ": " + named.group()));
        }

        assertEquals(List.of(), unknown);
    }

    @Test
    void asyncApiNamesTheExchangeAndTheSchema() throws IOException {
        JsonNode api = new ObjectMapper(new YAMLFactory()).readTree(read(ASYNCAPI));
        JsonNode notification = api.at("/components/messages/notification");

        assertEquals("3.0.0", api.path("asyncapi").asText());
        for (String channel : List.of("info", "error")) {
            JsonNode described = api.at("/channels/" + channel);
            assertEquals("notifications." + channel, described.path("address").asText());
            assertEquals(
                    byDefault("[notifications] exchange"),
                    described.at("/bindings/amqp/exchange/name").asText());
        }
        String schema = notification
                .at("/payload/properties/oslo.message/contentSchema/$ref")
                .asText();
        assertTrue(Files.isRegularFile(ASYNCAPI.resolveSibling(schema)), schema);
        List<String> dangling = new ArrayList<>();
        api.findValuesAsText("$ref").stream()
                .filter(reference -> reference.startsWith("#"))
                .filter(reference -> api.at(reference.substring(1)).isMissingNode())
                .forEach(dangling::add);
        assertEquals(List.of(), dangling);
    }

    private static String byDefault(String name) {
        return OptionRegistry.all().stream()
                .filter(option -> option.name().toString().equals(name))
                .map(Option::defaultText)
                .findFirst()
                .map(String::valueOf)
                .orElseThrow();
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
            return Stream.concat(
                            Stream.of(
                                    README,
                                    Path.of("CONTRIBUTING.md"),
                                    Path.of("CHANGELOG.md"),
                                    Path.of("devstack", "README.md")),
                            docs.filter(file -> file.toString().endsWith(".md")).sorted())
                    .toList();
        }
    }

    private static boolean leads(Path page, String link) {
        int hash = link.indexOf('#');
        String file = hash < 0 ? link : link.substring(0, hash);
        Path target = file.isEmpty() ? page : page.resolveSibling(file).normalize();
        if (!Files.exists(target)) {
            return false;
        }
        return hash < 0
                || found(HEADING, FENCE.matcher(read(target)).replaceAll("")).stream()
                        .anyMatch(heading -> anchor(heading).equals(link.substring(hash + 1)));
    }

    /** As forges make it: lower case, punctuation dropped, blanks as dashes. */
    private static String anchor(String heading) {
        return heading.toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }

    /** The words in the first column of the table below a heading of the README, without its head. */
    private static Set<String> firstColumn(String heading) {
        String readme = read(README);
        int begin = readme.indexOf("# " + heading + "\n");
        assertTrue(begin >= 0, heading);
        int table = readme.indexOf("\n|---", begin) + 1;
        String rows = readme.substring(readme.indexOf('\n', table) + 1, readme.indexOf("\n\n", table));
        return found(CELL, rows).stream()
                .flatMap(cell -> Arrays.stream(cell.replace("`", "").split(", ", -1)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<String> found(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult result) -> result.group(1))
                .toList();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
