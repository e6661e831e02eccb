package org.vmeventagent.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.agent.Finding.Level;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.RabbitBroker;

/** What {@code check} finds, at real daemons: each fault is named once, with what helps and without a password. */
@Timeout(120)
class HostCheckIT {
    private static final String SECRET = "pass-marker";

    /** In which the deadline is noticed on a busy machine. */
    private static final Duration MARGIN = Duration.ofSeconds(10);

    private static LibvirtDaemon daemon;
    private static RabbitBroker broker;

    @TempDir
    private Path directory;

    private final List<Finding> all = new ArrayList<>();
    private String virtualHost;
    private AgentFiles files;

    @BeforeAll
    static void startDaemons() {
        daemon = new LibvirtDaemon();
        broker = RabbitBroker.shared();
    }

    @AfterAll
    static void end() {
        daemon.close();
    }

    @BeforeEach
    void write() {
        virtualHost = broker.newVirtualHost();
        files = AgentFiles.of(directory, daemon.readOnly(daemon.testUri()));
    }

    @AfterEach
    void showsNoPassword() {
        assertFalse(all.toString().contains(SECRET), all::toString);
    }

    @Test
    void findsNothingWrongWhereNothingIs() throws Exception {
        declareQueue();
        List<Finding> findings = check(files.withBroker(broker.url(virtualHost)));

        assertEquals(
                List.of(),
                findings.stream().filter(one -> one.level() != Level.OK).toList());
        assertEquals(
                List.of("configuration", "host", "java", "database", "libvirt", "broker"),
                findings.stream().map(Finding::name).distinct().toList());
        String uri = daemon.readOnly(daemon.testUri());
        List<String> libvirt = messages("libvirt");
        assertTrue(libvirt.get(0).startsWith(uri + " opens read-only and registers "), libvirt::toString);
        assertTrue(libvirt.get(0).contains(" event ids: lifecycle, reboot, "), libvirt::toString);
        assertEquals(uri + " has 1 domain", libvirt.get(1));
        assertTrue(
                libvirt.get(2).matches(".* is TEST [\\d.]+, libvirt \\d[\\d.]+, client library \\d[\\d.]+"),
                libvirt::toString);
        assertTrue(
                messages("broker").get(0).matches("guest logs in at .*, without TLS: RabbitMQ \\d.*"), all::toString);
        assertEquals(
                List.of(
                        "there is no exchange vm-event-agent in virtual host " + virtualHost
                                + ", and the agent makes it: topic, durable=false",
                        "there is the queue notifications.info, and the agent binds it with the key notifications.info"),
                messages("broker").subList(1, 3));
        assertFalse(
                broker.rabbitmqctl("list_exchanges", "-p", virtualHost, "name").contains("vm-event-agent"),
                "nothing was declared");
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(List.of(files.config()), left.toList());
        }
    }

    @Test
    void whatTheAgentWouldWaitForIsAWarning() throws Exception {
        files.withBroker(broker.url(virtualHost)).add("[notifications]\ndeclare = passive\nerror_priority = ERROR\n");
        check(files);

        List<Finding> missing =
                all.stream().filter(one -> one.level() == Level.WARNING).toList();
        assertEquals(3, missing.size(), all::toString);
        assertEquals(
                "there is no exchange vm-event-agent in virtual host " + virtualHost,
                missing.get(0).message());
        assertTrue(missing.get(0).remedy().startsWith("create it: rabbitmqadmin "), missing::toString);
        assertTrue(missing.get(1).message().startsWith("there is no queue notifications.info "), missing::toString);
        assertTrue(missing.get(2).message().startsWith("there is no queue notifications.error "), missing::toString);
    }

    @Test
    void withDeclareFullTheQueueIsMade() throws Exception {
        check(files.withBroker(broker.url(virtualHost)).add("[notifications]\ndeclare = full\n"));

        assertEquals(
                "there is no queue notifications.info, and the agent makes it, durable=false, and binds it with the key"
                        + " notifications.info",
                messages("broker").get(2));
        assertEquals(
                "", broker.rabbitmqctl("list_queues", "-p", virtualHost, "name").strip());
    }

    @Test
    void aLibvirtThatIsAwayIsAnError() throws Exception {
        Path socket = directory.resolve("none");
        check(AgentFiles.of(directory, "qemu+unix:///system?socket=" + socket).withLogDriver());

        Finding error = theOneError("libvirt");
        assertTrue(
                error.message().startsWith("qemu+unix:///system?socket=" + socket + " can't be used: "),
                error::toString);
        assertTrue(error.remedy().contains("libvirtd or virtqemud runs"), error::toString);
        assertEquals(List.of("no driver sends to one"), messages("broker"));
    }

    @Test
    void aLibvirtThatHangsIsAnErrorInTime() throws Exception {
        files.withLogDriver();
        daemon.freeze();
        long begun = System.nanoTime();
        try {
            check(files);
        } finally {
            daemon.thaw();
        }

        Duration took = Duration.ofNanos(System.nanoTime() - begun);
        assertTrue(took.compareTo(HostCheck.LIMIT.plus(MARGIN)) < 0, took::toString);
        assertEquals(
                daemon.readOnly(daemon.testUri()) + ": no answer within 10 s",
                theOneError("libvirt").message());
    }

    @Test
    void aBrokerThatIsAwayIsAnError() throws Exception {
        check(files.withBroker("rabbit://guest:" + SECRET + "@127.0.0.1:1/"));

        Finding error = theOneError("broker");
        assertEquals("guest@127.0.0.1:1: Connection refused", error.message());
        assertTrue(error.remedy().startsWith("does a broker run there?"), error::toString);
    }

    @Test
    void aBrokerThatHangsIsAnErrorInTime() throws Exception {
        files.withBroker(broker.url(virtualHost));
        broker.freeze();
        long begun = System.nanoTime();
        try {
            check(files);
        } finally {
            broker.thaw();
        }

        Duration took = Duration.ofNanos(System.nanoTime() - begun);
        assertTrue(took.compareTo(HostCheck.LIMIT.plus(MARGIN)) < 0, took::toString);
        assertTrue(theOneError("broker").message().contains("no answer "), all::toString);
    }

    @Test
    void ofSeveralBrokersOneThatIsAwayIsAWarning() throws Exception {
        declareQueue();
        check(files.withBroker(
                "rabbit://guest:guest@127.0.0.1:1,guest:guest@127.0.0.1:" + broker.port() + '/' + virtualHost));

        assertEquals(0, all.stream().filter(one -> one.level() == Level.ERROR).count(), all::toString);
        List<String> messages = messages("broker");
        assertEquals("guest@127.0.0.1:1: Connection refused", messages.get(0));
        assertEquals(4, messages.size(), all::toString);
    }

    @Test
    void aWrongPasswordIsAnError() throws Exception {
        check(files.withBroker(broker.url(virtualHost).replace("guest:guest", "guest:" + SECRET)));

        Finding error = theOneError("broker");
        assertEquals("guest@127.0.0.1:" + broker.port() + ": login refused", error.message());
        assertTrue(error.remedy().startsWith("check user and password in transport_url"), error::toString);
    }

    @Test
    void aUserWithoutRightsInTheVirtualHostIsAnError() throws Exception {
        String user = "checked-" + virtualHost;
        broker.addUser(user, SECRET);
        check(files.withBroker(broker.url(virtualHost).replace("guest:guest", user + ':' + SECRET)));

        Finding error = theOneError("broker");
        assertTrue(error.message().contains("access to vhost '" + virtualHost + "' refused"), error::toString);
        assertTrue(error.remedy().contains("set_permissions"), error::toString);
    }

    @Test
    void aFileWithAPasswordThatEverybodyMayReadIsAWarning() throws Exception {
        declareQueue();
        files.withBroker(broker.url(virtualHost));
        Files.setPosixFilePermissions(files.config(), PosixFilePermissions.fromString("rw-r--r--"));
        check(files);

        List<Finding> warnings =
                all.stream().filter(one -> one.level() != Level.OK).toList();
        assertEquals(
                List.of(new Finding(
                        "configuration",
                        Level.WARNING,
                        files.config() + " holds a password and has mode 0644: every user of this host can read it",
                        "chmod o-r")),
                warnings);
    }

    @Test
    void aDatabaseWithoutItsDirectoryIsAnError() throws Exception {
        check(files.withLogDriver().add("[outbox]\npath = " + directory + "/none/agent.db\n"));

        assertEquals(
                "the directory " + directory + "/none doesn't exist",
                theOneError("database").message());
    }

    @Test
    void aDiskWithoutRoomForTheDatabaseIsAWarning() throws Exception {
        check(files.withLogDriver().add("[outbox]\nmax_bytes = 1099511627776\n"));

        Finding warning = all.stream()
                .filter(one -> one.level() == Level.WARNING)
                .findFirst()
                .orElseThrow();
        assertEquals("database", warning.name());
        assertTrue(warning.message().endsWith("; the database may grow by 1048592 MiB"), warning::toString);
        assertEquals("make room, or lower [outbox] max_bytes", warning.remedy());
    }

    @Test
    void theNameOfThisHostIsComparedWithNovas() throws Exception {
        files.withLogDriver();
        Path nova = directory.resolve("nova.conf");
        Files.writeString(nova, "[DEFAULT]\nmy_ip = 192.0.2.1\nhost = cmp-01\n[database]\nconnection = x\n");
        check(files, nova);
        assertEquals(
                "notifications name this host cmp-01, as [DEFAULT] host says; Nova does so by " + nova,
                messages("host").get(0));

        Files.writeString(nova, "[DEFAULT]\nhost = cmp-02\n");
        check(files, nova);
        Finding error = theOneError("host");
        assertTrue(error.message().endsWith(", and Nova names it cmp-02 by " + nova), error::toString);
        assertTrue(error.remedy().startsWith("set [DEFAULT] host = cmp-02"), error::toString);

        check(files, directory.resolve("missing.conf"));
        assertEquals(
                Level.WARNING,
                all.stream()
                        .filter(one -> one.name().equals("host"))
                        .findFirst()
                        .orElseThrow()
                        .level());
    }

    @Test
    void withoutANameOfItsOwnTheSystemsIsTakenAsNovaTakesIt() throws Exception {
        files.withLogDriver();
        files.write(files.text().replace("host = cmp-01\n", ""));
        check(files, Files.writeString(directory.resolve("nova.conf"), "[DEFAULT]\n"));

        assertTrue(messages("host").get(0).contains(", the host name of the system; Nova does so by "), all::toString);
    }

    private List<Finding> check(AgentFiles checked, Path... nova) throws InterruptedException {
        all.clear();
        all.addAll(
                HostCheck.run(Configuration.load(List.of(checked.config()), List.of(), Map.of()), Arrays.asList(nova)));
        return all;
    }

    private Finding theOneError(String name) {
        List<Finding> errors =
                all.stream().filter(one -> one.level() == Level.ERROR).toList();
        assertEquals(List.of(name), errors.stream().map(Finding::name).toList(), all::toString);
        return errors.get(0);
    }

    private List<String> messages(String name) {
        return all.stream()
                .filter(one -> one.name().equals(name))
                .map(Finding::message)
                .toList();
    }

    private void declareQueue() throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(broker.port());
        factory.setVirtualHost(virtualHost);
        try (Connection connection = factory.newConnection();
                Channel channel = connection.createChannel()) {
            channel.queueDeclare("notifications.info", true, false, false, Map.of());
        }
    }
}
