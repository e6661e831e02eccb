package org.vmeventagent.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.vmeventagent.config.ConfigException;
import org.vmeventagent.config.DefaultOptions;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.inventory.Inventory;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.libvirt.LibvirtConfig;
import org.vmeventagent.libvirt.LibvirtConnection;
import org.vmeventagent.libvirt.LibvirtFailure;
import org.vmeventagent.libvirt.OneTimeListing;
import org.vmeventagent.logging.LogText;
import org.vmeventagent.logging.Logging;
import org.vmeventagent.notification.Hypervisor;
import org.vmeventagent.notification.NotificationIds;
import org.vmeventagent.notification.NotificationWriter;
import org.vmeventagent.nova.Instance;
import org.vmeventagent.system.ControlSocket;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists the domains of this host with their state and identity. */
@Command(
        name = "list",
        description = "Lists the domains of this host with state and instance. While one of them is locked,"
                + " libvirt lists none: then those that the running agent knows are shown, and the exit code is 1.",
        footer = {"", "Examples:", "  vm-event-agent list", "  vm-event-agent list --connection test:///default --json"
        })
final class ListCommand implements Callable<Integer> {
    private static final String ROW = "%-12s  %-18s  %-24s  %-18s  %-16s  %s%n";

    @Option(
            names = "--connection",
            paramLabel = "URI",
            converter = CommandLineInterface.ConnectionUriConverter.class,
            defaultValue = "qemu:///system",
            description = "A libvirt connection URI. Default: ${DEFAULT-VALUE}")
    private String connection = "";

    @Option(names = "--json", description = "One libvirt.domain.exists notification a line.")
    private boolean json;

    @Mixin
    private final ConfigOptions config = new ConfigOptions();

    private boolean incomplete;

    @Override
    public Integer call() throws LibvirtFailure, InterruptedException {
        Logging.quiet();
        DomainListing listing = OneTimeListing.of(connection, LibvirtConfig.defaults(), this::knownToTheAgent);
        Inventory inventory = new Inventory();
        List<Transition> found = listing.domains().stream()
                .sorted(Comparator.comparing(DomainListing.ListedDomain::name))
                .flatMap(listedDomain -> inventory.adopt(listing, listedDomain).stream())
                .toList();
        if (json) {
            printJson(found, System.out);
        } else {
            printTable(found, System.out);
        }
        return incomplete || !listing.unanswered().isEmpty() ? ExitCode.FAILED : ExitCode.OK;
    }

    /** Where libvirt lists nothing, the running agent still knows of domains; none where none runs. */
    private List<UUID> knownToTheAgent() {
        incomplete = true;
        String shown = LibvirtConnection.shown(connection);
        try {
            return ControlSocket.request(Path.of(config.load().get(DefaultOptions.CONTROL_SOCKET)), "domains")
                    .lines()
                    .filter(line -> line.endsWith(" " + shown))
                    .map(line -> UUID.fromString(line.substring(0, line.indexOf(' '))))
                    .toList();
        } catch (IOException | ConfigException e) {
            return List.of();
        }
    }

    private static void printTable(List<Transition> found, PrintStream out) {
        out.printf(ROW, "STATE", "DOMAIN", "INSTANCE", "PROJECT", "FLAVOR", "UUID");
        for (Transition transition : found) {
            Optional<Instance> instance =
                    Optional.ofNullable(transition.domain().instance());
            out.printf(
                    ROW,
                    transition.domain().lifecycle().state().text(),
                    LogText.of(transition.domain().name()),
                    LogText.of(instance.map(Instance::displayName).orElse("-")),
                    LogText.of(instance.map(Instance::project)
                            .map(Instance.Owner::name)
                            .orElse("-")),
                    LogText.of(instance.map(Instance::flavor)
                            .map(Instance.Flavor::name)
                            .orElse("-")),
                    transition.domain().key().uuid());
        }
    }

    private static void printJson(List<Transition> found, PrintStream out) {
        NotificationWriter writer = Printer.writer();
        UUID stream = UUID.randomUUID();
        long sequence = 0;
        for (Transition transition : found) {
            sequence++;
            NotificationIds ids = new NotificationIds(stream, sequence, 0, UUID.randomUUID(), UUID.randomUUID(), false);
            byte[] body = writer.write(transition, Hypervisor.UNKNOWN, ids).body();
            out.write(body, 0, body.length);
            out.println();
        }
    }
}
