package org.vmeventagent.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectionUriTest {
    @ParameterizedTest
    @CsvSource({
        "qemu+ssh://one@host/system, qemu+ssh://two@host/system",
        "esx://one:secret@host/, esx://two@host/",
        "qemu:///system, qemu+unix:///system",
        "qemu:///system, QEMU:///system?",
        "qemu://host/system, qemu+tls://HOST:16514/system",
        "qemu+tcp://host/system, qemu+tcp://host:16509/system",
    })
    void isTheSameConnection(String one, String other) {
        String reported = ConnectionUri.repeated(List.of(one, other)).orElseThrow();
        assertTrue(reported.contains(ConnectionUri.withoutCredentials(other)), reported);
        assertFalse(reported.contains("@"), reported);
    }

    @ParameterizedTest
    @CsvSource({
        "qemu:///system, qemu:///session",
        "qemu:///system, lxc:///system",
        "qemu:///system, qemu:///system?socket=/other",
        "qemu+ssh://host/system, qemu+ssh://host:2222/system",
        "qemu+tcp://host/system, qemu+tls://host/system",
        "esx://one/, esx://two/",
        "qemu:///system, qemu:///system",
    })
    void isAnotherConnectionOrTheSameText(String one, String other) {
        assertEquals(Optional.empty(), ConnectionUri.repeated(List.of(one, other)));
    }

    @Test
    void twoUsersOfOneConnectionAreRefusedWithoutTheirPasswords() {
        ConfigException refused = assertThrows(ConfigException.class, () -> Configuration.ofText("""
                        [libvirt]
                        connection_uri = esx://one:secret@host/
                        connection_uri = esx://two:secret@host/
                        """));
        String line = String.valueOf(refused.getMessage());
        assertTrue(line.contains("[libvirt] connection_uri = esx://host/"), line);
        assertTrue(line.contains("there twice, as two users"), line);
        assertFalse(line.contains("secret"), line);
    }

    @Test
    void whatIsNoUriIsReportedWithoutItsPassword() {
        ConfigException refused = assertThrows(
                ConfigException.class,
                () -> Configuration.ofText("[libvirt]\nconnection_uri = qmeu://me:secret@host/system\n"));
        assertFalse(String.valueOf(refused.getMessage()).contains("secret"), refused::getMessage);
    }

    @Test
    void cutsCredentialsOutOfUris() {
        assertEquals("qemu+tcp://host/system", ConnectionUri.withoutCredentials("qemu+tcp://root:s3cr@t@host/system"));
        assertEquals(
                "esx://host:443/?no_verify=1", ConnectionUri.withoutCredentials("esx://user:pw@host:443/?no_verify=1"));
        assertEquals("can't open 'esx://host/'", ConnectionUri.withoutCredentials("can't open 'esx://user:pw@host/'"));
    }

    @Test
    void leavesOtherUrisAlone() {
        assertEquals("qemu:///system", ConnectionUri.withoutCredentials("qemu:///system"));
        assertEquals(
                "qemu+unix:///system?socket=/run/a@b/sock",
                ConnectionUri.withoutCredentials("qemu+unix:///system?socket=/run/a@b/sock"));
    }
}
