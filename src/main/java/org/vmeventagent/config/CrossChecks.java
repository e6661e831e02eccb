package org.vmeventagent.config;

import java.util.List;
import java.util.Set;

/**
 * Rules that join several options, for options that no part's own values hold together. Those of one option are in its type;
 * those of TLS and of the drivers are where these are read.
 */
final class CrossChecks {
    /** Exchanges that OpenStack's services use for their RPC. */
    private static final Set<String> FOREIGN = Set.of(
            "openstack",
            "nova",
            "neutron",
            "cinder",
            "glance",
            "keystone",
            "heat",
            "ironic",
            "ceilometer",
            "designate");

    private CrossChecks() {}

    static void check(Configuration configuration) {
        String exchange = configuration.get(NotificationOptions.EXCHANGE);
        if (FOREIGN.contains(exchange) && !configuration.get(NotificationOptions.ALLOW_FOREIGN_EXCHANGE)) {
            throw configuration.bad(
                    NotificationOptions.EXCHANGE,
                    "belongs to another service, which a wrong declaration breaks; allow_foreign_exchange = true permits it");
        }
        int connections =
                Set.copyOf(configuration.get(LibvirtOptions.CONNECTION_URI)).size();
        if (connections > LibvirtOptions.MAX_CONNECTIONS) {
            throw configuration.bad(
                    LibvirtOptions.CONNECTION_URI,
                    "is one of " + connections + ", at most " + LibvirtOptions.MAX_CONNECTIONS
                            + " are possible; give the others to a second agent with a database and a control socket of its own");
        }
        ConnectionUri.repeated(configuration.get(LibvirtOptions.CONNECTION_URI)).ifPresent(same -> {
            throw configuration.bad(LibvirtOptions.CONNECTION_URI, same);
        });
        List<String> drivers =
                configuration.find(OsloNotificationOptions.DRIVER).orElse(List.of());
        if (drivers.contains("messaging") && drivers.contains("messagingv2")) {
            throw configuration.bad(OsloNotificationOptions.DRIVER, "messaging and messagingv2 exclude each other");
        }
        if (configuration.get(OsloNotificationOptions.TOPICS).stream().anyMatch(String::isEmpty)
                || configuration.get(OsloNotificationOptions.TOPICS).isEmpty()) {
            throw configuration.bad(
                    OsloNotificationOptions.TOPICS, "must be at least one topic, and none of them empty");
        }
        if (configuration.isSet(OsloNotificationOptions.TRANSPORT_URL_FILE)
                && !configuration
                        .find(OsloNotificationOptions.TRANSPORT_URL)
                        .orElse("")
                        .isEmpty()) {
            throw configuration.bad(
                    OsloNotificationOptions.TRANSPORT_URL_FILE, "and transport_url beside it exclude each other");
        }
        if (configuration.isSet(TelemetryOptions.WEB_CONFIG_FILE)
                && configuration
                        .find(TelemetryOptions.LISTEN)
                        .flatMap(TelemetryOptions::address)
                        .isEmpty()) {
            throw configuration.bad(
                    TelemetryOptions.WEB_CONFIG_FILE,
                    "needs ADDRESS:PORT in listen; who may use a Unix socket is said by its mode");
        }
        if (configuration.get(RabbitOptions.RABBIT_QUORUM_QUEUE) && configuration.get(RabbitOptions.RABBIT_HA_QUEUES)) {
            throw configuration.bad(RabbitOptions.RABBIT_HA_QUEUES, "and rabbit_quorum_queue exclude each other");
        }
    }
}
