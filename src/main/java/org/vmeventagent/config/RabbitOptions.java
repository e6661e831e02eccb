package org.vmeventagent.config;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * {@code [oslo_messaging_rabbit]}: the connection, TLS, and the arguments of exchange and queue, under oslo.messaging's
 * names (14.0.3 and later). Each may also come as a query parameter of the transport_url, which then wins.
 */
public final class RabbitOptions {
    public static final String SECTION = "oslo_messaging_rabbit";

    private static final String MUST_MATCH =
            "Must equal what the queue's other users have, else the broker refuses it (406) and notifications wait.";
    private static final String OWN_RECONNECT = "The agent has its own way to reconnect.";

    public static final Option<Boolean> AMQP_DURABLE_QUEUES = flag(
                    "amqp_durable_queues", "Whether an exchange or queue that the agent creates survives the broker.")
            .ifWrong(MUST_MATCH);
    public static final Option<Boolean> AMQP_AUTO_DELETE = flag(
                    "amqp_auto_delete", "Whether what the agent creates goes with its last user.")
            .formerly("DEFAULT", "amqp_auto_delete")
            .ifWrong(MUST_MATCH);
    public static final Option<Boolean> RABBIT_QUORUM_QUEUE = flag(
                    "rabbit_quorum_queue", "Whether queues are quorum queues; makes exchange and queue durable.")
            .ifWrong(MUST_MATCH);
    public static final Option<Integer> RABBIT_QUORUM_DELIVERY_LIMIT = count(
                    "rabbit_quorum_delivery_limit", "x-delivery-limit of a quorum queue; 0: none.", "0")
            .ifWrong(MUST_MATCH);
    public static final Option<Integer> RABBIT_QUORUM_MAX_MEMORY_LENGTH = count(
                    "rabbit_quorum_max_memory_length", "x-max-in-memory-length of a quorum queue; 0: none.", "0")
            .formerly(SECTION, "rabbit_quroum_max_memory_length")
            .in("messages")
            .ifWrong(MUST_MATCH);
    public static final Option<Long> RABBIT_QUORUM_MAX_MEMORY_BYTES = Option.of(
                    SECTION,
                    "rabbit_quorum_max_memory_bytes",
                    OptionType.bytes(0, 1_099_511_627_776L),
                    "x-max-in-memory-bytes of a quorum queue; 0: none.")
            .byDefault("0")
            .formerly(SECTION, "rabbit_quroum_max_memory_bytes")
            .in("bytes")
            .ifWrong(MUST_MATCH);
    public static final Option<Boolean> RABBIT_HA_QUEUES = flag(
                    "rabbit_ha_queues", "x-ha-policy of classic queues; not together with rabbit_quorum_queue.")
            .formerly("DEFAULT", "rabbit_ha_queues")
            .ifWrong(MUST_MATCH);

    public static final Option<Boolean> SSL = flag("ssl", "Whether the connection is encrypted with TLS.")
            .formerly(SECTION, "rabbit_use_ssl")
            .ifWrong("false on a TLS port, or the reverse: no connection. The port is not changed by it.");
    public static final Option<String> SSL_VERSION = Option.of(
                    SECTION,
                    "ssl_version",
                    OptionType.text(
                            "empty, SSLv23, TLSv1, TLSv1_1 or TLSv1_2, in any case",
                            text -> text.toLowerCase(Locale.ROOT).matches("|sslv23|tlsv1(_[12])?")),
                    "The TLS version to insist on; empty or SSLv23: the best that both sides know.")
            .byDefault("")
            .formerly(SECTION, "kombu_ssl_version")
            .ifWrong("An old version is refused by a current broker, or by Java.");
    public static final Option<String> SSL_CA_FILE = file(
                    "ssl_ca_file", "The certificates of the authorities that may have signed the broker's.")
            .formerly(SECTION, "kombu_ssl_ca_certs")
            .ifWrong("Empty: the authorities that Java trusts. oslo.messaging would verify nothing then.");
    public static final Option<String> SSL_CERT_FILE = file(
                    "ssl_cert_file", "The client's certificate, for a broker that wants one.")
            .formerly(SECTION, "kombu_ssl_certfile")
            .ifWrong("The broker ends the connection.");
    public static final Option<String> SSL_KEY_FILE = file("ssl_key_file", "The key of the client's certificate.")
            .formerly(SECTION, "kombu_ssl_keyfile")
            .ifWrong("The broker ends the connection.");
    public static final Option<Boolean> SSL_ENFORCE_HOSTNAME_VERIFICATION = Option.of(
                    SECTION,
                    "ssl_enforce_hostname_verification",
                    OptionType.bool(),
                    "Whether the broker's certificate must be made out for the host in the transport_url.")
            .byDefault("true")
            .ifWrong("false: whoever has any certificate of the authority can pose as the broker.");

    public static final Option<String> RABBIT_LOGIN_METHOD = Option.of(
                    SECTION,
                    "rabbit_login_method",
                    OptionType.word("PLAIN", "AMQPLAIN", "EXTERNAL", "RABBIT-CR-DEMO"),
                    "How to log in. EXTERNAL: by the client's certificate. All others: user and password (RABBIT-CR-DEMO as PLAIN).")
            .byDefault("AMQPLAIN")
            .formerly("DEFAULT", "rabbit_login_method")
            .ifWrong("The broker refuses the login.");
    public static final Option<Duration> HEARTBEAT_TIMEOUT_THRESHOLD = Option.of(
                    SECTION,
                    "heartbeat_timeout_threshold",
                    OptionType.seconds(0, 65_535),
                    "A broker that gives no sign for twice as long counts as lost; 0: as long as the broker wants (60).")
            .byDefault("60")
            .in("seconds")
            .ifWrong("Long: a connection that a firewall cut is noticed late; notifications wait meanwhile.");

