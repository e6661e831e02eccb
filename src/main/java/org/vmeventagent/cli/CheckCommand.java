package org.vmeventagent.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.agent.FilterCheck;
import org.vmeventagent.agent.Finding;
import org.vmeventagent.agent.HostCheck;
import org.vmeventagent.logging.LogText;
import org.vmeventagent.logging.Logging;
import org.vmeventagent.nova.Instance;
import org.vmeventagent.recorder.FilterRule;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Says whether an agent would work here, before it is started. */
@Command(
        name = "check",
        description =
                "Checks whether an agent with this configuration works on this host: configuration, files with secrets, host"
                        + " name, Java, database, libvirt and broker. Needs no running agent, changes nothing, and ends after"
                        + " some 10 s at the latest. Run it as the agent's user, or as root. Exit codes: 0 ok, maybe with"
                        + " warnings, 1 at least one error, 78 there is no start with this configuration.",
        footer = {
            "",
            "Examples:",
            "  vm-event-agent check",
            "  runuser -u vm-event-agent -- vm-event-agent check",
            "  vm-event-agent check --json | jq '.[] | select(.level != \"ok\")'",
            "  vm-event-agent check --event stopped --cause process_died --project billing"
        })
final class CheckCommand implements Callable<Integer> {

    @Mixin
    private final ConfigOptions config = new ConfigOptions();

    @Option(
            names = "--nova-conf",
            paramLabel = "FILE",
            converter = ConfigOptions.PathConverter.class,
            description =
                    "A configuration file of nova-compute, to compare the host names; may be given several times, a"
                            + " later one wins. Default: /etc/nova/nova.conf, if it is there")
    private List<Path> nova = new ArrayList<>();

    @ArgGroup(exclusive = false, heading = "%nIn place of all that, what becomes of one event:%n")
    private @Nullable EventOptions event;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--json", description = "One JSON array of findings in one line, for programs.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        Logging.quiet();
        List<Finding> findings = event == null
                ? HostCheck.run(config.load(), nova)
                : List.of(FilterCheck.of(config.load(), subject(event)));
        if (json) {
            System.out.println(array(findings));
        } else {
            findings.forEach(finding -> System.out.println(line(finding)));
        }
        boolean failed = findings.stream().anyMatch(finding -> finding.level() == Finding.Level.ERROR);
        return failed ? ExitCode.FAILED : ExitCode.OK;
    }

    private FilterRule.Subject subject(EventOptions options) {
        try {
            return options.subject();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(Objects.requireNonNull(spec).commandLine(), String.valueOf(e.getMessage()));
        }
    }

    /** A notification as a filter sees it. */
    private static final class EventOptions {
        @Option(
                names = "--event",
                required = true,
                paramLabel = "EVENT",
                description =
                        "Says which [filter:NAME] this event meets, and whether it is published. The last part of an"
                                + " event type; agent.gap and the like for the agent's own.")
        private String event = "";

        @Option(names = "--detail", paramLabel = "DETAIL", description = "libvirt's detail of a lifecycle event.")
        private @Nullable String detail;

        @Option(names = "--cause", paramLabel = "CAUSE", description = "Its cause.")
        private @Nullable String cause;

        @Option(names = "--state", paramLabel = "STATE", description = "The domain's state after it.")
        private @Nullable String state;

        @Option(names = "--project", paramLabel = "PROJECT", description = "The instance's project, its id or name.")
        private @Nullable String project;

        @Option(names = "--flavor", paramLabel = "FLAVOR", description = "The instance's flavor, its name or id.")
        private @Nullable String flavor;

        @Option(names = "--name", paramLabel = "NAME", description = "The instance's display name.")
        private @Nullable String displayName;

        FilterRule.Subject subject() {
            Instance instance = new Instance(
                    displayName,
                    new Instance.Owner(project, project),
                    null,
                    new Instance.Flavor(flavor, flavor, null, null, null, null, null, Map.of()),
                    null,
                    List.of(),
                    null,
                    null);
            return FilterRule.Subject.of(event, detail, cause, state, instance);
        }
    }

    private static String line(Finding finding) {
        return String.format("%-7s  ", level(finding))
                + LogText.of(finding.name() + ": " + finding.message()
                        + (finding.remedy().isEmpty() ? "" : "; " + finding.remedy()));
    }

    private static String array(List<Finding> findings) {
        ArrayNode array = AsciiJson.MAPPER.createArrayNode();
        for (Finding finding : findings) {
            ObjectNode object = array.addObject();
            object.put("name", finding.name());
            object.put("level", level(finding));
            object.put("message", finding.message());
            if (!finding.remedy().isEmpty()) {
                object.put("remedy", finding.remedy());
            }
        }
        return AsciiJson.line(array);
    }

    private static String level(Finding finding) {
        return finding.level().name().toLowerCase(Locale.ROOT);
    }
}
