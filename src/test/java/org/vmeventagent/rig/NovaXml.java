package org.vmeventagent.rig;

import java.util.UUID;

/** Domain XML with the metadata that Nova writes. */
public final class NovaXml {
    public static final String NAMESPACE = "http://openstack.org/xmlns/libvirt/nova/1.1";

    private NovaXml() {}

    /** The metadata API's argument: one element without prefix. */
    public static String instance(String displayName) {
        return """
                <instance><package version="26.2.2"/><name>%s</name>\
                <creationTime>2026-03-02 07:15:41</creationTime>\
                <flavor name="m1.nano"><memory>64</memory><disk>1</disk><swap>0</swap><ephemeral>0</ephemeral><vcpus>1</vcpus></flavor>\
                <owner><user uuid="8d1c0f3d5a7c4b1fb7a1d1c9f6a4e001">alice</user>\
                <project uuid="2b7e4c9a1d7f4c52a3c8f2c4ab9d7002">billing</project></owner></instance>""".formatted(displayName);
    }

    /** The {@code <metadata>} element of a domain. */
    public static String metadata(String displayName) {
        return "<metadata>" + instance(displayName).replace("<instance>", "<instance xmlns='" + NAMESPACE + "'>")
                + "</metadata>";
    }

    /** A domain of the test driver. */
    public static String testDomain(String name, UUID uuid, String displayName) {
        return "<domain type='test'><name>%s</name><uuid>%s</uuid>%s<memory>65536</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>"
                .formatted(name, uuid, metadata(displayName));
    }

    /** A domain of the test driver that Nova knows nothing of. */
    public static String plainTestDomain(String name, UUID uuid) {
        return "<domain type='test'><name>%s</name><uuid>%s</uuid><memory>65536</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>"
                .formatted(name, uuid);
    }
}
