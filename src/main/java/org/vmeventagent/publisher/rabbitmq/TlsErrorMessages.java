package org.vmeventagent.publisher.rabbitmq;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.publisher.BrokerProblem;

/** Puts what goes wrong with TLS into words, with the option that helps. The texts it looks for are those of JDK 17 and 25. */
final class TlsErrorMessages {
    private static final Pattern ALERT = Pattern.compile("(?:Received fatal alert: |\\()([a-z_]+)\\)?");

    private static final Pattern OTHER_HOST = Pattern.compile("^No (subject alternative|name matching)");

    private TlsErrorMessages() {}

    /**
     * What an operator can change is {@link BrokerProblem.Kind#MISCONFIGURED}; the rest, a broker that is just stopping for
     * instance, counts as unreachable.
     *
     * @param root the innermost cause
     */
    static BrokerProblem of(Throwable root, @Nullable TlsConfig tls) {
        String said = String.valueOf(root.getMessage());
        String words = words(root, said, tls);
        return words == null
                ? new BrokerProblem(
                        BrokerProblem.Kind.UNREACHABLE,
                        "TLS failed: " + said + "; check the ssl_ options and the broker's port")
                : new BrokerProblem(BrokerProblem.Kind.MISCONFIGURED, "TLS failed: " + words);
    }

    /** Null where it isn't known what helps. */
    private static @Nullable String words(Throwable root, String said, @Nullable TlsConfig tls) {
        if (root instanceof CertificateExpiredException) {
            return "the broker's certificate, or one above it, has expired (" + said
                    + "); renew it there, and check the clock of this host";
        }
        if (root instanceof CertificateNotYetValidException) {
            return "the broker's certificate, or one above it, is not valid yet (" + said
                    + "); check the clock of this host";
        }
        if (root instanceof CertPathBuilderException) {
            return "the broker's certificate is signed by none of the authorities in " + authorities(tls)
                    + "; set ssl_ca_file to the one that signed it (a self-signed certificate stands for itself)";
        }
        if (root instanceof CertificateException && OTHER_HOST.matcher(said).find()) {
            return "the broker's certificate is for another host (" + said + "); write the host in transport_url as the"
                    + " certificate has it, or get one with that name";
        }
        if (said.startsWith("Unsupported or unrecognized SSL message")) {
            return "the port doesn't speak TLS; write the broker's TLS port (mostly 5671) in transport_url, or set"
                    + " ssl = false";
        }
        if (said.startsWith("No appropriate protocol")) {
            return "Java refuses the version in ssl_version; leave it empty";
        }
        Matcher alert = ALERT.matcher(said);
        return alert.find() ? refusal(alert.group(1), tls) : null;
    }

    /** For a broker that hangs up while the connection is opened: its reason may get lost on the way. */
    static String hungUp(TlsConfig tls) {
        return "with TLS that mostly means that the broker wants another certificate: check ssl_cert_file (" + ours(tls)
                + ") and ssl_version";
    }

    private static String ours(@Nullable TlsConfig tls) {
        return tls == null || tls.certificate() == null ? "none is set" : "it is " + tls.certificate();
    }

    private static String authorities(@Nullable TlsConfig tls) {
        return tls == null || tls.authorities() == null
                ? "Java's trust store"
                : tls.authorities().toString();
    }

    /** @param alert as RFC 8446 names it */
    private static @Nullable String refusal(String alert, @Nullable TlsConfig tls) {
        String ours = ours(tls);
        return switch (alert) {
            case "protocol_version" ->
                "the broker refuses the TLS version; check ssl_version, and ssl_options.versions at the broker";
            case "certificate_required",
                    "bad_certificate",
                    "unsupported_certificate",
                    "certificate_revoked",
                    "certificate_expired",
                    "certificate_unknown",
                    "unknown_ca",
                    "access_denied",
                    "decrypt_error" ->
                "the broker refuses the agent's certificate (" + alert + "); check ssl_cert_file (" + ours
                        + ") and ssl_options.cacertfile at the broker";
            case "handshake_failure" ->
                "the broker refuses the handshake; it may want a certificate: check ssl_cert_file (" + ours
                        + ") and ssl_version";
            default -> null;
        };
    }
}
