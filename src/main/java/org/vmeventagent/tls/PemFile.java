package org.vmeventagent.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A file with certificates, a key, or both, as OpenSSL writes them (RFC 7468). What stands between them is skipped. */
public final class PemFile {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);

    private static final long LARGEST = 16L << 20;

    private final String option;
    private final Path file;
    private final String text;

    private PemFile(String option, Path file, String text) {
        this.option = option;
        this.file = file;
        this.text = text;
    }

    /**
     * The file as it is now.
     *
     * @param option that names the file, for the message of an exception
     */
    public static PemFile read(String option, Path file) throws UnusableFileException {
        try {
            if (Files.size(file) > LARGEST) {
                throw new UnusableFileException(option, file, "the file is too large");
            }
            return new PemFile(option, file, Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (NoSuchFileException e) {
            throw new UnusableFileException(option, file, "the file does not exist");
        } catch (AccessDeniedException e) {
            throw new UnusableFileException(option, file, "the file may not be read by this user");
        } catch (IOException e) {
            throw new UnusableFileException(option, file, "the file can't be read");
        }
    }

    public UnusableFileException unusable(String reason) {
        return new UnusableFileException(option, file, reason);
    }

    /** All certificates, in their order; at least one. */
    public List<X509Certificate> certificates() throws UnusableFileException {
        List<X509Certificate> certificates = new ArrayList<>();
        Matcher block = BLOCK.matcher(text);
        while (block.find()) {
            if (block.group(1).equals("CERTIFICATE") || block.group(1).equals("X509 CERTIFICATE")) {
                certificates.add(certificate(block.group(2), certificates.size() + 1));
            }
        }
        if (certificates.isEmpty()) {
            throw unusable("there is no certificate in the file (PEM, -----BEGIN CERTIFICATE-----)");
        }
        return certificates;
    }

    /** The private key, which must be the one of this certificate. */
    public PrivateKey keyOf(X509Certificate certificate) throws UnusableFileException {
        Matcher block = BLOCK.matcher(text);
        while (block.find()) {
            String label = block.group(1);
            if (label.equals("ENCRYPTED PRIVATE KEY") || block.group(2).contains("Proc-Type: 4,ENCRYPTED")) {
                throw unusable(
                        "the key is encrypted, and there is no option for its password; decrypt it: openssl pkey");
            }
            if (label.endsWith("PRIVATE KEY")) {
                return key(label, block.group(2), certificate);
            }
        }
        throw unusable("there is no private key in the file (PEM, -----BEGIN PRIVATE KEY-----)");
    }

    private PrivateKey key(String label, String base64, X509Certificate certificate) throws UnusableFileException {
        PrivateKey key;
        try {
            byte[] der = Base64.getMimeDecoder().decode(base64);
            key = label.equals("PRIVATE KEY")
                    ? PrivateKeys.ofPkcs8(der, certificate.getPublicKey())
                    : PrivateKeys.ofBareKey(der, certificate.getPublicKey());
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw unusable("the private key can't be read as one of the certificate's kind, "
                    + certificate.getPublicKey().getAlgorithm());
        }
        if (!PrivateKeys.belongTogether(key, certificate.getPublicKey())) {
            throw unusable("the private key is not the one of the certificate");
        }
        return key;
    }

    private X509Certificate certificate(String base64, int number) throws UnusableFileException {
        try {
            byte[] der = Base64.getMimeDecoder().decode(base64);
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (CertificateException | IllegalArgumentException e) {
            throw unusable("certificate " + number + " in the file can't be read");
        }
    }

    /** A certificate or key can't be used. The message is one line with option, file and reason, and nothing of the file. */
    public static final class UnusableFileException extends Exception {
        private static final long serialVersionUID = 1L;

        private final String option;
        private final String reason;

        UnusableFileException(String option, Path file, String reason) {
            super(option + " = " + file + ": " + reason, null, false, false);
            this.option = option;
            this.reason = reason;
        }

        /** The option that names the file. */
        public String option() {
            return option;
        }

        /** What is wrong with the file, without its name. */
        public String reason() {
            return reason;
        }
    }
}
