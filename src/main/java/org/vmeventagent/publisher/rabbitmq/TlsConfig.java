package org.vmeventagent.publisher.rabbitmq;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.FilePermissions;
import org.vmeventagent.config.Option;
import org.vmeventagent.config.RabbitOptions;
import org.vmeventagent.tls.KeyStores;
import org.vmeventagent.tls.PemFile;
import org.vmeventagent.tls.PemFile.UnusableFileException;

/**
 * How a connection is protected. Only says where the files are: they are read for each connection, so that a certificate
 * can be renewed while the agent runs.
 *
 * @param authorities {@code ssl_ca_file}; null for those that Java trusts
 * @param certificate {@code ssl_cert_file}, our own with its chain; null for none
 * @param key {@code ssl_key_file}; null if the key stands in the file of the certificate
 * @param protocol the one version to use, in Java's words; null for the best that both sides know
 * @param verifyHostName whether the broker's certificate must be for the host that we asked for
 */
public record TlsConfig(
        @Nullable Path authorities,
        @Nullable Path certificate,
        @Nullable Path key,
        @Nullable String protocol,
        boolean verifyHostName) {

    /** What the configuration says; null without {@code ssl = true}. */
    static @Nullable TlsConfig from(Configuration configuration) {
        if (!configuration.get(RabbitOptions.SSL)) {
            return null;
        }
        TlsConfig tls = new TlsConfig(
                path(configuration, RabbitOptions.SSL_CA_FILE),
                path(configuration, RabbitOptions.SSL_CERT_FILE),
                path(configuration, RabbitOptions.SSL_KEY_FILE),
                protocol(configuration.get(RabbitOptions.SSL_VERSION)),
                configuration.get(RabbitOptions.SSL_ENFORCE_HOSTNAME_VERIFICATION));
        if (tls.key != null && tls.certificate == null) {
            throw configuration.bad(RabbitOptions.SSL_KEY_FILE, "needs the certificate in ssl_cert_file");
        }
        return tls;
    }

    /** The option of a file that can't be used. */
    static Option<String> fileOption(String name) {
        return Stream.of(RabbitOptions.SSL_CA_FILE, RabbitOptions.SSL_CERT_FILE, RabbitOptions.SSL_KEY_FILE)
                .filter(option -> option.name().toString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** What an operator should know about these options; one line each. */
    public static List<String> warnings(Configuration configuration) {
        List<String> warnings = new ArrayList<>();
        if (!configuration.get(RabbitOptions.SSL)) {
            for (Option<String> file :
                    List.of(RabbitOptions.SSL_CA_FILE, RabbitOptions.SSL_CERT_FILE, RabbitOptions.SSL_KEY_FILE)) {
                if (path(configuration, file) != null) {
                    warnings.add(file.name() + " has no effect without ssl = true: the connection is not encrypted");
                }
            }
            return warnings;
        }
        if (!configuration.get(RabbitOptions.SSL_ENFORCE_HOSTNAME_VERIFICATION)) {
            warnings.add(RabbitOptions.SSL_ENFORCE_HOSTNAME_VERIFICATION.name()
                    + " = false: whoever holds any certificate of a trusted authority can pose as the broker and read"
                    + " the password");
        }
        Path secret = path(configuration, RabbitOptions.SSL_KEY_FILE);
        if (secret != null) {
            FilePermissions.of(secret, "the private key").ifPresent(warnings::add);
        }
        return warnings;
    }

    /** Reads the files. */
    SSLContext context() throws UnusableFileException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keyManagers(), namesChecked(trustManagers()), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no TLS", e);
        }
    }

    /**
     * Prepares a socket that is not connected yet.
     *
     * @param host as it is configured
     */
    void secure(SSLSocket socket, String host) {
        SSLParameters parameters = socket.getSSLParameters();
        boolean known = TlsHostName.isKnownToJava(host);
        if (!known) {
            parameters.setServerNames(List.of(new TlsHostName(host)));
        }
        if (verifyHostName && known) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        if (protocol != null) {
            parameters.setProtocols(new String[] {protocol});
        }
        socket.setSSLParameters(parameters);
    }

    /** Names that Java doesn't check are checked by us. */
    private TrustManager[] namesChecked(TrustManager[] managers) {
        return verifyHostName
                ? Stream.of(managers)
                        .map(X509ExtendedTrustManager.class::cast)
                        .map(TlsHostName.Judge::new)
                        .toArray(TrustManager[]::new)
                : managers;
    }

    private TrustManager[] trustManagers() throws UnusableFileException, GeneralSecurityException {
        return KeyStores.trustManagers(
                authorities == null
                        ? null
                        : PemFile.read(RabbitOptions.SSL_CA_FILE.name().toString(), authorities));
    }

    private KeyManager @Nullable [] keyManagers() throws UnusableFileException, GeneralSecurityException {
        if (certificate == null) {
            return null;
        }
        PemFile chain = PemFile.read(RabbitOptions.SSL_CERT_FILE.name().toString(), certificate);
        return KeyStores.keyManagers(
                chain,
                key == null
                        ? chain
                        : PemFile.read(RabbitOptions.SSL_KEY_FILE.name().toString(), key));
    }

    private static @Nullable Path path(Configuration configuration, Option<String> option) {
        String text = configuration.get(option);
        return text.isEmpty() ? null : Path.of(text);
    }

    private static @Nullable String protocol(String version) {
        return switch (version.toLowerCase(Locale.ROOT)) {
            case "tlsv1" -> "TLSv1";
            case "tlsv1_1" -> "TLSv1.1";
            case "tlsv1_2" -> "TLSv1.2";
            default -> null;
        };
    }
}
