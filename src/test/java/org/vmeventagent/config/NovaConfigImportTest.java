package org.vmeventagent.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class NovaConfigImportTest {
    private static String lines(String... text) {
        return NovaConfigImport.read(
                List.of(OsloConfigParser.read("nova.conf", String.join("\n", text))), () -> "system-host");
    }

    @Test
    void givesOnlyWhatTheAgentNeeds() {
        String lines = lines(
                "[DEFAULT]",
                "my_ip = 10.0.0.1",
                "rabbit_secret = pa$$s",
                "host = cmp-$my_ip",
                "debug = whatever Nova likes",
                "transport_url = rabbit://nova:${rabbit_secret}@h1,",
                "  nova:x@h2/",
                "[keystone_authtoken]",
                "password = secret",
                "[libvirt]",
                "connection_uri = not ours",
                "[notifications]",
                "notification_format = both",
                "[oslo_messaging_notifications]",
                "driver = noop",
                "topics = notifications, audit",
                "[oslo_messaging_rabbit]",
                "rabbit_use_ssl = True",
                "heartbeat_timeout_threshold = 30",
                "rabbit_quorum_queue = no",
                "rabbit_quroum_max_memory_length = 7",
                "heartbeat_in_pthread = true",
                "rabbit_retry_interval = 9");

        assertEquals("""
                [DEFAULT]
                host = cmp-10.0.0.1

                [oslo_messaging_notifications]
                driver = messagingv2
                topics = notifications,audit
                transport_url = rabbit://nova:pa$$s@h1,
                    nova:x@h2/

                [oslo_messaging_rabbit]
                rabbit_quorum_max_memory_length = 7
                ssl = true
                heartbeat_timeout_threshold = 30
                """, lines);
    }

    @Test
    void whatItGivesIsReadWithoutAWarning() {
        String lines = lines(
                "[DEFAULT]",
                "notification_topics = a,b",
                "notification_transport_url = \"rabbit://u:\\$x$$y\\\\$@h/\"",
                "control_exchange = nova",
                "rabbit_ha_queues = on",
                "amqp_auto_delete = 1",
                "[oslo_messaging_rabbit]",
                "ssl_ca_file = ' /etc/a b.pem'",
                "ssl_enforce_hostname_verification = false",
                "kombu_failover_strategy = shuffle");
        Configuration configuration = Configuration.ofText(lines);

        assertEquals(List.of(), configuration.warnings());
        assertEquals("system-host", configuration.get(DefaultOptions.HOST));
        assertEquals(List.of("messagingv2"), configuration.get(OsloNotificationOptions.DRIVER));
        assertEquals(List.of("a", "b"), configuration.get(OsloNotificationOptions.TOPICS));
        assertEquals("rabbit://u:$x$y\\$@h/", configuration.get(OsloNotificationOptions.TRANSPORT_URL));
        assertEquals(" /etc/a b.pem", configuration.get(RabbitOptions.SSL_CA_FILE));
        assertEquals(true, configuration.get(RabbitOptions.RABBIT_HA_QUEUES));
        assertEquals(true, configuration.get(RabbitOptions.AMQP_AUTO_DELETE));
        assertEquals(false, configuration.get(RabbitOptions.SSL_ENFORCE_HOSTNAME_VERIFICATION));
    }

    @Test
    void theNotificationsOwnUrlComesBeforeTheRpcOne() {
        String lines = lines(
                "[DEFAULT]",
                "transport_url = rabbit://rpc/",
                "[oslo_messaging_notifications]",
                "transport_url = rabbit://notify/");

        assertTrue(lines.contains("transport_url = rabbit://notify/\n"), lines);
    }

    @Test
    void takesWhatTheFilesSayOfAReference() {
        String lines = lines(
                "[DEFAULT]",
                "my_ip = 192.0.2.7",
                "site = a-$my_ip",
                "host = ${site}.example",
                "transport_url = rabbit://u:p@$my_ip/$host",
                "[oslo_messaging_rabbit]",
                "ssl_ca_file = ${paths.state}/ca.pem",
                "[paths]",
                "state = /var/lib/nova");

        assertTrue(lines.contains("host = a-192.0.2.7.example\n"), lines);
        assertTrue(lines.contains("transport_url = rabbit://u:p@192.0.2.7/a-192.0.2.7.example\n"), lines);
        assertTrue(lines.contains("ssl_ca_file = /var/lib/nova/ca.pem\n"), lines);
        assertTrue(lines("[DEFAULT]", "transport_url = rabbit://$host/").contains("rabbit://system-host/\n"));
    }

    @Test
    void saysWhereTheValueComesFromThatNoFileSets() {
        String remedy =
                "; the service has a default for it or finds it out when it starts: give one more file, with the"
                        + " value that it has there";

        assertEquals(
                "nova.conf:2: [DEFAULT] host = $my_ip: refers to $my_ip, which no file given here sets" + remedy,
                refused("[DEFAULT]", "host = $my_ip"));
        assertEquals(
                "nova.conf:2: [DEFAULT] host = $site: refers to $site, which refers to what no file given here sets"
                        + remedy,
                refused("[DEFAULT]", "host = $site", "site = a-$my_ip"));
        assertEquals(
                "nova.conf:2: [DEFAULT] transport_url = ***: refers to an option, which no file given here sets"
                        + remedy,
                refused("[DEFAULT]", "transport_url = rabbit://u:pa$word@h/"));
        assertEquals(
                "nova.conf:2: [oslo_messaging_rabbit] ssl_ca_file = $state_path/ca.pem: refers to $state_path, which no"
                        + " file given here sets" + remedy,
                refused("[oslo_messaging_rabbit]", "ssl_ca_file = $state_path/ca.pem"));
    }

    private static String refused(String... text) {
        return String.valueOf(
                assertThrows(ConfigException.class, () -> lines(text)).getMessage());
    }

    @Test
    void saysWhatIsMissing() {
        assertEquals("""
                [DEFAULT]
                host = system-host

                [oslo_messaging_notifications]
                driver = messagingv2
                topics = notifications
                # No transport_url is set there. It is needed.
                """, lines("[DEFAULT]"));
    }
}
