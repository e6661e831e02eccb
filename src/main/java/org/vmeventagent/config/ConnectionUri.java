package org.vmeventagent.config;

import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The form of a libvirt connection URI. A driver that libvirt never had is a typing error: libvirt would look up a
 * daemon of that name for ever.
 */
public final class ConnectionUri {
    /** Those with domains, up to libvirt 11.2 (src/remote/remote_driver.c, and the drivers' own schemes). */
    private static final Set<String> DRIVERS = new TreeSet<>(Set.of(
            "bhyve",
            "ch",
            "esx",
            "gsx",
            "hyperv",
            "lxc",
            "openvz",
            "parallels",
            "qemu",
            "test",
            "vbox",
            "vmwarefusion",
            "vmwareplayer",
            "vmwarews",
            "vpx",
            "vz",
            "xen"));

    /** What is allowed, in words that continue "must be". */
    public static final String ALLOWED =
            "a libvirt connection URI, DRIVER[+TRANSPORT]://..., of a driver among " + String.join(", ", DRIVERS);

    private static final Pattern CREDENTIALS = Pattern.compile("(?<=://)[^/\\s]*@");
    private static final Pattern FORM = Pattern.compile("([^:+]+)(?:\\+([^:]+))?://([^/?]*)([^?]*)\\??(.*)");

    /** Ports that libvirt takes where none is named. */
    private static final Map<String, String> PORTS = Map.of("tls", "16514", "tcp", "16509", "ssh", "22");

    /** These are no drivers of the daemon: what they connect to has other ports. */
    private static final Set<String> OWN_PROTOCOL = Set.of("esx", "gsx", "hyperv", "vpx");

    private ConnectionUri() {}

    /** Cuts {@code user:password@} out of every URI in the text: what a connection is called everywhere. */
    public static String withoutCredentials(String text) {
        return CREDENTIALS.matcher(text).replaceAll("");
    }

    /**
     * Two of these that lead to the same domains, whatever the user; the same text twice is one. Other paths of
     * a socket, parameters and names of a host are the same here.
     *
     * @return a line about them, without credentials; empty when there are none
     */
    public static Optional<String> repeated(Collection<String> uris) {
        Map<String, String> present = new HashMap<>();
        for (String uri : uris) {
            String other = present.putIfAbsent(destination(uri), uri);
            if (other != null && !other.equals(uri)) {
                String shown = withoutCredentials(uri);
                String shownOther = withoutCredentials(other);
                return Optional.of(
                        shown.equals(shownOther)
                                ? shown
                                        + " is there twice, as two users: one is allowed, a connection shows every domain"
                                : shown + " and " + shownOther + " are the same connection: one is allowed");
            }
        }
        return Optional.empty();
    }

    /** Where libvirt connects to, as src/remote/remote_driver.c makes it out. */
    private static String destination(String uri) {
        Matcher form = FORM.matcher(withoutCredentials(uri));
        if (!form.matches()) {
            return uri;
        }
        String driver = form.group(1).toLowerCase(Locale.ROOT);
        String host = form.group(3).toLowerCase(Locale.ROOT);
        String transport = form.group(2) != null
                ? form.group(2).toLowerCase(Locale.ROOT)
                : OWN_PROTOCOL.contains(driver) ? "" : host.isEmpty() ? "unix" : "tls";
        String port = PORTS.get(transport);
        if (port != null && host.endsWith(":" + port)) {
            host = host.substring(0, host.length() - port.length() - 1);
        }
        return driver + "+" + transport + "://" + host + form.group(4) + "?" + form.group(5);
    }

    /** Whether libvirt needs a user and a password for it, which are not in the URI alone. */
    public static boolean needsPassword(String uri) {
        int scheme = uri.indexOf("://");
        return scheme > 0 && OWN_PROTOCOL.contains(uri.substring(0, scheme).toLowerCase(Locale.ROOT));
    }

    public static boolean isValid(String uri) {
        int scheme = uri.indexOf("://");
        return scheme > 0
                && DRIVERS.contains(
                        uri.substring(0, scheme).toLowerCase(Locale.ROOT).split("\\+", 2)[0]);
    }
}
