package org.vmeventagent.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/** A certificate authority of the test's own, made with the openssl command. */
public final class TestAuthority {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final List<String> EC = List.of("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1");
    private static final List<String> RSA = List.of("-newkey", "rsa:2048");

    private final Path directory;
    private final TestCertificate own;
    private int issued;

    private TestAuthority(Path directory, TestCertificate own) {
        this.directory = directory;
        this.own = own;
    }

    /** One that signed itself. */
    public static TestAuthority root(Path parent, String name) {
        Path directory = parent.resolve(name);
        TestCertificate own = new TestCertificate(directory.resolve("own.pem"), directory.resolve("own.key"));
        TestAuthority authority = new TestAuthority(directory, own);
        authority.prepare();
        authority.request(EC, own.key(), own.certificate(), name, "basicConstraints=critical,CA:TRUE", "-x509");
        return authority;
    }

    /** One below this one. */
    public TestAuthority below(String name) {
        TestCertificate signed = issue(name, "basicConstraints=critical,CA:TRUE", EC, Duration.ofDays(1));
        TestAuthority authority = new TestAuthority(directory.resolve(name), signed);
        authority.prepare();
        return authority;
    }

    /** Its own certificate, with those above it but the root's. */
    public Path file() {
        return own.certificate();
    }

    /** For a host, or an address written like {@code IP:127.0.0.1}. */
    public TestCertificate issue(String name, String alternative) {
        return issue(name, "subjectAltName=" + alternative, EC, Duration.ofDays(1));
    }

    /** The same with an RSA key. */
    public TestCertificate issueRsa(String name, String alternative) {
        return issue(name, "subjectAltName=" + alternative, RSA, Duration.ofDays(1));
    }

    /** One that ended yesterday. */
    public TestCertificate issueExpired(String name, String alternative) {
        return issue(name, "subjectAltName=" + alternative, EC, Duration.ofDays(-1));
    }

    /** A key in PKCS#8, or as older versions of OpenSSL wrote it: PKCS#1 or SEC 1. */
    public void convertKey(Path key, Path to, boolean traditional) {
        List<String> command = new ArrayList<>(List.of("pkey", "-in", key.toString(), "-out", to.toString()));
        if (traditional) {
            command.add("-traditional");
        }
        openssl(command);
    }

    private TestCertificate issue(String name, String extension, List<String> kind, Duration validFor) {
        issued++;
        Path request = directory.resolve(issued + ".csr");
        Path certificate = directory.resolve(issued + ".pem");
        Path key = directory.resolve(issued + ".key");
        request(kind, key, request, name, extension);
        Instant now = Instant.now();
        openssl(List.of(
                "ca",
                "-batch",
                "-notext",
                "-config",
                "ca.conf",
                "-cert",
                own.certificate().toString(),
                "-keyfile",
                own.key().toString(),
                "-startdate",
                TIME.format(now.minus(Duration.ofDays(2))),
                "-enddate",
                TIME.format(now.plus(validFor)),
                "-in",
                request.toString(),
                "-out",
                certificate.toString()));
        if (!isRoot()) {
            write(certificate, read(certificate) + read(own.certificate()));
        }
        return new TestCertificate(certificate, key);
    }

    private void request(List<String> kind, Path key, Path out, String name, String extension, String... more) {
        List<String> command = new ArrayList<>(List.of("req", "-new", "-nodes"));
        command.addAll(kind);
        command.addAll(List.of(more));
        command.addAll(List.of("-keyout", key.toString(), "-out", out.toString()));
        command.addAll(List.of("-config", "ca.conf", "-subj", "/CN=" + name, "-addext", extension));
        openssl(command);
    }

    private void prepare() {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        write(directory.resolve("index"), "");
        write(directory.resolve("ca.conf"), """
                [req]
                distinguished_name = name
                [name]
                [ca]
                default_ca = own
                [own]
                database = index
                new_certs_dir = .
                rand_serial = yes
                default_md = sha256
                policy = any
                unique_subject = no
                copy_extensions = copy
                [any]
                commonName = supplied
                """);
    }

    private boolean isRoot() {
        return own.key().endsWith("own.key");
    }

    private void openssl(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(arguments);
        Commands.run(new ProcessBuilder(command).directory(directory.toFile()));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
