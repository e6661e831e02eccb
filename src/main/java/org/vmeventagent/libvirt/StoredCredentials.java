package org.vmeventagent.libvirt;

import org.libvirt.ConnectAuth;

/**
 * The user and password that a hypervisor asks for when it is opened (ESX, SASL): those of libvirt's own {@code auth.conf},
 * which libvirt reads itself before it asks here. A daemon has nobody else to ask.
 */
final class StoredCredentials extends ConnectAuth {
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
