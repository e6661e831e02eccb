package org.vmeventagent.nova;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** An instance as Nova 2025.2 writes it. */
final class PrintedInstance {
    private static final String TIME = "uuuu-MM-dd HH:mm:ss";

    private final StringBuilder xml = new StringBuilder();

    private PrintedInstance() {}

    static String of(Instance instance) {
        PrintedInstance printed = new PrintedInstance();
        printed.print(instance);
        return "<domain type='kvm'><name>i</name><metadata>" + printed.xml + "</metadata></domain>";
    }

    private void print(Instance instance) {
        xml.append("<nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'><nova:package");
        attribute("version", instance.novaVersion());
        xml.append("/>");
        element("name", instance.displayName());
        element(
                "creationTime",
                instance.createdAt() == null
                        ? null
                        : DateTimeFormatter.ofPattern(TIME)
                                .withZone(ZoneOffset.UTC)
                                .format(instance.createdAt()));
        if (instance.flavor() != null) {
            flavor(instance.flavor());
        }
        if (instance.image() != null) {
            image(instance.image());
        }
        xml.append("<nova:owner>");
        owner("user", instance.user());
        owner("project", instance.project());
        xml.append("</nova:owner><nova:ports>");
        instance.fixedIps().forEach(this::port);
        xml.append("</nova:ports></nova:instance>");
    }

    private void flavor(Instance.Flavor flavor) {
        xml.append("<nova:flavor");
        attribute("name", flavor.name());
        attribute("id", flavor.id());
        xml.append('>');
        element("memory", flavor.memoryMb());
        element("disk", flavor.diskGb());
        element("swap", flavor.swapMb());
        element("ephemeral", flavor.ephemeralGb());
        element("vcpus", flavor.vcpus());
        xml.append("<nova:extraSpecs>");
        flavor.extraSpecs().forEach((name, value) -> named("extraSpec", "name", name, value));
        xml.append("</nova:extraSpecs></nova:flavor>");
    }

    private void image(Instance.Image image) {
        xml.append("<nova:image");
        attribute("uuid", image.id());
        xml.append("><nova:properties>");
        image.properties().forEach((name, value) -> named("property", "name", name, value));
        xml.append("</nova:properties></nova:image>");
    }

    private void owner(String which, Instance.@Nullable Owner owner) {
        if (owner != null) {
            named(which, "uuid", owner.id(), owner.name());
        }
    }

    private void port(Instance.FixedIp ip) {
        xml.append("<nova:port");
        attribute("uuid", ip.portId());
        xml.append("><nova:ip");
        attribute("type", ip.type());
        attribute("address", ip.address());
        attribute("ipVersion", ip.version());
        xml.append("/></nova:port>");
    }

    private void named(String element, String attribute, @Nullable String name, @Nullable String value) {
        xml.append("<nova:").append(element);
        attribute(attribute, name);
        xml.append('>')
                .append(value == null ? "" : escaped(value))
                .append("</nova:")
                .append(element)
                .append('>');
    }

    private void element(String name, @Nullable Object value) {
        if (value != null) {
            xml.append("<nova:").append(name).append('>');
            xml.append(escaped(value.toString())).append("</nova:").append(name).append('>');
        }
    }

    private void attribute(String name, @Nullable Object value) {
        if (value != null) {
            xml.append(' ').append(name).append("=\"");
            xml.append(escaped(value.toString())).append('"');
        }
    }

    /** With line breaks and tabs as numbers, since XML changes them otherwise. */
    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("\r", "&#13;")
                .replace("\n", "&#10;")
                .replace("\t", "&#9;");
    }
}
