package org.vmeventagent.config;

import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text {@code ADDRESS:PORT} of an option.
 *
 * @param host a name or an address, an IPv6 address without its brackets
 * @param port 1 to 65535
 */
public record HostAndPort(String host, int port) {
    private static final Pattern FORM = Pattern.compile("(?:\\[([0-9A-Fa-f:.]+)]|([^\\s:\\[\\]/]+)):([0-9]{1,5})");

    /** Empty for what is neither {@code name:1234}, {@code 192.0.2.1:1234} nor {@code [2001:db8::1]:1234}. */
    public static Optional<HostAndPort> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int port = Integer.parseInt(matcher.group(3));
        String host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
        return port < 1 || port > 65_535 ? Optional.empty() : Optional.of(new HostAndPort(host, port));
    }

    /** Looks up a name. */
    public InetSocketAddress address() {
        return new InetSocketAddress(host, port);
    }
}
