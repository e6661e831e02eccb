package org.vmeventagent.telemetry;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.vmeventagent.config.ConfigException;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.FilePermissions;
import org.vmeventagent.config.TelemetryOptions;
import org.vmeventagent.tls.KeyStores;
import org.vmeventagent.tls.PemFile;
import org.vmeventagent.tls.PemFile.UnusableFileException;

/**
 * A web configuration file, in the format of Prometheus' exporters (exporter-toolkit), and the files that it names, as they
 * were when it was read. Of that format {@code tls_server_config} is known, without certificates inside the file. Anything
 * else is refused, so that nothing is served with less protection than the file asks for.
 *
 * @param context with the agent's own certificate, and the authorities of clients
 * @param parameters versions, cipher suites, and whether a client needs a certificate
 * @param key the file of the private key
 */
public record WebConfig(SSLContext context, SSLParameters parameters, Path key) {
    private static final long LARGEST = 1L << 20;
    private static final String SECTION = "tls_server_config";
    private static final List<String> KEYS = List.of(
            "cert_file",
            "key_file",
            "client_auth_type",
            "client_ca_file",
            "client_allowed_sans",
            "min_version",
            "max_version",
            "cipher_suites",
            "prefer_server_cipher_suites");
    private static final List<String> CLIENTS =
            List.of("NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert");
    private static final List<String> VERSIONS = List.of("TLS12", "TLS13");

    /** The file, or one that it names, can't be used. The message is one line: where in the file, what, what is allowed. */
    static final class UnusableWebConfigException extends Exception {
        private static final long serialVersionUID = 1L;

        UnusableWebConfigException(String message) {
            super(message, null, false, false);
        }
    }

    /**
     * Reads the file that {@code web_config_file} names, which must be set.
     *
     * @return a warning about its key, if everybody may read that
     * @throws ConfigException where it can't be used
     */
    public static Optional<String> check(Configuration configuration) {
        try {
            Path file =
                    Path.of(configuration.find(TelemetryOptions.WEB_CONFIG_FILE).orElseThrow());
            return FilePermissions.of(read(file).key, "the private key");
        } catch (UnusableWebConfigException e) {
            throw configuration.bad(TelemetryOptions.WEB_CONFIG_FILE, String.valueOf(e.getMessage()));
        }
    }

    /** Reads all of the files. Paths in it are relative to its own directory. */
    static WebConfig read(Path file) throws UnusableWebConfigException {
        Map<String, Node> top = entries(root(file), "the file", List.of(SECTION));
        Node section = top.get(SECTION);
        if (section == null) {
            throw new UnusableWebConfigException(
                    "has no " + SECTION + "; leave web_config_file out to serve without TLS");
        }
        return new Section(entries(section, SECTION, KEYS), file.toAbsolutePath()).toConfig();
    }

