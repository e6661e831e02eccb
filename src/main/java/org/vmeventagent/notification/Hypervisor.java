package org.vmeventagent.notification;

/**
 * What the connection reported of itself when it came up; empty text where it hasn't yet.
 *
 * @param type the driver's name, {@code QEMU}
 * @param node libvirt's host name
 */
public record Hypervisor(String type, String node) {
    public static final Hypervisor UNKNOWN = new Hypervisor("", "");
}
