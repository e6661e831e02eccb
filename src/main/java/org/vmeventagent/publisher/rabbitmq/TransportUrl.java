package org.vmeventagent.publisher.rabbitmq;

import java.io.ByteArrayOutputStream;
import java.net.IDN;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.vmeventagent.config.ConfigException;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.DefaultOptions;
import org.vmeventagent.config.NotificationTransport;
import org.vmeventagent.config.Option;
import org.vmeventagent.config.OsloNotificationOptions;

/**
 * oslo.messaging's transport_url, {@code rabbit://[user:pass@]host[:port][,...]/vhost?option=value}, as 14.0.3 reads it:
 * <ul>
 *   <li>credentials end at the last {@code @} of a host's part, the user at the first {@code :}; both are
 *       percent-decoded, {@code +} stays;
 *   <li>each host has its own credentials; a missing user or password is {@code guest}, never another host's;
 *   <li>a name with other letters than ASCII's is what a name server knows it as;
 *   <li>no host is localhost, no port 5672 (with TLS too), an empty virtual host {@code /};
 *   <li>a repeated query parameter's values are joined with commas.
 * </ul>
 *
 * <p>Stricter than oslo.messaging where it would take a piece of a password for something else: what follows the hosts
 * holds no {@code @}; among several hosts a user has a password, and no host
 * with credentials follows one without.
 *
 * @param hosts in the order of the URL, at least one
 * @param query option names with their values, not checked
 * @param warnings one line each, without passwords
 */
public record TransportUrl(List<Host> hosts, String virtualHost, Map<String, String> query, List<String> warnings) {
    private static final int DEFAULT_PORT = 5672;
    private static final String GUEST = "guest";
    private static final String HINT = "; in a user or password / ? # @ , [ ] and % must be percent-encoded";

    public TransportUrl {
        hosts = List.copyOf(hosts);
        query = Map.copyOf(query);
        warnings = List.copyOf(warnings);
    }

    /**
     * The URL of a configuration.
     *
     * @param text it, as {@link NotificationTransport} found it
     * @throws ConfigException that names the option and the part which is wrong
     */
    public static TransportUrl of(Configuration configuration, String text) {
        try {
            return parse(text);
        } catch (IllegalArgumentException e) {
            Option<?> source = configuration.isSet(OsloNotificationOptions.TRANSPORT_URL_FILE)
                    ? OsloNotificationOptions.TRANSPORT_URL_FILE
                    : configuration.isSet(OsloNotificationOptions.TRANSPORT_URL)
                            ? OsloNotificationOptions.TRANSPORT_URL
                            : DefaultOptions.TRANSPORT_URL;
            throw configuration.bad(source, String.valueOf(e.getMessage()));
        }
    }

    /**
     * Takes a URL apart.
     *
     * @throws IllegalArgumentException one line that names the part which is wrong, and shows none of the URL
     */
    public static TransportUrl parse(String url) {
        String text = url.replaceAll("[\t\r\n]", "").strip();
        int begin = text.indexOf("://");
        if (begin < 0 || !isRabbit(text.substring(0, begin))) {
            throw new IllegalArgumentException("transport_url must begin with rabbit://");
        }
        text = text.substring(begin + 3);
        int end = firstOf(text, "/?#");
        String afterHosts = text.substring(end);
        if (afterHosts.indexOf('@') >= 0) {
            throw new IllegalArgumentException(
                    "transport_url has an @ after the hosts: all hosts stand before the one" + " virtual host" + HINT);
        }
        List<String> warnings = new ArrayList<>();
        return new TransportUrl(
                hosts(text.substring(0, end), warnings), virtualHost(afterHosts), query(afterHosts), warnings);
    }

    private static boolean isRabbit(String scheme) {
        return List.of("rabbit", "kombu").contains(scheme.toLowerCase(Locale.ROOT));
    }

    private static List<Host> hosts(String text, List<String> warnings) {
        List<String> parts = new ArrayList<>(List.of(text.split(",", -1)));
        parts.removeIf(String::isEmpty);
        if (parts.isEmpty()) {
            parts.add("");
        }
        List<Host> hosts = new ArrayList<>();
        refuseLateCredentials(parts);
        for (int i = 0; i < parts.size(); i++) {
            hosts.add(host(parts.get(i), i + 1, parts.size(), warnings));
        }
        return hosts;
    }

    /** A host without credentials before one with them: most likely the comma stands in a password. */
    private static void refuseLateCredentials(List<String> parts) {
        for (int i = 1; i < parts.size(); i++) {
            if (parts.get(i).indexOf('@') >= 0 && parts.get(i - 1).indexOf('@') < 0) {
                throw new IllegalArgumentException(
                        "host " + i + " of transport_url has no user and password, but the next one has" + HINT);
            }
        }
    }

    private static Host host(String part, int number, int count, List<String> warnings) {
        String which = "host " + number + " of transport_url";
        int at = part.lastIndexOf('@');
        String credentials = at < 0 ? "" : part.substring(0, at);
        int colon = credentials.indexOf(':');
        if (count > 1 && at >= 0 && colon < 0) {
            throw new IllegalArgumentException(which + " has a user without a password" + HINT);
        }
        String user = PercentText.decode(colon < 0 ? credentials : credentials.substring(0, colon));
        String password = colon < 0 ? "" : PercentText.decode(credentials.substring(colon + 1));
        if (user.isEmpty() || password.isEmpty()) {
            warnings.add(which + " has no user and password of its own: guest is tried for what is missing");
        }
        String address = part.substring(at + 1);
        int portColon = portColon(address, which);
        String port = portColon < 0 ? "" : address.substring(portColon + 1);
        return new Host(
                hostName(portColon < 0 ? address : address.substring(0, portColon), which),
                port.isEmpty() ? DEFAULT_PORT : port(port, which),
                user.isEmpty() ? GUEST : user,
                password.isEmpty() ? GUEST : password);
    }

