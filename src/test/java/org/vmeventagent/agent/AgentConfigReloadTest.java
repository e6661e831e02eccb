package org.vmeventagent.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmeventagent.config.ConfigException;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.DefaultOptions;
import org.vmeventagent.config.Option;
import org.vmeventagent.config.OptionRegistry;
import org.vmeventagent.config.RabbitOptions;
import org.vmeventagent.config.TelemetryOptions;
import org.vmeventagent.rig.TestAuthority;
import org.vmeventagent.rig.TestCertificate;

/** What SIGHUP takes over and what it says about the rest are one and the same, for every option. */
class AgentConfigReloadTest {
    private static final List<String> VALUES = List.of(
            "127.0.0.1:9917",
            "true",
            "false",
            "7",
            "100",
            "90000",
            "TLSv1_2",
            "1048576000",
            "lifecycle",
            "ignore",
            "json",
            "ERROR",
            "full",
            "PLAIN",
            "normal",
            "other",
            "/run/other",
            "test:///other",
            "rabbit://u:p@elsewhere/",
            "noop");

    @TempDir
    private Path directory;

    static Stream<Option<?>> options() {
        return OptionRegistry.all().stream().filter(Option::effective);
    }

    @ParameterizedTest
    @MethodSource("options")
    void whatNeedsARestartCountsNowhereAndTheRestCounts(Option<?> option) throws IOException {
        AgentConfig running = AgentConfig.from(options(""));
        AgentConfig changed = changed(running, option);
        AgentConfig counting = running.reloaded(changed);
        List<String> reported = running.needsRestart(changed);
        if (reported.isEmpty()) {
            assertEquals(changed.loaded().find(option), counting.loaded().find(option));
            assertEquals(takenOver(changed), takenOver(counting));
            assertEquals(atTheStart(running), atTheStart(changed), "a part of it would need a restart");
        } else {
            assertEquals(List.of(option.name().toString()), reported);
            assertEquals(running.loaded().find(option), counting.loaded().find(option));
            assertEquals(takenOver(running), takenOver(counting));
        }
        assertEquals(atTheStart(running), atTheStart(counting), "what only a start hands out");
    }

    @Test
    void allOfTheBrokerCountsAndAllOfTheHypervisorDoesNot() throws IOException {
        AgentConfig running = AgentConfig.from(options(""));
        for (Option<?> option : options().toList()) {
            boolean reported = !running.needsRestart(changed(running, option)).isEmpty();
            String section = option.name().section();
            assertTrue(!section.equals(RabbitOptions.SECTION) || !reported, option.name()::toString);
            assertTrue(reported || !List.of("libvirt", "outbox").contains(section), option.name()::toString);
        }
    }

    @Test
    void whereThereWasNoBrokerOneCountsFromTheNextStart() {
        AgentConfig running = AgentConfig.from(Configuration.ofText("[oslo_messaging_notifications]\ndriver = log\n"));
        AgentConfig changed = AgentConfig.from(Configuration.ofText("[DEFAULT]\ntransport_url = rabbit://u:p@h/\n"));
        assertEquals(
                List.of("[DEFAULT] transport_url", "[oslo_messaging_notifications] driver"),
                running.needsRestart(changed));
        assertEquals(null, running.reloaded(changed).amqp());
        assertEquals(
                List.of("[DEFAULT] transport_url", "[oslo_messaging_notifications] driver"),
                changed.needsRestart(running));
        assertEquals(changed.amqp(), changed.reloaded(running).amqp());
    }

    @Test
    void filtersCountWithoutARestart() {
        AgentConfig running = AgentConfig.from(options("[filter:x]\nevent = reboot\naction = drop\n"));
        AgentConfig changed = AgentConfig.from(options("[filter:y]\nevent = stopped\nseverity = error\n"));

        assertEquals(List.of(), running.needsRestart(changed));
        assertEquals(changed.filter(), running.reloaded(changed).filter());
        assertEquals(
                List.of(),
                running.reloaded(AgentConfig.from(options(""))).filter().rules());
        assertEquals(atTheStart(running), atTheStart(running.reloaded(changed)));
    }

    @Test
    void filtersThatNameANewTopicCountFromTheNextStart() {
        AgentConfig running = AgentConfig.from(
                options("[oslo_messaging_notifications]\ntopics = a,b\n[filter:x]\nevent = reboot\ntopic = alarms\n"));
        AgentConfig known =
                AgentConfig.from(options("[filter:y]\ntopic = b\n[filter:x]\nevent = stopped\ntopic = alarms\n"));
        AgentConfig other = AgentConfig.from(
                options("[notifications]\nevents = stopped\n[filter:y]\naction = drop\n[filter:z]\ntopic = c\n"));

        assertEquals(
                List.of("a", "b", "alarms"),
                Objects.requireNonNull(running.publisher()).allTopics());
        assertEquals(List.of(), running.newTopics(known));
        assertEquals(known.filter(), running.reloaded(known).filter());
        assertEquals(List.of("c"), running.newTopics(other));
        assertEquals(running.filter().rules(), running.reloaded(other).filter().rules());
        assertEquals(other.filter().events(), running.reloaded(other).filter().events(), "the rest counts");
        assertEquals(atTheStart(running), atTheStart(running.reloaded(other)));
    }

    /** What {@code Agent.reload} hands out. */
    private static List<Object> takenOver(AgentConfig config) {
        List<Object> all = new ArrayList<>(List.of(
                config.filter(),
                config.options().get(DefaultOptions.DEBUG),
                config.options().get(DefaultOptions.LOG_FORMAT)));
        all.add(config.amqp());
        return all;
    }

    private static List<Object> atTheStart(AgentConfig config) {
        List<Object> all = new ArrayList<>(
                List.of(config.store(), config.libvirt(), config.recorder(), config.notification(), config.drivers()));
        all.add(config.publisher());
        return all;
    }

    /** With another value of that option, alone. */
    private AgentConfig changed(AgentConfig running, Option<?> option) throws IOException {
        List<String> values = new ArrayList<>(VALUES);
        values.add(urlFile().toString());
        if (option.equals(TelemetryOptions.WEB_CONFIG_FILE)) {
            values.add(webConfigFile().toString());
        }
        for (String value : values) {
            try {
                String name = option.name().toString().replace("] ", "]\n");
                AgentConfig changed = AgentConfig.from(options(name + " = " + value + "\n"));
                if (!changed.loaded().find(option).equals(running.loaded().find(option))) {
                    return changed;
                }
            } catch (ConfigException e) {
                assertTrue(String.valueOf(e.getMessage()).contains(option.name().option()), e::getMessage);
            }
        }
        throw new AssertionError("no value for " + option.name());
    }

    private Configuration options(String more) {
        return Configuration.ofText("[DEFAULT]\nhost = cmp-01\ntransport_url = rabbit://u:p@h:5672/\n"
                + "[telemetry]\nlisten = 127.0.0.1:9917\n[DEFAULT]\n" + more);
    }

    private Path webConfigFile() throws IOException {
        TestCertificate own = TestAuthority.root(directory, "authority").issue("agent", "IP:127.0.0.1");
        return Files.writeString(
                directory.resolve("web.yml"),
                "tls_server_config: {cert_file: " + own.certificate() + ", key_file: " + own.key() + "}\n");
    }

    private Path urlFile() throws IOException {
        Path file = Files.writeString(directory.resolve("url"), "rabbit://u:p@third/");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
}