    private static Node root(Path file) throws UnusableWebConfigException {
        try {
            if (Files.size(file) > LARGEST) {
                throw new UnusableWebConfigException("the file is too large");
            }
            String text = Files.readString(file, StandardCharsets.UTF_8);
            return new Compose(LoadSettings.builder().build())
                    .composeString(text)
                    .orElseThrow(() -> new UnusableWebConfigException(
                            "the file is empty; leave web_config_file out to serve without TLS"));
        } catch (NoSuchFileException e) {
            throw new UnusableWebConfigException("the file does not exist");
        } catch (AccessDeniedException e) {
            throw new UnusableWebConfigException("the file may not be read by this user");
        } catch (IOException e) {
            throw new UnusableWebConfigException("the file can't be read (" + e.getMessage() + ")");
        } catch (MarkedYamlEngineException e) {
            throw new UnusableWebConfigException(e.getProblemMark()
                            .map(mark -> "line " + (mark.getLine() + 1) + ": ")
                            .orElse("")
                    + "no YAML, " + e.getProblem());
        } catch (YamlEngineException e) {
            throw new UnusableWebConfigException("no YAML, "
                    + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        }
    }

    private static Map<String, Node> entries(Node node, String where, List<String> allowed)
            throws UnusableWebConfigException {
        if (!(node instanceof MappingNode mapping)) {
            throw at(node, where + " must consist of keys with values; allowed: " + String.join(", ", allowed));
        }
        Map<String, Node> entries = new LinkedHashMap<>();
        for (NodeTuple entry : mapping.getValue()) {
            String key = text(entry.getKeyNode(), "a key of " + where);
            if (key.equals("basic_auth_users")) {
                throw at(
                        entry.getKeyNode(),
                        "basic_auth_users is not supported, the agent can't verify bcrypt; client certificates do the same:"
                                + " client_auth_type");
            }
            if (!allowed.contains(key)) {
                throw at(
                        entry.getKeyNode(),
                        key + " is not supported in " + where + "; allowed: " + String.join(", ", allowed));
            }
            if (entries.put(key, entry.getValueNode()) != null) {
                throw at(entry.getKeyNode(), key + " stands there twice");
            }
        }
        return entries;
    }

    private static String text(Node node, String key) throws UnusableWebConfigException {
        if (node instanceof ScalarNode scalar && !scalar.getValue().isEmpty()) {
            return scalar.getValue();
        }
        throw at(node, key + " must be a text, and not empty");
    }

    private static UnusableWebConfigException at(Node node, String what) {
        return new UnusableWebConfigException(node.getStartMark()
                        .map(mark -> "line " + (mark.getLine() + 1) + ": ")
                        .orElse("")
                + what);
    }

    /** {@code tls_server_config}. */
    private record Section(Map<String, Node> entries, Path file) {
        WebConfig toConfig() throws UnusableWebConfigException {
            Path key = path("key_file");
            String clients = word("client_auth_type", CLIENTS, "NoClientCert");
            try {
                SSLContext context = SSLContext.getInstance("TLS");
                context.init(KeyStores.keyManagers(pem("cert_file"), pem("key_file")), trustManagers(clients), null);
                SSLParameters parameters = new SSLParameters();
                parameters.setProtocols(protocols());
                parameters.setCipherSuites(cipherSuites(context));
                parameters.setUseCipherSuitesOrder(word("prefer_server_cipher_suites", List.of("true", "false"), "true")
                        .equals("true"));
                if (clients.equals("RequireAndVerifyClientCert")) {
                    parameters.setNeedClientAuth(true);
                } else {
                    parameters.setWantClientAuth(clients.equals("VerifyClientCertIfGiven"));
                }
                return new WebConfig(context, parameters, key);
            } catch (UnusableFileException e) {
                throw new UnusableWebConfigException(String.valueOf(e.getMessage()));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("this Java has no TLS", e);
            } catch (GeneralSecurityException e) {
                throw new UnusableWebConfigException("its certificates can't be used (" + e.getMessage() + ")");
            }
        }

        /** Null where no client is asked for a certificate. */
        private TrustManager @Nullable [] trustManagers(String clients)
                throws UnusableWebConfigException, UnusableFileException, GeneralSecurityException {
            List<String> names = list("client_allowed_sans");
            if (!names.isEmpty() && !clients.equals("RequireAndVerifyClientCert")) {
                throw wrong("client_allowed_sans", "needs client_auth_type: RequireAndVerifyClientCert");
            }
            if (clients.equals("NoClientCert")) {
                if (entries.containsKey("client_ca_file")) {
                    throw wrong(
                            "client_ca_file",
                            "needs client_auth_type: one of " + String.join(", ", CLIENTS.subList(1, 3)));
                }
                return null;
            }
            TrustManager[] managers = KeyStores.trustManagers(pem("client_ca_file"));
            return names.isEmpty() ? managers : ClientNames.checkedBy(managers, names);
        }

        private String[] protocols() throws UnusableWebConfigException {
            int least = VERSIONS.indexOf(word("min_version", VERSIONS, "TLS12"));
            int most = VERSIONS.indexOf(word("max_version", VERSIONS, "TLS13"));
            if (least > most) {
                throw wrong("max_version", "is less than min_version");
            }
            return VERSIONS.subList(least, most + 1).stream()
                    .map(version -> version.equals("TLS12") ? "TLSv1.2" : "TLSv1.3")
                    .toArray(String[]::new);
        }

        /** The list says nothing of TLS 1.3, whose suites are all good. */
        private String[] cipherSuites(SSLContext context) throws UnusableWebConfigException {
            List<String> wanted = list("cipher_suites");
            List<String> known = List.of(context.getDefaultSSLParameters().getCipherSuites());
            for (String suite : wanted) {
                if (!known.contains(suite)) {
                    throw wrong("cipher_suites", "has " + suite + "; allowed: " + String.join(", ", known));
                }
            }
            return wanted.isEmpty()
                    ? known.toArray(String[]::new)
                    : Stream.concat(wanted.stream(), known.stream().filter(suite -> !suite.contains("_WITH_")))
                            .distinct()
                            .toArray(String[]::new);
        }

        private PemFile pem(String key) throws UnusableWebConfigException, UnusableFileException {
            return PemFile.read(SECTION + " " + key, path(key));
        }

        private Path path(String key) throws UnusableWebConfigException {
            Node node = entries.get(key);
            if (node == null) {
                throw new UnusableWebConfigException(SECTION + " has no " + key + ", which is needed");
            }
            return file.resolveSibling(text(node, key));
        }

        private String word(String key, List<String> allowed, String otherwise) throws UnusableWebConfigException {
            Node node = entries.get(key);
            if (node == null) {
                return otherwise;
            }
            String word = text(node, key);
            if (!allowed.contains(word)) {
                throw wrong(key, "is " + word + "; supported here: " + String.join(", ", allowed));
            }
            return word;
        }

        private List<String> list(String key) throws UnusableWebConfigException {
            Node node = entries.get(key);
            if (node == null) {
                return List.of();
            }
            if (!(node instanceof SequenceNode sequence) || sequence.getValue().isEmpty()) {
                throw wrong(key, "must be a list of texts, and not empty");
            }
            List<String> texts = new ArrayList<>();
            for (Node element : sequence.getValue()) {
                texts.add(text(element, "an element of " + key));
            }
            return texts;
        }

        private UnusableWebConfigException wrong(String key, String what) {
            Node node = entries.get(key);
            return node == null ? new UnusableWebConfigException(key + " " + what) : at(node, key + " " + what);
        }
    }
}
