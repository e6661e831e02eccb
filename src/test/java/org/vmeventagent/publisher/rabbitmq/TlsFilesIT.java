package org.vmeventagent.publisher.rabbitmq;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmeventagent.config.ConfigException;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.rig.TestAuthority;
import org.vmeventagent.rig.TestCertificate;

/** The files of certificates and keys as OpenSSL writes them. */
class TlsFilesIT {
    @TempDir
    private static Path directory;

    private static TestAuthority authority;
    private static TestCertificate ec;
    private static TestCertificate rsa;

    @BeforeAll
    static void issue() {
        authority = TestAuthority.root(directory, "authority");
        ec = authority.issue("ec", "DNS:agent");
        rsa = authority.issueRsa("rsa", "DNS:agent");
    }

    private static RabbitConfig config(String rabbit) {
        return ParsedConfig.of("rabbit://agent:secret@127.0.0.1/", "ssl = true\n" + rabbit, "bind");
    }

    private static String client(Path certificate, Path key) {
        return "ssl_cert_file = " + certificate + "\nssl_key_file = " + key + '\n';
    }

    private static String refusal(String rabbit) {
        ConfigException refusal = assertThrows(ConfigException.class, () -> config(rabbit));
        String message = String.valueOf(refusal.getMessage());
        assertFalse(message.contains("secret") || message.contains("\n"), message);
        return message;
    }

    private static Path file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    @ParameterizedTest
    @CsvSource({"ec, false", "ec, true", "rsa, false", "rsa, true"})
    void keyIsReadInEachOfItsEncodings(String kind, boolean traditional) throws IOException {
        TestCertificate certificate = kind.equals("ec") ? ec : rsa;
        Path key = directory.resolve(kind + traditional + ".key");
        authority.convertKey(certificate.key(), key, traditional);
        String label = traditional ? kind.toUpperCase(Locale.ROOT) + " PRIVATE KEY" : "PRIVATE KEY";
        assertTrue(Files.readString(key).startsWith("-----BEGIN " + label), Files.readString(key));
        assertDoesNotThrow(() -> config(client(certificate.certificate(), key)));
    }

    @Test
    void certificateAndKeyMayStandInOneFileWithOtherText() throws IOException {
        Path both = file(
                "both.pem",
                "subject=agent\r\n" + Files.readString(rsa.key()) + "between\n"
                        + Files.readString(rsa.certificate()).replace("\n", "\r\n"));
        assertDoesNotThrow(() -> config("ssl_cert_file = " + both));
    }

    @Test
    void keyIsNamedWhenItIsNotTheCertificates() {
        TestCertificate other = authority.issue("other", "DNS:agent");
        assertEquals(
                "text:8: [oslo_messaging_rabbit] ssl_key_file = " + other.key()
                        + ": the private key is not the one of the certificate",
                refusal(client(ec.certificate(), other.key())));
        assertTrue(refusal(client(ec.certificate(), rsa.key())).contains("as one of the certificate's kind, EC"));
    }

    @Test
    void fileThatIsNotThereOrEmptyIsNamed() throws IOException {
        assertEquals(
                "text:7: [oslo_messaging_rabbit] ssl_ca_file = /nowhere/ca.pem: the file does not exist",
                refusal("ssl_ca_file = /nowhere/ca.pem"));
        assertTrue(refusal("ssl_ca_file = " + file("empty", "")).contains("there is no certificate in the file"));
        assertTrue(refusal("ssl_ca_file = " + directory).contains("the file can't be read"));
        assertTrue(refusal(client(ec.certificate(), ec.certificate())).contains("there is no private key in the file"));
    }

    @Test
    void damagedFileIsNamed() throws IOException {
        String good = Files.readString(authority.file());
        Path bad = file("bad.pem", good + good.replaceFirst("\nM[A-Za-z0-9]{20}", "\nMIIB"));
        assertTrue(refusal("ssl_ca_file = " + bad).contains("certificate 2 in the file can't be read"));
        Path key = file("bad.key", Files.readString(rsa.key()).replaceFirst("\nM[A-Za-z0-9]{20}", "\nMIIB"));
        assertTrue(refusal(client(rsa.certificate(), key)).contains("the private key can't be read"));
        Path unordered =
                file("unordered.pem", Files.readString(ec.certificate()) + Files.readString(rsa.certificate()));
        assertTrue(refusal(client(unordered, ec.key())).contains("its certificates are no chain"));
    }

    @Test
    void encryptedKeyHasAnErrorOfItsOwn() throws IOException {
        Path encrypted =
                file("enc.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n");
        assertTrue(refusal(client(ec.certificate(), encrypted)).contains("the key is encrypted"));
    }

    @Test
    void optionsThatNeedEachOtherAreChecked() {
        assertTrue(refusal("ssl_key_file = " + ec.key()).contains("needs the certificate in ssl_cert_file"));
        assertTrue(refusal("rabbit_login_method = EXTERNAL").contains("a certificate in ssl_cert_file"));
    }

    @Test
    void whatIsLessSafeThanItLooksIsAWarning() {
        assertEquals(
                List.of("[oslo_messaging_rabbit] ssl_ca_file has no effect without ssl = true: the connection is not"
                        + " encrypted"),
                TlsConfig.warnings(Configuration.ofText("[oslo_messaging_rabbit]\nssl_ca_file = /a\n")));
        List<String> unverified = TlsConfig.warnings(Configuration.ofText(
                "[oslo_messaging_rabbit]\nssl = true\nssl_enforce_hostname_verification = false\n"));
        assertEquals(1, unverified.size());
        assertTrue(unverified.get(0).contains("can pose as the broker"), unverified.get(0));
        assertEquals(List.of(), TlsConfig.warnings(Configuration.ofText("[oslo_messaging_rabbit]\nssl = true\n")));
    }
}
