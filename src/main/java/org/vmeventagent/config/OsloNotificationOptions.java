package org.vmeventagent.config;

import java.util.List;

/** {@code [oslo_messaging_notifications]}: as every OpenStack service has it. */
public final class OsloNotificationOptions {
    static final String SECTION = "oslo_messaging_notifications";

    public static final Option<List<String>> DRIVER = Option.of(
                    SECTION,
                    "driver",
                    OptionType.repeated(OptionType.word("messagingv2", "messaging", "log", "noop")),
                    "Where notifications go. messagingv2 or messaging: to RabbitMQ, in oslo.messaging's format 2.0 or 1.0"
                            + " (not both). log: each as one JSON line on stdout. noop: nowhere.")
            .formerly("DEFAULT", "notification_driver")
            .whenAbsent("messagingv2 if there is a transport_url", "messagingv2")
            .ifWrong(
                    "Without messagingv2 or messaging nothing reaches the bus, and a notification counts as sent when it"
                            + " is recorded.");

    public static final Option<String> TRANSPORT_URL = Option.of(
                    SECTION,
                    "transport_url",
                    OptionType.text(),
                    "The broker for notifications, where it is another one.")
            .keptSecret()
            .formerly("DEFAULT", "notification_transport_url")
            .whenAbsent("[DEFAULT] transport_url", "rabbit://user:password@rabbit1:5672/")
            .ifWrong("As for [DEFAULT] transport_url.");

    public static final Option<String> TRANSPORT_URL_FILE = Option.of(
                    SECTION,
                    "transport_url_file",
                    OptionType.absolutePath(),
                    "A file with the whole transport_url, so that this one has no password. $CREDENTIALS_DIRECTORY"
                            + " is the directory of systemd's LoadCredential=.")
            .whenAbsent("transport_url is used", "$CREDENTIALS_DIRECTORY/transport_url")
            .ifWrong("The agent doesn't start when the file can't be read, or when transport_url is set too.");

    public static final Option<List<String>> TOPICS = Option.of(
                    SECTION,
                    "topics",
                    OptionType.list("topic names"),
                    "The topics; a notification is published once for each, with the routing key TOPIC.PRIORITY.")
            .byDefault("notifications")
            .formerly("rpc_notifier2", "topics")
            .formerly("DEFAULT", "notification_topics")
            .ifWrong("A topic without a queue and consumer keeps its notifications waiting.");

    public static final Option<Integer> RETRY = Option.of(
                    SECTION,
                    "retry",
                    OptionType.integer(-1, Integer.MAX_VALUE),
                    "Accepted because other services' files have it. A notification is sent again until it is"
                            + " confirmed.")
            .byDefault("-1")
            .ifWrong("None.")
            .withoutEffect();

    private OsloNotificationOptions() {}

    static List<Option<?>> all() {
        return List.of(DRIVER, TRANSPORT_URL, TRANSPORT_URL_FILE, TOPICS, RETRY);
    }
}
