package org.vmeventagent.publisher.rabbitmq;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.StandardConstants;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * A broker's name that Java takes for none: with an underscore, as containers have them. Java then sends no name to the
 * broker, and finds no certificate right for it. Python, and so Nova, does both. Immutable.
 */
final class TlsHostName extends SNIServerName {
    private static final int DNS_NAME = 2; // of GeneralName in RFC 5280

    TlsHostName(String host) {
        super(StandardConstants.SNI_HOST_NAME, plain(host).getBytes(StandardCharsets.US_ASCII));
    }

    /** Whether Java checks a certificate for this name or address itself. */
    static boolean isKnownToJava(String host) {
        try {
            return host.indexOf(':') >= 0
                    || !new SNIHostName(plain(host)).getAsciiName().isEmpty();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Without the dot at the end of a name that is whole. */
    private static String plain(String host) {
        return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    }

    /** Checks the name where Java does not: letter for letter, without wildcards. */
    static final class Judge extends X509ExtendedTrustManager {
        private final X509ExtendedTrustManager chains;

        /** @param chains judges everything but the name */
        Judge(X509ExtendedTrustManager chains) {
            this.chains = chains;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String keyExchange, Socket socket)
                throws CertificateException {
            chains.checkServerTrusted(chain, keyExchange, socket);
            if (socket instanceof SSLSocket secure
                    && secure.getSSLParameters().getEndpointIdentificationAlgorithm() == null) {
                String host = plain(secure.getHandshakeSession().getPeerHost());
                if (names(chain[0]).noneMatch(name -> name.equalsIgnoreCase(host))) {
                    throw new CertificateException("No subject alternative DNS name matching " + host + " found");
                }
            }
        }

        private static Stream<String> names(X509Certificate certificate) throws CertificateException {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names == null
                    ? Stream.empty()
                    : names.stream()
                            .filter(name -> name.get(0).equals(DNS_NAME))
                            .map(name -> String.valueOf(name.get(1)));
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String keyExchange) throws CertificateException {
            throw new CertificateException("without a connection there is no name to check");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String keyExchange, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("only sockets are used here");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String keyExchange) throws CertificateException {
            chains.checkClientTrusted(chain, keyExchange);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String keyExchange, Socket socket)
                throws CertificateException {
            chains.checkClientTrusted(chain, keyExchange, socket);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String keyExchange, SSLEngine engine)
                throws CertificateException {
            chains.checkClientTrusted(chain, keyExchange, engine);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return chains.getAcceptedIssuers();
        }
    }
}
