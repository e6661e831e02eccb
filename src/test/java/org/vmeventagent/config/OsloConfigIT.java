package org.vmeventagent.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same files through the real oslo.config and through {@link Configuration} give the same values, or both refuse. Where
 * ours refuses alone it is because oslo.config was not reported the bounds; ours never takes what oslo.config refuses.
 */
class OsloConfigIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory = Path.of("");

    private final List<RealOsloConfig.Case> cases = new ArrayList<>();

    private void add(Map<String, String> environment, String... texts) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String text : texts) {
            files.add(Files.writeString(directory.resolve(cases.size() + "-" + files.size() + ".conf"), text));
        }
        cases.add(new RealOsloConfig.Case(files, environment));
    }

    /** @return how many values both agreed on */
    private int compare() throws IOException, InterruptedException {
        JsonNode answers = RealOsloConfig.values(cases, directory);
        assertEquals(cases.size(), answers.size());
        int agreed = 0;
        for (int i = 0; i < cases.size(); i++) {
            agreed += compare(cases.get(i), answers.get(i));
        }
        return agreed;
    }

    private static int compare(RealOsloConfig.Case one, JsonNode answer) throws IOException {
        String files = describe(one);
        Configuration configuration;
        try {
            configuration = Configuration.of(ConfigFiles.read(one.files(), List.of()), one.environment());
        } catch (ConfigException e) {
            assertTrue(answer.has("refused"), () -> e.getMessage() + " but oslo.config takes\n" + files);
            return 1;
        }
        assertTrue(!answer.has("refused"), () -> answer + " but we take\n" + files);
        int agreed = 0;
        for (Option<?> option : OptionRegistry.all()) {
            JsonNode theirs =
                    answer.path(option.name().section() + "/" + option.name().option());
            JsonNode ours;
            try {
                ours = configuration
                        .find(option)
                        .map(value -> json(value, option.type().kind()))
                        .orElse(JSON.nullNode());
            } catch (ConfigException e) {
                assertTrue(
                        theirs.has("refused") || refusedAlone(option, String.valueOf(e.getMessage())),
                        () -> e.getMessage() + ", theirs " + theirs + "\n" + files);
                continue;
            }
            assertEquals(theirs, ours, () -> option.name() + " of\n" + files);
            agreed++;
        }
        return agreed;
    }

    /** Bounds, words and empty numbers (None there), of which oslo.config was not reported; references to lists or to such. */
    private static boolean refusedAlone(Option<?> option, String message) {
        return switch (option.type().kind()) {
            case INTEGER, SECONDS, MILLISECONDS, DECIMAL, WORD, REPEATED -> true;
            case TEXT ->
                message.contains("must be") || message.contains("is a list") || message.contains("a bad value");
            case BOOLEAN, LIST -> message.contains("is a list") || message.contains("a bad value");
        };
    }

    private static JsonNode json(Object value, OptionType.Kind kind) {
        if (value instanceof Duration duration) {
            return json(
                    kind == OptionType.Kind.MILLISECONDS ? duration.toMillis() : duration.toSeconds(),
                    OptionType.Kind.INTEGER);
        }
        // Through text, so that a number has the node type that reading gives it.
        try {
            return JSON.readTree(JSON.writeValueAsString(value));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String describe(RealOsloConfig.Case one) throws IOException {
        StringBuilder text = new StringBuilder(one.environment().toString());
        for (Path file : one.files()) {
            text.append("\n---\n").append(Files.readString(file));
        }
        return text.toString();
    }

    @Test
    void awkwardFilesHaveTheSameValues() throws IOException, InterruptedException {
        add(Map.of(), "");
        add(Map.of(), OptionPagesTest.uncommented(OptionPages.sampleFile()).replace("$CREDENTIALS", "$$CREDENTIALS"));
        add(Map.of(), "[DEFAULT]\nhost = a #b\nregion = c ; d\n# host = e\n;host = f\n # g\n");
        add(Map.of(), "[DEFAULT]\nregion = a\n  b\n\t# c\n\n[libvirt]\nopen_timeout = 7\n");
        add(Map.of(), "[DEFAULT]\nregion = \"a b \"\nhost = 'x\nlog_format = 'json'\ntransport_url = \"\n");
        add(Map.of(), "[DEFAULT]\nregion: a=b\nhost = c:d\nlog_format=json\n");
        add(Map.of(), "[DEFAULT]\nhost = h\nregion = $host-${host}-${libvirt.open_timeout}-$$host-\\$host-$1-${-$\n");
        add(
                Map.of(),
                "[DEFAULT]\nhost = d\ndebug=yes\n[outbox]\npath=/x/$host/$debug/$max_bytes\nmax_bytes= +2_000_000\n");
        add(Map.of(), "[DEFAULT]\nregion = $nothing\nhost = ${libvirt.nothing}\n");
        add(Map.of(), "[DEFAULT]\nregion = a$region\nhost = $HOST\n");
        add(Map.of(), "[DEFAULT]\nregion = [$log_format][$control_exchange]\n");
        for (String word : List.of("1", "0", "on", "OFF", "Yes", "nO", "TRUE", "fAlse", "y", "", "2", "' true'")) {
            add(Map.of(), "[DEFAULT]\ndebug = " + word + "\n");
        }
        for (String number :
                List.of("1", " 07 ", "+3", "-1", "1.5", "1_0", "1__0", "_1", "0x10", "1e3", "", "٣", "abc")) {
            add(Map.of(), "[libvirt]\nopen_timeout = " + number + "\n[oslo_messaging_notifications]\nretry=" + number);
            add(Map.of(), "[oslo_messaging_rabbit]\nkombu_reconnect_delay = " + number + "\n");
        }
        for (String list : List.of(
                "a", "a,b", " a , b ", "a,,b", "a,b,,", ",", "", "\"a,b\"", "\"a\",b", "'a', 'b'", "a\n b,\n c")) {
            add(Map.of(), "[oslo_messaging_notifications]\ntopics = " + list + "\n");
        }
        add(
                Map.of(),
                "[libvirt]\nconnection_uri=a:1\nconnection_uri=a:2\n",
                "[libvirt]\nconnection_uri=a:3\nconnection_uri=\n");
        add(Map.of(), "[DEFAULT]\nhost=a\nhost=b\nregion=r\n", "[DEFAULT]\nhost=c\n", "[libvirt]\nopen_timeout=3\n");
        add(
                Map.of("OS_DEFAULT__HOST", "e", "OS_LIBVIRT__OPEN_TIMEOUT", "9", "os_default__region", "no"),
                "[DEFAULT]\nhost=f\nregion=$host\n");
        add(Map.of("OS_OSLO_MESSAGING_NOTIFICATIONS__TOPICS", "a,b", "OS_DEFAULT__DEBUG", "on"), "");
        add(Map.of("OS_DEFAULT__REGION", "", "OS_DEFAULT__NOTIFICATION_TOPICS", "x"), "[DEFAULT]\nregion=f\n");
        add(
                Map.of(),
                "[LibVirt]\nopen_timeout=2\n[libvirt]\nopen_timeout=3\n[default]\nhost=x\n[ DEFAULT ]\nregion=y\n");
        add(
                Map.of(),
                "[DEFAULT]\nnotification_driver=a\nnotification_topics=x\n[oslo_messaging_notifications]\ndriver=log\ntopics=y\n",
                "[DEFAULT]\nnotification_driver=noop\nnotification_topics=z\n[rpc_notifier2]\ntopics=w\n");
        add(
                Map.of(),
                "[oslo_messaging_rabbit]\nrabbit_use_ssl=true\nkombu_ssl_ca_certs=/a\nrabbit_quroum_max_memory_bytes=5\n",
                "[DEFAULT]\nrabbit_ha_queues=true\namqp_auto_delete=1\n[oslo_messaging_rabbit]\nssl_ca_file=/b\n");
        add(Map.of(), "[DEFAULT]\r\nhost = a\r\n  b\r\rregion = c\r\n");
        add(Map.of(), "[DEFAULT]\nhost = a\u00a0\nregion\u00a0=\u2003b\u0085\n\u000bcontrol_exchange = c\n");
        for (String bad :
                List.of("host = a", "[DEFAULT", "[]", "[DEFAULT]\n= a", "[DEFAULT]\nhost", "\ufeff[DEFAULT]", " a")) {
            add(Map.of(), bad);
        }

        assertTrue(compare() > cases.size() * 30);
    }

    /** Nova's own defaults are not known to import-config: where it refuses, one of them is in oslo.config's value. */
    @Test
    void referencesInNovasFilesHaveTheSameValues() throws IOException, InterruptedException {
        String novas = "default-of-nova";
        List<Option<?>> imported = List.of(
                DefaultOptions.HOST,
                DefaultOptions.TRANSPORT_URL,
                OsloNotificationOptions.TOPICS,
                RabbitOptions.SSL_CA_FILE);
        List<Option<?>> all = new ArrayList<>(imported);
        all.set(0, DefaultOptions.HOST.byDefault(novas));
        for (String name : List.of("my_ip", "site", "state_path")) {
            all.add(Option.of("DEFAULT", name, OptionType.text(), "").byDefault(novas));
        }
        all.add(Option.of("vnc", "listen", OptionType.text(), "").byDefault(novas));
        String[] values = {"$my_ip", "a-${site}.b", "$state_path/x", "${vnc.listen}", "$host", "plain", "$$x", "$1"};
        Random random = new Random(20_261_128);
        for (int i = 0; i < 300; i++) {
            StringBuilder text = new StringBuilder();
            for (Option<?> option : all) {
                if (random.nextBoolean()) {
                    text.append('[').append(option.name().section()).append("]\n");
                    text.append(option.name().option()).append(" = ");
                    text.append(values[random.nextInt(values.length)]).append('\n');
                }
            }
            add(Map.of(), text.toString());
        }
        JsonNode answers = RealOsloConfig.values(all, cases, directory);

        int agreed = 0;
        for (int i = 0; i < cases.size(); i++) {
            String file = describe(cases.get(i));
            Configuration configuration =
                    Configuration.foreign(ConfigFiles.read(cases.get(i).files(), List.of()));
            for (Option<?> option : imported) {
                JsonNode theirs = answers.get(i)
                        .path(option.name().section() + "/" + option.name().option());
                String what = option.name() + ", theirs " + theirs + "\n" + file;
                try {
                    configuration
                            .find(option)
                            .ifPresent(value -> assertEquals(
                                    theirs, json(value, option.type().kind()), what));
                    agreed += configuration.isSet(option) ? 1 : 0;
                } catch (ConfigException e) {
                    assertTrue(theirs.has("refused") || theirs.toString().contains(novas), e.getMessage() + what);
                }
            }
        }
        assertTrue(agreed > 300, "" + agreed);
    }

    @Test
    void randomFilesHaveTheSameValues() throws IOException, InterruptedException {
        Random random = new Random(20_261_122);
        for (int i = 0; i < 700; i++) {
            String[] texts = new String[1 + random.nextInt(2)];
            for (int j = 0; j < texts.length; j++) {
                texts[j] = randomFile(random);
            }
            add(random.nextInt(4) == 0 ? Map.of("OS_DEFAULT__REGION", randomValue(random)) : Map.of(), texts);
        }

        assertTrue(compare() > 10_000);
    }

    private static String randomFile(Random random) {
        StringBuilder text = new StringBuilder();
        String[] names = {
            "host",
            "region",
            "debug",
            "notification_topics",
            "control_exchange",
            "open_timeout",
            "topics",
            "driver",
            "ssl",
            "rabbit_use_ssl",
            "retry"
        };
        String[] sections = {"DEFAULT", "libvirt", "oslo_messaging_notifications", "OSLO_messaging_rabbit", "default"};
        text.append("[DEFAULT]\n");
        int lines = random.nextInt(12);
        for (int i = 0; i < lines; i++) {
            int shape = random.nextInt(40);
            if (shape < 8) {
                text.append('[')
                        .append(sections[random.nextInt(sections.length)])
                        .append(']');
            } else if (shape < 12) {
                text.append(random.nextBoolean() ? " " : "\t").append(randomValue(random));
            } else if (shape < 14) {
                text.append(random.nextBoolean() ? "#" : ";").append(randomValue(random));
            } else if (shape > 38) {
                text.append(randomValue(random));
            } else {
                text.append(names[random.nextInt(names.length)])
                        .append(random.nextInt(5) == 0 ? ":" : random.nextBoolean() ? " = " : "=")
                        .append(randomValue(random));
            }
            text.append(random.nextInt(12) == 0 ? "\n\n" : "\n");
        }
        return text.toString();
    }

    private static String randomValue(Random random) {
        String[] parts = {
            "a",
            "1",
            "true",
            "no",
            " ",
            "  ",
            ",",
            "\"",
            "'",
            "#",
            ";",
            "=",
            ":",
            "$",
            "$$",
            "\\",
            "\\$",
            "$host",
            "${region}",
            "${libvirt.open_timeout}",
            "$debug",
            "{",
            "}",
            "[",
            "]",
            ".",
            "%",
            "é"
        };
        StringBuilder value = new StringBuilder();
        int length = random.nextInt(4);
        for (int i = 0; i < length; i++) {
            value.append(parts[random.nextInt(parts.length)]);
        }
        return value.toString();
    }
}
