package org.vmeventagent.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.vmeventagent.agent.Finding;
import org.vmeventagent.agent.HostCheck;
import org.vmeventagent.logging.LogText;
import org.vmeventagent.logging.Logging;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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
            "  vm-event-agent check --json | jq '.[] | select(.level != \"ok\")'"
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

    @Option(names = "--json", description = "One JSON array of findings in one line, for programs.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        Logging.quiet();
        List<Finding> findings = HostCheck.run(config.load(), nova);
        if (json) {
            System.out.println(array(findings));
        } else {
            findings.forEach(finding -> System.out.println(line(finding)));
        }
        boolean failed = findings.stream().anyMatch(finding -> finding.level() == Finding.Level.ERROR);
        return failed ? ExitCode.FAILED : ExitCode.OK;
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
