package org.vmeventagent.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NotificationTransportTest {
    @TempDir
    Path directory = Path.of("");

    private static NotificationTransport of(String... lines) {
        return NotificationTransport.from(Configuration.ofText(String.join("\n", lines)));
    }

    @Test
    void aTransportUrlAloneMeansMessagingv2() {
        NotificationTransport transport = of("[DEFAULT]", "transport_url = rabbit://u:password@h/");

        assertEquals(List.of("messagingv2"), transport.drivers());
        assertEquals(Optional.of("rabbit://u:password@h/"), transport.transportUrl());
        assertFalse(transport.toString().contains("password"));
    }

    @Test
    void theNotificationsOwnUrlWins() {
        assertEquals(
                Optional.of("rabbit://own/"),
                of(
                                "[DEFAULT]",
                                "transport_url = rabbit://shared/",
                                "[oslo_messaging_notifications]",
                                "transport_url = rabbit://own/",
                                "driver = messaging",
                                "driver = log",
                                "driver = log")
                        .transportUrl());
    }

    @Test
    void aUrlFileIsReadFromTheCredentialsDirectory() throws IOException {
        Files.writeString(directory.resolve("url"), "rabbit://u:$p@h/\n");
        Path file = Files.writeString(
                directory.resolve("a.conf"),
                "[oslo_messaging_notifications]\ntransport_url_file = ${CREDENTIALS_DIRECTORY}/url\n");

        Configuration configuration =
                Configuration.load(List.of(file), List.of(), Map.of("CREDENTIALS_DIRECTORY", directory.toString()));

        assertEquals(
                Optional.of("rabbit://u:$p@h/"),
                NotificationTransport.from(configuration).transportUrl());
        String message = String.valueOf(
                assertThrows(ConfigException.class, () -> Configuration.load(List.of(file), List.of(), Map.of()))
                        .getMessage());
        assertTrue(message.contains("LoadCredential="), message);
    }

    @Test
    void refusesWhatLeadsNowhere() {
        for (String text : List.of(
                "",
                "[oslo_messaging_notifications]\ndriver = messagingv2",
                "[oslo_messaging_notifications]\ntransport_url_file = /nonexistent/url")) {
            assertThrows(ConfigException.class, () -> of(text), text);
        }
        assertEquals(
                Optional.empty(),
                of("[oslo_messaging_notifications]", "driver = log").transportUrl());
    }
}
