package org.vmeventagent.telemetry;

import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Lets in only clients whose certificate has one of some names as a subject alternative name, letter for letter: a DNS name,
 * an address, an e-mail address or a URI. Immutable.
 */
final class ClientNames extends X509ExtendedTrustManager {
    /** The kinds of GeneralName in RFC 5280 that Prometheus' exporters compare: e-mail, DNS, URI, IP address. */
    private static final Set<Integer> KINDS = Set.of(1, 2, 6, 7);

    private static final Pattern ADDRESS = Pattern.compile("[0-9]+(\\.[0-9]+){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*");

    private final X509ExtendedTrustManager chains;
    private final Set<String> allowed;

    private ClientNames(X509ExtendedTrustManager chains, List<String> allowed) {
        this.chains = chains;
        this.allowed = allowed.stream().map(ClientNames::canonical).collect(Collectors.toUnmodifiableSet());
    }

    /** @param managers judge everything but the name */
    static TrustManager[] checkedBy(TrustManager[] managers, List<String> allowed) {
        return Stream.of(managers)
                .map(manager -> new ClientNames((X509ExtendedTrustManager) manager, allowed))
                .toArray(TrustManager[]::new);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String keyExchange, SSLEngine engine)
            throws CertificateException {
        chains.checkClientTrusted(chain, keyExchange, engine);
        Collection<List<?>> names = chain[0].getSubjectAlternativeNames();
        if (names == null
                || names.stream()
                        .filter(name -> KINDS.contains(name.get(0)))
                        .noneMatch(name -> allowed.contains(canonical(String.valueOf(name.get(1)))))) {
            throw new CertificateException("none of the client's names is in client_allowed_sans");
        }
    }

    /** An address has several writings. */
    private static String canonical(String name) {
        try {
            return ADDRESS.matcher(name).matches() ? InetAddress.getByName(name).getHostAddress() : name;
        } catch (UnknownHostException e) {
            return name;
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String keyExchange, Socket socket)
            throws CertificateException {
        throw new CertificateException("only engines are used here");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String keyExchange) throws CertificateException {
        throw new CertificateException("only engines are used here");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String keyExchange) throws CertificateException {
        throw new CertificateException("only clients are checked here");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String keyExchange, Socket socket)
            throws CertificateException {
        throw new CertificateException("only clients are checked here");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String keyExchange, SSLEngine engine)
            throws CertificateException {
        throw new CertificateException("only clients are checked here");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return chains.getAcceptedIssuers();
    }
}
