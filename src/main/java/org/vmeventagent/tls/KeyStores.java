package org.vmeventagent.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.tls.PemFile.UnusableFileException;

/** What an {@code SSLContext} needs, from PEM files. */
public final class KeyStores {
    private KeyStores() {}

    /**
     * Who is trusted.
     *
     * @param authorities null for those that Java trusts
     */
    public static TrustManager[] trustManagers(@Nullable PemFile authorities)
            throws UnusableFileException, GeneralSecurityException {
        KeyStore trusted = null;
        if (authorities != null) {
            trusted = emptyStore();
            for (X509Certificate authority : authorities.certificates()) {
                trusted.setCertificateEntry("authority " + trusted.size(), authority);
            }
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        return factory.getTrustManagers();
    }

    /**
     * Own identity: one certificate with its chain.
     *
     * @param key may be the same file
     */
    public static KeyManager[] keyManagers(PemFile chain, PemFile key)
            throws UnusableFileException, GeneralSecurityException {
        List<X509Certificate> certificates = chain.certificates();
        PrivateKey secret = key.keyOf(certificates.get(0));
        KeyStore own = emptyStore();
        try {
            own.setKeyEntry("agent", secret, new char[0], certificates.toArray(X509Certificate[]::new));
        } catch (GeneralSecurityException e) {
            throw chain.unusable("its certificates are no chain: the agent's own comes first, then each one's issuer");
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(own, new char[0]);
        return factory.getKeyManagers();
    }

    private static KeyStore emptyStore() throws GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try {
            store.load(null, null);
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
        return store;
    }
}
