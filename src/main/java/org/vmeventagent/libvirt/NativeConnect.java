package org.vmeventagent.libvirt;

import com.sun.jna.Pointer;
import org.libvirt.Connect;
import org.libvirt.ConnectAuth;
import org.libvirt.LibvirtException;

/** A read-only connection that shows its native pointer. Must stay reachable while open: its finalizer closes it. */
final class NativeConnect extends Connect {
    /** VIR_CONNECT_RO. */
    private static final int READ_ONLY = 1;

    /** Static: libvirt calls it while it opens, and JNA drops what nothing refers to. */
    private static final StoredCredentials CREDENTIALS = new StoredCredentials();

    private String host = "";

    NativeConnect(String uri) throws LibvirtException {
        super(uri, CREDENTIALS, READ_ONLY);
    }

    Pointer raw() {
        return vcp.getPointer();
    }

    /** Asks the host for its name. */
    void lookUpHost() throws LibvirtException {
        try {
            host = getHostName();
        } catch (LibvirtException e) {
            if (!LibvirtFailure.of(e).isNoSupport()) {
                throw e;
            }
        }
    }

    /** The host's name, as {@link #lookUpHost} found it; empty where the driver doesn't know it. */
    String host() {
        return host;
    }

    /**
     * Has libvirt's client check that the daemon answers.
     *
     * @return false for a driver without a daemon, which can't: its calls may hang for ever
     */
    boolean keepAlive(LibvirtConfig config) throws LibvirtFailure {
        try {
            setKeepAlive((int) config.keepaliveInterval().toSeconds(), config.keepaliveCount());
            return true;
        } catch (LibvirtException e) {
            LibvirtFailure failure = LibvirtFailure.of(e);
            if (!failure.isNoSupport()) {
                throw failure;
            }
            return false;
        }
    }

    /**
     * The user and password that a hypervisor asks for when it is opened (ESX, SASL): those of libvirt's own {@code auth.conf},
     * which libvirt reads itself before it calls here. There is nobody who could type them.
     */
    private static final class StoredCredentials extends ConnectAuth {
        private static final int REFUSED = -1;

        StoredCredentials() {
            credType = new CredentialType[] {CredentialType.VIR_CRED_AUTHNAME, CredentialType.VIR_CRED_PASSPHRASE};
        }

        @Override
        public int callback(Credential[] credentials) {
            for (Credential credential : credentials) {
                credential.result = ""; // the binding copies it, refused or not
            }
            return REFUSED;
        }
    }
}
