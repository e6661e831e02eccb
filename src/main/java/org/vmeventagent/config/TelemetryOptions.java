package org.vmeventagent.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code [telemetry]}: how a monitoring system reads the agent's metrics. */
public final class TelemetryOptions {
    static final String SECTION = "telemetry";

    /** Addresses alone: a name would have to be looked up before the agent starts, and may stand for several. */
    private static final Pattern ADDRESS_AND_PORT =
            Pattern.compile("(localhost|[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|\\[[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*]):([0-9]{1,5})");

    /** What sun_path of the kernel's sockaddr_un has room for, with a zero at its end. */
    private static final int LONGEST_SOCKET_PATH = 107;

    public static final Option<String> LISTEN = Option.of(
                    SECTION,
                    "listen",
                    OptionType.text(
                            "ADDRESS:PORT, localhost or an address, IPv6 in brackets, no name; or the absolute path of a Unix socket,"
                                    + " of at most 107 bytes",
                            text -> address(text).isPresent() || socket(text).isPresent()),
                    "Where /metrics, /-/healthy and /-/ready are served over HTTP: a port, or a Unix socket made with mode 0660.")
            .whenAbsent("nothing listens", "127.0.0.1:9917")
            .ifWrong(
                    "An address that others reach shows them how many guests this host has. Without web_config_file there is no login.");

    public static final Option<String> WEB_CONFIG_FILE = Option.of(
                    SECTION,
                    "web_config_file",
                    OptionType.absolutePath(),
                    "TLS and client certificates for the port of listen, in the web.config.file format of Prometheus'"
                            + " exporters: see metrics.md.")
            .whenAbsent("plain HTTP", "/etc/vm-event-agent/web.yml")
            .ifWrong("The agent doesn't start: nothing is served with less protection than the file asks for.");

    public static final Option<String> TEXTFILE = Option.of(
                    SECTION,
                    "textfile",
                    OptionType.absolutePath(),
                    "The file into which the metrics are written every 15 seconds, for node_exporter's textfile collector.")
            .whenAbsent("no file is written", "/var/lib/prometheus/node-exporter/vm-event-agent.prom")
            .ifWrong("node_exporter reads only files that end with .prom, in its directory.");

    public static final Option<Boolean> COMMAND = Option.of(
                    SECTION,
                    "command",
                    OptionType.bool(),
                    "Count for the command metrics also where neither of the others is set.")
            .byDefault("false")
            .ifWrong(
                    "true costs some memory: 1 MB. false: without the others, the command says that nothing is counted.");

    public static final Option<Boolean> STATUS_PAGE = Option.of(
                    SECTION,
                    "status_page",
                    OptionType.bool(),
                    "Serve a page for people at / of the same listener: connections, domains, the last notifications, gaps.")
            .byDefault("false")
            .ifWrong(
                    "true: whoever reaches the listener reads the names of instances and projects. Without web_config_file there is no login.");

    private TelemetryOptions() {}

    /** What {@link #LISTEN} says; empty for what it doesn't allow. Looks up nothing. */
    public static Optional<InetSocketAddress> address(String text) {
        Matcher matcher = ADDRESS_AND_PORT.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int port = Integer.parseInt(matcher.group(2));
        try {
            return port < 1 || port > 65_535
                    ? Optional.empty()
                    : Optional.of(new InetSocketAddress(InetAddress.getByName(matcher.group(1)), port));
        } catch (UnknownHostException e) {
            return Optional.empty(); // 300.1.1.1, [1:2]
        }
    }

    /** The path in {@link #LISTEN}; empty if it is none. */
    public static Optional<Path> socket(String text) {
        if (!text.startsWith("/") || text.endsWith("/")) {
            return Optional.empty();
        }
        try {
            return text.getBytes(StandardCharsets.UTF_8).length > LONGEST_SOCKET_PATH
                    ? Optional.empty()
                    : Optional.of(Path.of(text));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    static List<Option<?>> all() {
        return List.of(LISTEN, WEB_CONFIG_FILE, TEXTFILE, COMMAND, STATUS_PAGE);
    }
}
