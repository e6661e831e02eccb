package org.vmeventagent.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class StringsTest {
    @Test
    void cutsCredentialsOutOfUris() {
        assertEquals("qemu+tcp://host/system", Strings.withoutCredentials("qemu+tcp://root:s3cr@t@host/system"));
        assertEquals("esx://host:443/?no_verify=1", Strings.withoutCredentials("esx://user:pw@host:443/?no_verify=1"));
        assertEquals("can't open 'esx://host/'", Strings.withoutCredentials("can't open 'esx://user:pw@host/'"));
    }

    @Test
    void leavesOtherUrisAlone() {
        assertEquals("qemu:///system", Strings.withoutCredentials("qemu:///system"));
        assertEquals(
                "qemu+unix:///system?socket=/run/a@b/sock",
                Strings.withoutCredentials("qemu+unix:///system?socket=/run/a@b/sock"));
    }
}
