package org.vmeventagent.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where notifications go, by all options that decide it.
 *
 * @param drivers without repetition, at least one
 * @param transportUrl a secret; present when a messaging driver is among the drivers
 */
public record NotificationTransport(List<String> drivers, Optional<String> transportUrl) {
    private static final List<String> MESSAGING = List.of("messagingv2", "messaging");

    public NotificationTransport {
        drivers = List.copyOf(drivers);
    }

    /**
     * Reads the file that holds the transport_url, if one is named.
     *
     * @throws ConfigException when that fails, when there is neither driver nor transport_url, or a messaging driver
     *     without one
     */
    public static NotificationTransport from(Configuration configuration) {
        Optional<String> url = url(configuration);
        List<String> drivers = configuration.find(OsloNotificationOptions.DRIVER).orElse(List.of()).stream()
                .distinct()
                .toList();
        if (drivers.isEmpty() && url.isPresent()) {
            drivers = List.of("messagingv2");
        }
        if (drivers.isEmpty()) {
            throw configuration.bad(OsloNotificationOptions.DRIVER, "there must be a driver or a transport_url");
        }
        if (url.isEmpty() && drivers.stream().anyMatch(MESSAGING::contains)) {
            throw configuration.bad(OsloNotificationOptions.DRIVER, "needs a transport_url");
        }
        return new NotificationTransport(drivers, url);
    }

    private static Optional<String> url(Configuration configuration) {
        Optional<String> file = configuration.find(OsloNotificationOptions.TRANSPORT_URL_FILE);
        if (file.isPresent()) {
            return Optional.of(fileText(configuration, file.get()));
        }
        return given(configuration, OsloNotificationOptions.TRANSPORT_URL)
                .or(() -> given(configuration, DefaultOptions.TRANSPORT_URL));
    }

    /**
     * The transport_url that is alone in a file.
     *
     * @throws ConfigException that names the file
     */
    public static String read(Path file) {
        try {
            String text = Files.readString(file).strip();
            if (text.isEmpty()) {
                throw new ConfigException(file + ": the file is empty");
            }
            return text;
        } catch (IOException e) {
            throw new ConfigException(file + ": the file " + ConfigFiles.reason(e));
        }
    }

    private static Optional<String> given(Configuration configuration, Option<String> option) {
        return configuration.find(option).filter(text -> !text.isEmpty());
    }

    private static String fileText(Configuration configuration, String file) {
        try {
            String text = Files.readString(Path.of(file)).strip();
            if (text.isEmpty()) {
                throw configuration.bad(OsloNotificationOptions.TRANSPORT_URL_FILE, "the file is empty");
            }
            return text;
        } catch (IOException e) {
            throw configuration.bad(OsloNotificationOptions.TRANSPORT_URL_FILE, "the file " + ConfigFiles.reason(e));
        }
    }

    @Override
    public String toString() {
        return "NotificationTransport[drivers=" + drivers + ", transportUrl="
                + transportUrl.map(url -> "***").orElse("none") + "]";
    }
}
