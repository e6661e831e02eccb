package org.vmeventagent.config;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The form of a libvirt connection URI. A driver that libvirt never had is a typing error: libvirt would look for a
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

    private ConnectionUri() {}

    public static boolean isValid(String uri) {
        int scheme = uri.indexOf("://");
        return scheme > 0
                && DRIVERS.contains(
                        uri.substring(0, scheme).toLowerCase(Locale.ROOT).split("\\+", 2)[0]);
    }
}
