package org.vmeventagent.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationTest {
    @TempDir
    Path directory = Path.of("");

    private Path file(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private static String refusal(String text) {
        return String.valueOf(assertThrows(ConfigException.class, () -> Configuration.ofText(text))
                .getMessage());
    }

    @Test
    void everyOptionHasItsDocumentedDefault() {
        Configuration configuration = Configuration.ofText("");

        assertEquals(List.of("qemu:///system"), configuration.get(LibvirtOptions.CONNECTION_URI));
        assertEquals(Duration.ofMillis(50), configuration.get(LibvirtOptions.LOOKUP_TIMEOUT));
        assertEquals("vm-event-agent", configuration.get(NotificationOptions.EXCHANGE));
        assertEquals(268_435_456L, configuration.get(OutboxOptions.MAX_BYTES));
        assertEquals(List.of("notifications"), configuration.get(OsloNotificationOptions.TOPICS));
        assertEquals(false, configuration.get(RabbitOptions.AMQP_DURABLE_QUEUES));
        assertEquals(true, configuration.get(RabbitOptions.SSL_ENFORCE_HOSTNAME_VERIFICATION));
        assertEquals(Optional.empty(), configuration.find(OsloNotificationOptions.DRIVER));
        assertEquals(Optional.empty(), configuration.find(DefaultOptions.TRANSPORT_URL));
        assertEquals(List.of(), configuration.warnings());
    }

    @Test
    void aLaterFileWinsAndTheEnvironmentOverAll() throws IOException {
        Path first = file("a.conf", "[DEFAULT]\nhost = a\nregion = a\n[libvirt]\nopen_timeout = 1\n");
        file("d/20.conf", "[DEFAULT]\nhost = c\n");
        file("d/10.conf", "[DEFAULT]\nhost = b\nregion = b\n");
        file("d/.hidden.conf", "[DEFAULT]\nhost = hidden\n");
        file("d/note.txt", "not read");

        Configuration configuration = Configuration.load(
                List.of(first), List.of(directory.resolve("d")), Map.of("OS_LIBVIRT__OPEN_TIMEOUT", "7"));

        assertEquals("c", configuration.get(DefaultOptions.HOST));
        assertEquals("b", configuration.get(DefaultOptions.REGION));
        assertEquals(Duration.ofSeconds(7), configuration.get(LibvirtOptions.OPEN_TIMEOUT));
    }

    @Test
    void filtersAreInTheOrderInWhichTheyComeFirst() throws IOException {
        Path first = file("a.conf", "[filter:z]\nevent = reboot\n[filter:B]\nname = b\n[filter:empty]\n");
        Path second = file("b.conf", "[filter:a]\naction = drop\n[filter:z]\nevent = stopped\naction = drop\n");

        Configuration configuration = Configuration.load(List.of(first, second), List.of(), Map.of());

        assertEquals(List.of("filter:z", "filter:b", "filter:a"), configuration.filters());
        assertEquals("stopped", configuration.get(FilterOptions.EVENT.inSection("filter:z")));
        assertEquals("drop", configuration.get(FilterOptions.ACTION.inSection("filter:z")));
        assertEquals(List.of("b"), configuration.get(FilterOptions.DISPLAY_NAME.inSection("filter:b")));
        assertEquals("publish", configuration.get(FilterOptions.ACTION.inSection("filter:b")));
        assertEquals(List.of(), configuration.warnings());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[filter:x];evnt = reboot | text:2: [filter:x] evnt is no option, did you mean event?",
                "[filter:x];events = reboot | text:2: [filter:x] events is no option, did you mean event?",
                "[filter:x];action = discard | text:2: [filter:x] action = discard: must be one of publish, drop",
                "[filter:x];severity = ERROR | text:2: [filter:x] severity = ERROR: must be one of info, error",
                "[filter:x];topic = | text:2: [filter:x] topic = : must be the name of one topic, without a comma",
                "[filter:x];topic = a,b | text:2: [filter:x] topic = a,b: must be the name of one topic, without a comma",
                "[filter:x];budget = -1 | text:2: [filter:x] budget = -1: must be an integer from 0 to 1000000",
                "[filter:];action = drop | text:2: a filter's section must be [filter:NAME], the name of 1 to 64 letters,"
                        + " digits, dots, dashes and underscores",
            })
    void whatIsWrongWithAFilterIsAnError(String text, String message) {
        assertEquals(message, refusal(text.replace(';', '\n')));
    }

    @Test
    void topicsOfFiltersAreThoseOfSectionsThatPublish() {
        Configuration configuration = Configuration.ofText("""
                        [filter:x]
                        topic = alarms
                        [filter:y]
                        topic = b
                        [filter:z]
                        topic = c
                        action = drop
                        [filter:a]
                        topic = alarms
                        [filter:b]
                        event = reboot
                        """);

        assertEquals(List.of("alarms", "b"), FilterOptions.topics(configuration));
    }

    @Test
    void whatIsPerhapsMeantForAFilterIsAWarning() {
        assertEquals(
                List.of("text:2: [filters] is no section of this agent, did you mean filter:name?"),
                Configuration.ofText("[filters]\naction = drop\n").warnings());
    }

    @Test
    void repeatedValuesAccumulateOverFiles() throws IOException {
        Path first = file("a.conf", "[libvirt]\nconnection_uri = qemu:///system\nconnection_uri = ch:///system\n");
        Path second = file("b.conf", "[libvirt]\nconnection_uri = xen:///system\n");

        assertEquals(
                List.of("qemu:///system", "ch:///system", "xen:///system"),
                Configuration.load(List.of(first, second), List.of(), Map.of()).get(LibvirtOptions.CONNECTION_URI));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[libvirt];poll_interval = 0 | text:2: [libvirt] poll_interval = 0: must be whole seconds from 1 to 86400",
                "[libvirt];poll_interval = | text:2: [libvirt] poll_interval = : must be whole seconds from 1 to 86400",
                "[DEFAULT];debug = maybe | text:2: [DEFAULT] debug = maybe: must be true or false (also 1, yes, on; 0, no, off)",
                "[notifications];declare = Full | text:2: [notifications] declare = Full: must be one of bind, full, passive, none",
                "[oslo_messaging_notifications];driver = log;driver = mail;driver = noop | text:3: [oslo_messaging_notifications]"
                        + " driver = mail: must be one of messagingv2, messaging, log, noop; may be given several times",
                "[DEFAULT];region = ${x.y} | text:2: [DEFAULT] region = ${x.y}: refers to $x.y, which is no option;"
                        + " a dollar sign is written $$",
                "[DEFAULT];region = $region | text:2: [DEFAULT] region = $region: refers to $region, which leads back to"
                        + " itself; a dollar sign is written $$",
            })
    void aBadValueIsReportedWithPlaceAndWhatIsAllowed(String text, String message) {
        assertEquals(message, refusal(text.replace(';', '\n')));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[notifications];exchange = nova | allow_foreign_exchange",
                "[notifications];event_type_prefix = compute | the first of which is not compute",
                "[notifications];event_type_prefix = compute.x | the first of which is not compute",
                "[oslo_messaging_notifications];driver = messaging;driver = messagingv2 | exclude each other",
                "[oslo_messaging_notifications];topics = , | at least one topic",
                "[oslo_messaging_notifications];transport_url = rabbit://;transport_url_file = /x | exclude each other",
                "[oslo_messaging_rabbit];rabbit_quorum_queue = 1;rabbit_ha_queues = 1 | exclude each other",
            })
    void optionsThatContradictAreRefused(String text, String part) {
        assertTrue(refusal(text.replace(';', '\n')).contains(part), refusal(text.replace(';', '\n')));
    }

    @Test
    void moreConnectionsThanTheUnitHasThreadsForAreRefused() {
        StringBuilder text = new StringBuilder("[libvirt]\n");
        for (int i = 0; i < 32; i++) {
            text.append("connection_uri = test+tcp://host-").append(i).append("/default\n");
        }
        text.append("connection_uri = test+tcp://host-0/default\n");
        assertEquals(
                33,
                Configuration.ofText(text.toString())
                        .get(LibvirtOptions.CONNECTION_URI)
                        .size());

        text.append("connection_uri = xen:///system\n");
        assertEquals(
                "text:35: [libvirt] connection_uri = xen:///system: is one of 33, at most 32 are possible; give the others"
                        + " to a second agent with a database and a control socket of its own",
                refusal(text.toString()));
    }

    @Test
    void whatJavaTakesForNoPathOrNumberIsRefusedLikeAnyBadValue() {
        String pem = "[oslo_messaging_rabbit] ssl_ca_file = ";
        assertEquals(
                "text:2: " + pem + "/a b: must be a path, or empty: it holds a zero byte",
                refusal("[oslo_messaging_rabbit]\nssl_ca_file = /a\0b\n"));
        assertTrue(refusal("[libvirt]\npoll_interval = " + "1".repeat(100_000) + "\n")
                .contains("1...: must be whole seconds"));
    }

    @Test
    void aForeignExchangeCanBeAllowed() {
        String text = "[notifications]\nexchange = nova\nallow_foreign_exchange = true\n";

        assertEquals("nova", Configuration.ofText(text).get(NotificationOptions.EXCHANGE));
    }

    @Test
    void aSecretIsNeverInAMessage() {
        String message = refusal("[DEFAULT]\ntransport_url = rabbit://u:pa$sword@h/");

        assertEquals(
                "text:2: [DEFAULT] transport_url = ***: refers to an option, which is no option; a dollar sign is written $$",
                message);
        Configuration configuration = Configuration.ofText("[DEFAULT]\ntransport_url = rabbit://u:password@h/");
        assertEquals(
                "text:2: [DEFAULT] transport_url = ***: must be better",
                configuration
                        .bad(DefaultOptions.TRANSPORT_URL, "must be better")
                        .getMessage());
        assertFalse(configuration.toString().contains("password"));
    }

    @Test
    void aSecretThatIsReferredToIsNotShownEither() {
        assertEquals(
                "text:2: [DEFAULT] region = $transport_url: refers to $transport_url, which has a bad value; a dollar sign is"
                        + " written $$",
                refusal("[DEFAULT]\nregion = $transport_url\ntransport_url = rabbit://u:pa$sword@h/"));
    }

    @Test
    void anotherPartRefusesAValueWithItsPlace() {
        Configuration configuration = Configuration.ofText("[libvirt]\nevents = default\nevents = bogus\n");

        assertEquals(
                "text:3: [libvirt] events = bogus: there is no event bogus",
                configuration
                        .bad(LibvirtOptions.EVENTS, "there is no event bogus")
                        .getMessage());
        assertEquals(
                "[notifications] events is not set: impossible",
                configuration.bad(NotificationOptions.EVENTS, "impossible").getMessage());
    }

    @Test
    void warnsOnceOfWhatIsUnknownOldOrWithoutEffect() {
        Configuration configuration = Configuration.of(
                List.of(OsloConfigParser.read("f", """
                        [libvirt]
                        pol_interval = 1
                        pol_interval = 2
                        no@name = 1
                        [default]
                        host = x
                        host = y
                        [DEFAULT]
                        control_exchange = nova
                        notification_driver = noop
                        [oslo_messaging_rabbit]
                        rabbit_qos_prefetch_count = 1
                        rabbit_quroum_max_memory_bytes = 5
                        """)),
                Map.of("OS_LIBVIRT__EVENT", "x", "OS_AUTH_URL", "x", "OS_LIBVIRT__EVENTS", "all"));

        assertEquals(
                List.of(
                        "f:2: [libvirt] pol_interval is no option, did you mean poll_interval?",
                        "f:4: [libvirt] (a name that is not shown) is no option",
                        "f:6: [default] is no section of this agent, did you mean DEFAULT?",
                        "f:9: [DEFAULT] control_exchange is accepted but has no effect here",
                        "f:10: [DEFAULT] notification_driver is an old name, the present one is"
                                + " [oslo_messaging_notifications] driver",
                        "f:12: [oslo_messaging_rabbit] rabbit_qos_prefetch_count is accepted but has no effect here",
                        "f:13: [oslo_messaging_rabbit] rabbit_quroum_max_memory_bytes is an old name, the present one is"
                                + " [oslo_messaging_rabbit] rabbit_quorum_max_memory_bytes",
                        "environment: OS_LIBVIRT__EVENT is no option, did you mean OS_LIBVIRT__EVENTS?"),
                configuration.warnings());
        assertEquals(5L, configuration.get(RabbitOptions.RABBIT_QUORUM_MAX_MEMORY_BYTES));
        assertEquals(List.of("noop"), configuration.get(OsloNotificationOptions.DRIVER));
    }

    @Test
    void aTransportUrlsQueryWinsAndIsChecked() {
        Configuration configuration = Configuration.ofText("[oslo_messaging_rabbit]\nssl = false\n");

        Configuration changed = configuration.overridden(
                "oslo_messaging_rabbit", Map.of("ssl", "1", "conn_pool_ttl", "5"), "transport_url");

        assertEquals(true, changed.get(RabbitOptions.SSL));
        assertEquals(false, configuration.get(RabbitOptions.SSL));
        assertEquals(
                "transport_url: [oslo_messaging_rabbit] amqp_durable_queue is no option, did you mean amqp_durable_queues?",
                assertThrows(
                                ConfigException.class,
                                () -> configuration.overridden(
                                        "oslo_messaging_rabbit", Map.of("amqp_durable_queue", "1"), "transport_url"))
                        .getMessage());
        assertEquals(
                "transport_url: [oslo_messaging_rabbit] ssl = x: must be true or false (also 1, yes, on; 0, no, off)",
                assertThrows(
                                ConfigException.class,
                                () -> configuration.overridden(
                                        "oslo_messaging_rabbit", Map.of("ssl", "x"), "transport_url"))
                        .getMessage());
    }

    @Test
    void aMissingFileOrDirectoryIsReported() {
        Path missing = directory.resolve("missing");

        for (List<List<Path>> paths :
                List.of(List.of(List.of(missing), List.<Path>of()), List.of(List.<Path>of(), List.of(missing)))) {
            String message = assertThrows(
                            ConfigException.class, () -> Configuration.load(paths.get(0), paths.get(1), Map.of()))
                    .getMessage();
            assertTrue(String.valueOf(message).endsWith("does not exist"), message);
        }
    }

    @Test
    void aFileThatIsNotUtf8IsReported() throws IOException {
        Path file = Files.write(directory.resolve("latin.conf"), new byte[] {'[', (byte) 0xe9, ']'});

        assertEquals(
                file + ": the configuration file is not UTF-8",
                assertThrows(ConfigException.class, () -> Configuration.load(List.of(file), List.of(), Map.of()))
                        .getMessage());
    }
}