    /** Where the port begins; -1 for none. */
    private static int portColon(String address, String which) {
        if (!address.startsWith("[")) {
            return address.indexOf(':');
        }
        int end = address.indexOf(']');
        boolean closed = end > 1 && (end == address.length() - 1 || address.charAt(end + 1) == ':');
        if (!closed) {
            throw new IllegalArgumentException(which + " has a bracket that is not an IPv6 address" + HINT);
        }
        return end == address.length() - 1 ? -1 : end + 1;
    }

    private static String hostName(String text, String which) {
        if (text.isEmpty()) {
            return "localhost";
        }
        if (text.startsWith("[")) {
            String address = text.substring(1, text.length() - 1);
            if (!address.matches("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[\\w.-]+)?")) {
                throw new IllegalArgumentException(which + " has a bracket that is not an IPv6 address" + HINT);
            }
            return address;
        }
        if (!text.matches("[\\p{L}\\p{N}._-]+")) {
            throw new IllegalArgumentException(which + " has a name with characters that no host name has" + HINT);
        }
        try {
            return IDN.toASCII(text); // as Python's resolver
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(which + " has a name that no name server takes: a part between two dots"
                    + " is empty or longer than 63 characters" + HINT);
        }
    }

    private static int port(String text, String which) {
        int port = text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : 0;
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException(
                    which + " has a port that is not a number from 1 to 65535; an IPv6 address" + " stands in brackets"
                            + HINT);
        }
        return port;
    }

    private static String virtualHost(String afterHosts) {
        String path = afterHosts.substring(0, firstOf(afterHosts, "?#"));
        String decoded = path.isEmpty() ? "" : PercentText.decode(path.substring(1));
        return decoded.isEmpty() ? "/" : decoded;
    }

    private static Map<String, String> query(String afterHosts) {
        String unfragmented = afterHosts.substring(0, firstOf(afterHosts, "#"));
        int begin = firstOf(unfragmented, "?");
        Map<String, String> query = new LinkedHashMap<>();
        if (begin < unfragmented.length()) {
            for (String pair : unfragmented.substring(begin + 1).split("&", -1)) {
                addParameter(query, pair);
            }
        }
        return query;
    }

    /** As Python's parse_qs: a parameter without a value is none. */
    private static void addParameter(Map<String, String> query, String pair) {
        int equals = pair.indexOf('=');
        if (equals >= 0 && equals < pair.length() - 1) {
            String value = PercentText.decode(pair.substring(equals + 1).replace('+', ' '));
            query.merge(
                    PercentText.decode(pair.substring(0, equals).replace('+', ' ')),
                    value,
                    (earlier, later) -> earlier + "," + later);
        }
    }

    /** The index of the first of these characters, else the length. */
    private static int firstOf(String text, String characters) {
        for (int i = 0; i < text.length(); i++) {
            if (characters.indexOf(text.charAt(i)) >= 0) {
                return i;
            }
        }
        return text.length();
    }

    @Override
    public String toString() {
        return "TransportUrl[hosts=" + hosts + ", virtualHost=" + virtualHost + ", query=" + query.keySet() + "]";
    }

    /** One host of a transport_url, with its own credentials. The password is in no text that this makes. */
    public record Host(String host, int port, String user, String password) {
        /** The host and port as in a URL. */
        public String address() {
            return (host.indexOf(':') >= 0 ? '[' + host + ']' : host) + ':' + port;
        }

        @Override
        public String toString() {
            return user + '@' + address();
        }
    }

    /** Percent-encoded text as Python's urllib.parse.unquote takes it. */
    private static final class PercentText {
        private PercentText() {}

        /** Decodes as UTF-8, with U+FFFD for what isn't; a percent sign without two hexadecimal digits stays as it is. */
        static String decode(String text) {
            StringBuilder decoded = new StringBuilder(text.length());
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            int i = 0;
            while (i < text.length()) {
                int octet = octetAt(text, i);
                if (octet >= 0) {
                    bytes.write(octet);
                    i += 3;
                } else {
                    flush(bytes, decoded);
                    decoded.append(text.charAt(i));
                    i++;
                }
            }
            flush(bytes, decoded);
            return decoded.toString();
        }

        private static int octetAt(String text, int index) {
            if (text.charAt(index) != '%' || index + 2 >= text.length()) {
                return -1;
            }
            int high = hexadecimal(text.charAt(index + 1));
            int low = hexadecimal(text.charAt(index + 2));
            return high < 0 || low < 0 ? -1 : high * 16 + low;
        }

        /** Of an ASCII digit only; Character.digit would also take others. */
        private static int hexadecimal(char c) {
            return c < 128 ? Character.digit(c, 16) : -1;
        }

        private static void flush(ByteArrayOutputStream bytes, StringBuilder decoded) {
            decoded.append(bytes.toString(StandardCharsets.UTF_8));
            bytes.reset();
        }
    }
}
