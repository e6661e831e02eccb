package org.vmeventagent.config;

import java.util.List;
import java.util.Set;

/** Rules that join several options; those of one option stand in its type. */
final class Consistency {
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

    private Consistency() {}

    static void check(Options options) {
        String exchange = options.get(NotificationOptions.EXCHANGE);
        if (FOREIGN.contains(exchange) && !options.get(NotificationOptions.ALLOW_FOREIGN_EXCHANGE)) {
            throw options.bad(
                    NotificationOptions.EXCHANGE,
                    "belongs to another service, which a wrong declaration breaks; allow_foreign_exchange = true permits it");
        }
        int connections = Set.copyOf(options.get(LibvirtOptions.CONNECTION_URI)).size();
        if (connections > LibvirtOptions.MOST_CONNECTIONS) {
            throw options.bad(
                    LibvirtOptions.CONNECTION_URI,
                    "is one of " + connections + ", at most " + LibvirtOptions.MOST_CONNECTIONS
                            + " are possible; give the others to a second agent with a database and a control socket of its own");
        }
        ConnectionUri.repeated(options.get(LibvirtOptions.CONNECTION_URI)).ifPresent(same -> {
            throw options.bad(LibvirtOptions.CONNECTION_URI, same);
        });
        List<String> drivers = options.find(OsloNotificationOptions.DRIVER).orElse(List.of());
        if (drivers.contains("messaging") && drivers.contains("messagingv2")) {
            throw options.bad(OsloNotificationOptions.DRIVER, "messaging and messagingv2 exclude each other");
        }
        if (options.get(OsloNotificationOptions.TOPICS).stream().anyMatch(String::isEmpty)
                || options.get(OsloNotificationOptions.TOPICS).isEmpty()) {
            throw options.bad(OsloNotificationOptions.TOPICS, "must be at least one topic, and none of them empty");
        }
        if (options.isSet(OsloNotificationOptions.TRANSPORT_URL_FILE)
                && !options.find(OsloNotificationOptions.TRANSPORT_URL)
                        .orElse("")
                        .isEmpty()) {
            throw options.bad(
                    OsloNotificationOptions.TRANSPORT_URL_FILE, "and transport_url beside it exclude each other");
        }
        if (options.get(RabbitOptions.RABBIT_QUORUM_QUEUE) && options.get(RabbitOptions.RABBIT_HA_QUEUES)) {
            throw options.bad(RabbitOptions.RABBIT_HA_QUEUES, "and rabbit_quorum_queue exclude each other");
        }
    }
}
