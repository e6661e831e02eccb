package org.vmeventagent.config;

import java.util.List;

/** {@code [telemetry]}: how a monitoring system reads the agent's metrics. */
public final class TelemetryOptions {
    static final String SECTION = "telemetry";

    public static final Option<String> LISTEN = Option.of(
                    SECTION,
                    "listen",
                    OptionType.text(
                            "ADDRESS:PORT, an IPv6 address in brackets",
                            text -> HostAndPort.parse(text).isPresent()),
                    "Where /metrics, /-/healthy and /-/ready are served over HTTP.")
            .whenAbsent("nothing listens", "127.0.0.1:9917")
            .ifWrong("An address that others reach shows them how many guests this host has. There is no login.");

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

    private TelemetryOptions() {}

    static List<Option<?>> all() {
        return List.of(LISTEN, TEXTFILE, COMMAND);
    }
}
