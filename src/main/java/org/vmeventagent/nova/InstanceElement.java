package org.vmeventagent.nova;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * One {@code instance} element while it is read: takes its elements one after the other, keeps what was whole.
 *
 * <p>Belongs to the thread that reads.
 */
final class InstanceElement {
    private static final String NOVA = "http://openstack.org/xmlns/libvirt/nova/1.";
    private static final DateTimeFormatter CREATION_TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss").withResolverStyle(ResolverStyle.STRICT);

    private static final Instance NOTHING = new Instance(null, null, null, null, null, List.of(), null, null);

    private final Deque<String> paths = new ArrayDeque<>();
    private final StringBuilder text = new StringBuilder();
    private @Nullable String namespace;
    private boolean leaf;
    private @Nullable String attribute;
    private @Nullable String portId;

    private @Nullable String displayName;
    private Instance.@Nullable Owner project;
    private Instance.@Nullable Owner user;
    private @Nullable String flavorName;
    private @Nullable String flavorId;
    private final Map<String, Integer> sizes = new HashMap<>();
    private final Map<String, String> extraSpecs = new LinkedHashMap<>();
    private @Nullable String imageId;
    private @Nullable String rootImageId;
    private final Map<String, String> properties = new LinkedHashMap<>();
    private final List<Instance.FixedIp> fixedIps = new ArrayList<>();
    private @Nullable String novaVersion;
    private @Nullable Instant createdAt;

    static boolean isNova(@Nullable String namespace) {
        return namespace != null && (namespace.equals(NOVA + "0") || namespace.equals(NOVA + "1"));
    }

    boolean isOpen() {
        return !paths.isEmpty();
    }

    /** Begins. Only elements of the same namespace, or of none in an answer of the metadata API, are Nova's. */
    void open(@Nullable String itsNamespace) {
        namespace = itsNamespace == null ? "" : itsNamespace;
        paths.push("");
    }

    void start(XMLStreamReader xml) {
        String parent = paths.element();
        String own = xml.getNamespaceURI() == null ? "" : xml.getNamespaceURI();
        String path = (own.equals(namespace) ? "" : "?") + xml.getLocalName();
        paths.push(parent.isEmpty() ? path : parent + '/' + path);
        text.setLength(0);
        leaf = true;
        attributes(xml, paths.element());
    }

    void text(XMLStreamReader xml) {
        if (leaf) {
            text.append(xml.getTextCharacters(), xml.getTextStart(), xml.getTextLength());
        }
    }

    /** The text has a hole: better none than a wrong one. */
    void unreadable() {
        leaf = false;
    }

    /** Ends the innermost element; false when that was the instance. */
    boolean end() {
        String value = leaf ? known(text.toString()) : null;
        leaf = false;
        String path = paths.pop();
        if (value != null) {
            element(path, value);
        }
        return isOpen();
    }

    Optional<Instance> build() {
        String image = imageId != null ? imageId : rootImageId;
        Instance instance = new Instance(
                displayName,
                project,
                user,
                flavor(),
                image == null && properties.isEmpty() ? null : new Instance.Image(image, properties),
                fixedIps,
                novaVersion,
                createdAt);
        return instance.equals(NOTHING) ? Optional.empty() : Optional.of(instance);
    }

    private void attributes(XMLStreamReader xml, String path) {
        switch (path) {
            case "package" -> novaVersion = attribute(xml, "version");
            case "flavor" -> {
                flavorName = attribute(xml, "name");
                flavorId = attribute(xml, "id");
            }
            case "flavor/extraSpecs/extraSpec", "image/properties/property" -> attribute = attribute(xml, "name");
            case "owner/user" -> user = owner(attribute(xml, "uuid"), null);
            case "owner/project" -> project = owner(attribute(xml, "uuid"), null);
            case "root" -> rootImageId = "image".equals(attribute(xml, "type")) ? attribute(xml, "uuid") : null;
            case "image" -> imageId = attribute(xml, "uuid");
            case "ports/port" -> portId = attribute(xml, "uuid");
            case "ports/port/ip" -> fixedIp(xml);
            default -> {
                // A later Nova may have more.
            }
        }
    }

    private void element(String path, String value) {
        switch (path) {
            case "name" -> displayName = value;
            case "creationTime" -> createdAt = time(value);
            case "owner/user" -> user = owner(user == null ? null : user.id(), value);
            case "owner/project" -> project = owner(project == null ? null : project.id(), value);
            case "flavor/memory", "flavor/disk", "flavor/swap", "flavor/ephemeral", "flavor/vcpus" -> size(path, value);
            case "flavor/extraSpecs/extraSpec" -> put(extraSpecs, attribute, value);
            case "image/containerFormat" -> properties.put("container_format", value);
            case "image/diskFormat" -> properties.put("disk_format", value);
            case "image/minDisk" -> properties.put("min_disk", value);
            case "image/minRam" -> properties.put("min_ram", value);
            case "image/properties/property" -> put(properties, attribute, value);
            default -> {
                // A later Nova may have more.
            }
        }
    }

    private void fixedIp(XMLStreamReader xml) {
        String address = attribute(xml, "address");
        if (address != null) {
            String version = attribute(xml, "ipVersion");
            fixedIps.add(new Instance.FixedIp(
                    address,
                    "4".equals(version) ? Integer.valueOf(4) : "6".equals(version) ? Integer.valueOf(6) : null,
                    attribute(xml, "type"),
                    portId));
        }
    }

    private Instance.@Nullable Flavor flavor() {
        return flavorName == null && flavorId == null && sizes.isEmpty() && extraSpecs.isEmpty()
                ? null
                : new Instance.Flavor(
                        flavorName,
                        flavorId,
                        sizes.get("flavor/memory"),
                        sizes.get("flavor/disk"),
                        sizes.get("flavor/ephemeral"),
                        sizes.get("flavor/swap"),
                        sizes.get("flavor/vcpus"),
                        extraSpecs);
    }

    private static Instance.@Nullable Owner owner(@Nullable String id, @Nullable String name) {
        return id == null && name == null ? null : new Instance.Owner(id, name);
    }

    private static void put(Map<String, String> map, @Nullable String key, @Nullable String value) {
        if (key != null && value != null) {
            map.putIfAbsent(key, value);
        }
    }

    private static @Nullable String attribute(XMLStreamReader xml, String name) {
        String value = xml.getAttributeValue(null, name);
        return value == null ? null : known(value);
    }

    /** Nova writes {@code N/A} for names it doesn't know, and nothing for ids it doesn't have. */
    private static @Nullable String known(String value) {
        String stripped = value.strip();
        return stripped.isEmpty() || stripped.equals("N/A") ? null : value;
    }

    private void size(String path, String value) {
        try {
            int size = Integer.parseInt(value.strip());
            if (size >= 0) {
                sizes.put(path, size);
            }
        } catch (NumberFormatException malformed) {
            // Only this number is lost.
        }
    }

    /** Of the years that ISO 8601 writes with four digits and Python knows. */
    private static @Nullable Instant time(String value) {
        try {
            LocalDateTime time = LocalDateTime.parse(value.strip(), CREATION_TIME);
            return time.getYear() < 1 || time.getYear() > 9999 ? null : time.toInstant(ZoneOffset.UTC);
        } catch (DateTimeException malformed) {
            return null;
        }
    }
}