    public static final Option<Integer> HEARTBEAT_RATE = count(
                    "heartbeat_rate",
                    "How many checks within heartbeat_timeout_threshold. Two are made in any case.",
                    "2")
            .ifWrong("None.")
            .withoutEffect();
    public static final Option<Integer> RABBIT_RETRY_INTERVAL = reconnect("rabbit_retry_interval", "1");
    public static final Option<Integer> RABBIT_RETRY_BACKOFF =
            reconnect("rabbit_retry_backoff", "2").formerly("DEFAULT", "rabbit_retry_backoff");
    public static final Option<Integer> RABBIT_INTERVAL_MAX = reconnect("rabbit_interval_max", "30");
    public static final Option<Double> KOMBU_RECONNECT_DELAY = Option.of(
                    SECTION, "kombu_reconnect_delay", OptionType.decimal(0, 4.5), OWN_RECONNECT)
            .byDefault("1.0")
            .formerly("DEFAULT", "kombu_reconnect_delay")
            .in("seconds")
            .ifWrong("None.")
            .withoutEffect();
    public static final Option<Double> KOMBU_RECONNECT_SPLAY = Option.of(
                    SECTION,
                    "kombu_reconnect_splay",
                    OptionType.decimal(0, 3600),
                    "See [notifications] reconnect_splay, which has the effect.")
            .byDefault("0.0")
            .in("seconds")
            .ifWrong("None.")
            .withoutEffect();
    public static final Option<String> KOMBU_FAILOVER_STRATEGY = Option.of(
                    SECTION,
                    "kombu_failover_strategy",
                    OptionType.word("round-robin", "shuffle"),
                    "The hosts are shuffled for every attempt.")
            .byDefault("round-robin")
            .ifWrong("None.")
            .withoutEffect();
    public static final Option<String> KOMBU_COMPRESSION = Option.of(
                    SECTION, "kombu_compression", OptionType.text(), "Notifications are never compressed.")
            .whenAbsent("not used", "gzip")
            .ifWrong("None.")
            .withoutEffect();

    /** Options of oslo.messaging for RPC, for consumers and for Python's threads: known, but nothing to a publisher. */
    private static final Set<String> OF_OTHERS = Set.of(
            "direct_mandatory_flag",
            "enable_cancel_on_failover",
            "heartbeat_in_pthread",
            "hostname",
            "kombu_missing_consumer_retry_timeout",
            "kombu_reconnect_timeout",
            "processname",
            "rabbit_qos_prefetch_count",
            "rabbit_stream_fanout",
            "rabbit_transient_queues_ttl",
            "rabbit_transient_quorum_queue",
            "rpc_conn_pool_size",
            "conn_pool_min_size",
            "conn_pool_ttl",
            "ssl_enforce_fips_mode",
            "use_queue_manager");

    private RabbitOptions() {}

    static boolean isOfOthers(Option.Name name) {
        return name.section().equals(SECTION) && OF_OTHERS.contains(name.option());
    }

    static List<Option<?>> all() {
        return List.of(
                AMQP_DURABLE_QUEUES,
                AMQP_AUTO_DELETE,
                RABBIT_QUORUM_QUEUE,
                RABBIT_QUORUM_DELIVERY_LIMIT,
                RABBIT_QUORUM_MAX_MEMORY_LENGTH,
                RABBIT_QUORUM_MAX_MEMORY_BYTES,
                RABBIT_HA_QUEUES,
                SSL,
                SSL_VERSION,
                SSL_CA_FILE,
                SSL_CERT_FILE,
                SSL_KEY_FILE,
                SSL_ENFORCE_HOSTNAME_VERIFICATION,
                RABBIT_LOGIN_METHOD,
                HEARTBEAT_TIMEOUT_THRESHOLD,
                HEARTBEAT_RATE,
                RABBIT_RETRY_INTERVAL,
                RABBIT_RETRY_BACKOFF,
                RABBIT_INTERVAL_MAX,
                KOMBU_RECONNECT_DELAY,
                KOMBU_RECONNECT_SPLAY,
                KOMBU_FAILOVER_STRATEGY,
                KOMBU_COMPRESSION);
    }

    private static Option<Boolean> flag(String name, String meaning) {
        return Option.of(SECTION, name, OptionType.bool(), meaning).byDefault("false");
    }

    private static Option<String> file(String name, String meaning) {
        return Option.of(SECTION, name, OptionType.path(), meaning)
                .byDefault("")
                .in("path of a PEM file");
    }

    private static Option<Integer> count(String name, String meaning, String byDefault) {
        return Option.of(SECTION, name, OptionType.integer(0, Integer.MAX_VALUE), meaning)
                .byDefault(byDefault);
    }

    private static Option<Integer> reconnect(String name, String byDefault) {
        return count(name, OWN_RECONNECT, byDefault)
                .in("seconds")
                .ifWrong("None.")
                .withoutEffect();
    }
}
