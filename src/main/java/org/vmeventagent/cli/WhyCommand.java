package org.vmeventagent.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.vmeventagent.logging.LogText;
import org.vmeventagent.logging.Logging;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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

    @Override
    public Integer call() {
        Logging.quiet();
        List<KeptNotifications.Kept> kept = database.of(instance);
        Map<String, List<KeptNotifications.Kept>> domains = new LinkedHashMap<>();
        kept.stream()
                .filter(one -> one.notification().isOfDomain())
                .forEach(one -> domains.computeIfAbsent(
                                KeptNotifications.key(one.notification()), key -> new ArrayList<>())
                        .add(one));
        if (domains.isEmpty()) {
            System.err.println("vm-event-agent: nothing is kept of an instance '" + LogText.of(instance)
                    + "'; see vm-event-agent history");
            return ExitCode.FAILED;
        }
        List<Explanation> explanations = domains.keySet().stream()
                .map(key -> Explanation.of(kept.stream()
                        .filter(one -> !one.notification().isOfDomain()
                                || KeptNotifications.key(one.notification()).equals(key))
                        .toList()))
                .toList();
        if (json) {
            ArrayNode all = new ObjectMapper().createArrayNode();
            explanations.forEach(explanation -> explanation.write(all.addObject(), most));
            System.out.println(all);
        } else {
            explanations.forEach(explanation -> explanation.print(System.out, most));
        }
        return ExitCode.OK;
    }
}
