package org.vmeventagent.libvirt;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LibvirtFailureTest {
    @Test
    void recognizesARefusedLogin() {
        assertTrue(LibvirtFailure.of("internal error: HTTP response code 500 for call to 'Login'."
                        + " Fault: ServerFaultCode - Cannot complete login due to an incorrect user name or password.")
                .isRefusedLogin());
        assertFalse(LibvirtFailure.of("internal error: HTTP response code 503 for call to 'Login'")
                .isRefusedLogin());
        assertFalse(LibvirtFailure.of("internal error: HTTP response code 500 for call to 'RetrieveProperties'."
                        + " Fault: ServerFaultCode - Permission to perform this operation was denied.")
                .isRefusedLogin());
    }
}
