package org.vmeventagent.rig;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A VMware Player that is two shell scripts: libvirt's driver for it is the one driver without events that needs no
 * hypervisor. Puts itself on this process's PATH until it is closed.
 */
public final class FakeVmware implements AutoCloseable {
    public static final String URI = "vmwareplayer:///session";

    private final Path directory;
    private final int machines;
    private final String path = System.getenv("PATH");

    /** With domains that run, one for each UUID: {@code vm0}, {@code vm1} and so on. */
    public FakeVmware(UUID... uuids) {
        machines = uuids.length;
        try {
            directory = Files.createTempDirectory("vmware");
            script("vmplayer", "echo 'VMware Player 5.0.0 build-812388'");
            script("vmrun", "while [ -e " + hangs() + " ]; do sleep 0.1; done; cat " + directory.resolve("running"));
            for (int i = 0; i < machines; i++) {
                machine(i, uuids[i]);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        run();
        setPath(path());
    }

    public void run() {
        running(IntStream.range(0, machines)
                .mapToObj(i -> vmx(i) + "\n")
                .collect(Collectors.joining("", "Total running VMs: " + machines + "\n", "")));
    }

    public void stop() {
        running("Total running VMs: 0\n");
    }

    /** From now on it answers nothing. */
    public void hang() {
        try {
            Files.createFile(hangs());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void answerAgain() {
        try {
            Files.delete(hangs());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path hangs() {
        return directory.resolve("hangs");
    }

    @Override
    public void close() {
        setPath(path);
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The PATH on which another process finds it. */
    public String path() {
        return directory + ":" + path;
    }

    private void machine(int number, UUID uuid) throws IOException {
        Files.createDirectory(vmx(number).getParent());
        Files.writeString(vmx(number), """
                .encoding = "UTF-8"
                config.version = "8"
                virtualHW.version = "8"
                displayName = "vm%d"
                memsize = "64"
                numvcpus = "1"
                guestOS = "other"
                uuid.bios = "%s"
                """.formatted(number, biosUuid(uuid)));
        Files.writeString(vmx(number).resolveSibling("vmware.log"), "Log for VMware Player pid=1 version=5.0.0\n");
    }

    private Path vmx(int number) {
        return directory.resolve("vm" + number).resolve("vm.vmx");
    }

    private void running(String list) {
        try {
            Files.writeString(directory.resolve("running"), list);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void script(String name, String command) throws IOException {
        Path script = Files.writeString(directory.resolve(name), "#!/bin/sh\n" + command + "\n");
        if (!script.toFile().setExecutable(true)) {
            throw new IOException(script + " can't be made executable");
        }
    }

    /** {@code 56 4d 3a …-…}: bytes in hex, with a dash in the middle. */
    private static String biosUuid(UUID uuid) {
        String hex = uuid.toString().replace("-", "").replaceAll("..", "$0 ").strip();
        return hex.substring(0, 23) + "-" + hex.substring(24);
    }

    private static void setPath(String path) {
        Function setenv = NativeLibrary.getInstance("c").getFunction("setenv");
        setenv.invokeInt(new Object[] {"PATH", path, 1});
    }
}
