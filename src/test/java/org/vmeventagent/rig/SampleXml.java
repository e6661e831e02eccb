package org.vmeventagent.rig;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Metadata as libvirt gives it: captured from a real Nova 26.2, 31.0 and 33.0, the rest composed from Nova's source. */
public final class SampleXml {
    public static final List<String> ALL = List.of(
            "nova-1.0",
            "nova-26-created",
            "nova-26-created-inactive",
            "nova-26-renamed-stopped",
            "nova-26-interface-attached",
            "nova-26-rescued",
            "nova-26-swap-ephemeral",
            "nova-26-two-ports",
            "nova-2025.2",
            "nova-31-created",
            "nova-33-created",
            "nova-33-swap-ephemeral-inactive",
            "metadata-api");

    private SampleXml() {}

    public static String of(String name) {
        try (InputStream in = SampleXml.class.getResourceAsStream("/domain-xml/" + name + ".xml")) {
            if (in == null) {
                throw new IllegalArgumentException("no sample " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
