package org.vmeventagent.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.logging.LogText;
import org.vmeventagent.logging.Logging;
import org.vmeventagent.notification.PublishedNotification;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says in words what happened to an instance, and why as far as libvirt reported it. */
@Command(
        name = "why",
        description =
                "Says in words what happened to an instance on this host, and why as far as libvirt reported it, the"
                        + " newest first. Needs no running agent; needs root, or the agent's group.",
        footer = {
            "",
            "Examples:",
            "  vm-event-agent why web-1",
            "  vm-event-agent why 6f5b7a1e-0c1d-4f6e-9d0a-1b2c3d4e5f60 --since 1d"
        })
final class WhyCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "INSTANCE", description = "Its name, its UUID, or the name of its domain.")
    private String instance = "";

    @Option(
            names = "--most",
            paramLabel = "NUMBER",
            defaultValue = "20",
            description = "How many changes are shown at most. Default: ${DEFAULT-VALUE}")
    private int most;

    @Option(names = "--json", description = "An array with an object for each instance of that name.")
    private boolean json;

    @Mixin
    private final KeptNotifications database = new KeptNotifications();

    @Spec
    private @Nullable CommandSpec spec;

    private final Map<String, Explanation> explanations = new LinkedHashMap<>();

    @Override
    public Integer call() {
        if (most < 1) {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(), "--most must be a whole number from 1");
        }
        Logging.quiet();
        boolean found = database.forEach(instance, this::add);
        if (!found) {
            System.err.println("vm-event-agent: nothing is kept of an instance '" + LogText.of(instance)
                    + "'; see vm-event-agent history");
            return ExitCode.FAILED;
        }
        if (json) {
            ArrayNode all = AsciiJson.MAPPER.createArrayNode();
            explanations.values().forEach(explanation -> explanation.write(all.addObject()));
            System.out.println(AsciiJson.line(all));
        } else {
            explanations.values().forEach(explanation -> explanation.print(System.out));
        }
        return ExitCode.OK;
    }

    private void add(KeptNotifications.Kept kept) {
        PublishedNotification notification = kept.notification();
        if (notification.isOfDomain()) {
            explanations
                    .computeIfAbsent(KeptNotifications.key(notification), key -> new Explanation(notification, most))
                    .add(kept);
        } else {
            explanations.values().stream()
                    .filter(explanation -> explanation.connection().equals(KeptNotifications.connection(notification)))
                    .forEach(explanation -> explanation.add(kept));
        }
    }
}
