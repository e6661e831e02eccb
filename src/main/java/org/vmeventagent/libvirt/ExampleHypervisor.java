package org.vmeventagent.libvirt;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;

/**
 * Three example instances in libvirt's own test driver, without daemon or privileges, one for each generation of Nova's
 * metadata. They live in this process: whoever opens {@value #URI} in it meanwhile sees them and gets their events.
 *
 * <p>Belongs to one thread.
 */
public final class ExampleHypervisor implements AutoCloseable {
    public static final String URI = "test:///default";

    private static final List<String> EXAMPLES = List.of("example-1.xml", "example-2.xml", "example-3.xml");

    private final Connect connect;

    private ExampleHypervisor(Connect connect) {
        this.connect = connect;
    }

    /** Opens it and hides the domain that the driver brings along. */
    public static ExampleHypervisor open() throws LibvirtFailure {
        EventLoop.start();
        try {
            ExampleHypervisor hypervisor = new ExampleHypervisor(new Connect(URI, false));
            hypervisor.hideBuiltIn();
            return hypervisor;
        } catch (LibvirtException e) {
            throw LibvirtFailure.of(e).at(URI);
        }
    }

    /**
     * Plays one life of each example: define, start, suspend, resume, save, restore, stop, undefine.
     *
     * @param pause between two steps
     */
    public void play(Duration pause) throws LibvirtFailure, InterruptedException {
        List<Domain> domains = new ArrayList<>();
        try {
            for (String example : EXAMPLES) {
                domains.add(connect.domainDefineXML(read(example)));
                rest(pause);
            }
            each(domains, Domain::create, pause);
            each(domains.subList(0, 1), Domain::suspend, pause);
            each(domains.subList(0, 1), Domain::resume, pause);
            each(domains.subList(1, 2), this::saveAndRestore, pause);
            each(domains, Domain::shutdown, pause);
            each(domains, Domain::undefine, pause);
        } catch (LibvirtException e) {
            throw LibvirtFailure.of(e).at(URI);
        } finally {
            for (Domain domain : domains) {
                free(domain);
            }
        }
    }

    @Override
    public void close() {
        try {
            connect.close();
        } catch (LibvirtException e) {
            throw new IllegalStateException(LibvirtFailure.of(e).at(URI));
        }
    }

    private void hideBuiltIn() throws LibvirtException {
        for (Domain domain : connect.listAllDomains(0)) {
            if (domain.getName().equals("test")) {
                if (domain.isActive() == 1) {
                    domain.destroy();
                }
                domain.undefine();
            }
            domain.free();
        }
    }

    private void saveAndRestore(Domain domain) throws LibvirtException {
        try {
            Path image = Files.createTempFile("vm-event-agent-example", ".save");
            try {
                domain.save(image.toString());
                connect.restore(image.toString());
            } finally {
                Files.delete(image);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void each(List<Domain> domains, Step step, Duration pause)
            throws LibvirtException, InterruptedException {
        for (Domain domain : domains) {
            step.take(domain);
            rest(pause);
        }
    }

    private static void rest(Duration pause) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(pause.toNanos());
    }

    private static void free(Domain domain) {
        try {
            domain.free();
        } catch (LibvirtException e) {
            throw new IllegalStateException(LibvirtFailure.of(e).at(URI));
        }
    }

    private static String read(String example) {
        try (InputStream xml = ExampleHypervisor.class.getResourceAsStream(example)) {
            if (xml == null) {
                throw new IllegalStateException(example + " is not in the jar");
            }
            return new String(xml.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @FunctionalInterface
    private interface Step {
        void take(Domain domain) throws LibvirtException;
    }
}
