package org.vmeventagent.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.jna.Pointer;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.libvirt.Connect;
import org.vmeventagent.nova.Instance;
import org.vmeventagent.nova.MetadataReader;
import org.vmeventagent.rig.NovaXml;

/** Against libvirt's test driver in this process. */
class DomainReaderTest {
    private static final String URI = "test:///default";

    private final UUID uuid = UUID.randomUUID();
    private Connect writer;
    private NativeConnect connect;

    @BeforeEach
    void open() throws Exception {
        EventLoop.start();
        writer = new Connect(URI, false);
        connect = new NativeConnect(URI);
    }

    @AfterEach
    void close() throws Exception {
        connect.close();
        writer.close();
    }

    /** For a driver that has the metadata, and no function for them. */
    @Test
    void xmlHasTheSameMetadataAsTheAnswerOfTheirFunction() throws Exception {
        String described = NovaXml.testDomain("described-" + uuid, uuid, "w\u00fcnsch &amp; co")
                .replace("<metadata>", "<description>&lt;metadata&gt;</description><metadata>");
        writer.domainDefineXML(described).free();

        Map<UUID, @Nullable String> inXml = new HashMap<>();
        Map<UUID, @Nullable String> answered = new HashMap<>();
        DomainReader.each(connect.raw(), 0, domain -> {
            UUID each = EventSubscription.uuid(domain);
            inXml.put(each, metadataInXml(domain));
            answered.put(each, DomainReader.lookup(connect.raw(), each, domain).metadata());
        });

        Instance instance = MetadataReader.read(String.valueOf(inXml.get(uuid))).orElseThrow();
        assertEquals("w\u00fcnsch & co", instance.displayName());
        assertEquals(MetadataReader.read(String.valueOf(answered.get(uuid))).orElseThrow(), instance);
        assertEquals(
                inXml.size() - 1,
                inXml.values().stream().filter(text -> text == null).count());
        writer.domainLookupByUUID(uuid).undefine();
    }

    private static @Nullable String metadataInXml(Pointer domain) {
        try {
            return DomainReader.metadataInXml(domain);
        } catch (LibvirtFailure e) {
            throw new AssertionError(e);
        }
    }
}
