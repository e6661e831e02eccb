package org.vmeventagent.nova;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.rig.SampleXml;

class MetadataReaderTest {
    private static final String OPEN =
            "<domain><metadata><nova:instance xmlns:nova=\"http://openstack.org/xmlns/libvirt/nova/1.1\">";
    private static final String CLOSE = "</nova:instance></metadata></domain>";

    @Test
    void readsTheFirstGeneration() {
        assertEquals(
                new Instance(
                        "old hand",
                        new Instance.Owner("aa11bb22cc33dd44ee55ff6600112233", null),
                        new Instance.Owner("0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0", null),
                        new Instance.Flavor("m1.small", null, 2048, 20, 10, 0, 1, Map.of()),
                        new Instance.Image("155d900f-4e14-4e4c-a73d-069cbf4541e6", Map.of()),
                        List.of(),
                        "14.0.3",
                        Instant.parse("2017-04-09T23:59:59Z")),
                sample("nova-1.0"));
    }

    @Test
    void readsTheSecondGenerationWithPorts() {
        Instance instance = sample("nova-26-interface-attached");

        assertEquals("vm1-fourth", instance.displayName());
        assertEquals(new Instance.Owner("c6b58fdbbb2d463585449ad5661d3edc", "demo"), instance.project());
        assertEquals(new Instance.Owner("03e90297e84e4bfb8b2d4f130876493b", "alice"), instance.user());
        assertEquals(
                List.of(
                        new Instance.FixedIp("fd77::2b3", 6, "fixed", "5b5c656a-0cf8-4cca-a528-d8074a47ec32"),
                        new Instance.FixedIp("10.77.0.142", 4, "fixed", "5b5c656a-0cf8-4cca-a528-d8074a47ec32"),
                        new Instance.FixedIp("fd77::88", 6, "fixed", "5c997662-849f-477b-825c-1a0414ee63cc"),
                        new Instance.FixedIp("10.77.0.194", 4, "fixed", "5c997662-849f-477b-825c-1a0414ee63cc")),
                instance.fixedIps());
        assertEquals(Instant.parse("2026-11-22T20:49:51Z"), instance.createdAt());
    }

    @Test
    void readsTheThirdGenerationWithAnyPrefix() {
        assertEquals(
                new Instance(
                        "web & worker \uD83E\uDD8A",
                        new Instance.Owner("77665544332211000011223344556677", "web shop"),
                        new Instance.Owner("9a8b7c6d5e4f30211203f4e5d6c7b8a9", "bob"),
                        new Instance.Flavor(
                                "c2.large",
                                "c2-large",
                                8192,
                                80,
                                5,
                                512,
                                4,
                                Map.of("hw:cpu_policy", "dedicated", "hw:mem_page_size", "large")),
                        new Instance.Image(
                                "11112222-3333-4444-8555-666677778888",
                                Map.of(
                                        "container_format", "bare",
                                        "disk_format", "qcow2",
                                        "min_disk", "20",
                                        "min_ram", "512",
                                        "hw_machine_type", "q35",
                                        "os_distro", "debian")),
                        List.of(
                                new Instance.FixedIp("192.0.2.14", 4, "fixed", "12121212-3434-4545-8686-787878787878"),
                                new Instance.FixedIp(
                                        "2001:db8::14", 6, "fixed", "12121212-3434-4545-8686-787878787878")),
                        "32.0.1",
                        Instant.parse("2026-03-02T07:15:41Z")),
                sample("nova-2025.2"));
    }

    /** Tens of thousands of instances of a host would have some hundred bytes each of the same text. */
    @Test
    void instancesShareWhatIsEqual() {
        Instance one = sample("nova-26-interface-attached");
        Instance other = sample("nova-26-interface-attached");

        assertNotSame(one, other);
        assertSame(one.project(), other.project());
        assertSame(one.user(), other.user());
        assertSame(one.flavor(), other.flavor());
        assertSame(one.image(), other.image());
        assertSame(one.novaVersion(), other.novaVersion());
    }

    @Test
    void readsWhatTheMetadataApiAnswers() {
        Instance instance = sample("metadata-api");

        assertEquals("vm1-fourth", instance.displayName());
        assertEquals(2, instance.fixedIps().size());
        assertNull(instance.image(), "a root of type volume is no image");
    }

    @Test
    void decodesEntitiesInNames() {
        assertEquals("vm1-renamed & <new>", sample("nova-26-renamed-stopped").displayName());
    }

    @Test
    void readsSwapAndEphemeral() {
        Instance.Flavor flavor = sample("nova-26-swap-ephemeral").flavor();

        assertEquals(new Instance.Flavor("m1.eph", null, 192, 1, 1, 64, 1, Map.of()), flavor);
    }

    @Test
    void readsWhatNova33Writes() {
        Instance instance = sample("nova-33-swap-ephemeral-inactive");

        assertEquals(
                new Instance.Flavor("m1.eph", "3", 192, 1, 1, 64, 1, Map.of("quota:disk_total_iops_sec", "1000")),
                instance.flavor());
        assertEquals("33.0.2", instance.novaVersion());
        assertEquals(
                List.of("fd77::3db", "10.77.0.134"),
                sample("nova-33-created").fixedIps().stream()
                        .map(Instance.FixedIp::address)
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "plain",
                "<domain/>",
                "<domain><metadata/></domain>",
                "<domain><instance><name>x</name></instance></domain>",
                "<domain><metadata><instance><name>x</name></instance></metadata></domain>",
                "<domain><metadata><a><instance xmlns='http://openstack.org/xmlns/libvirt/nova/1.1'><name>x</name>"
                        + "</instance></a></metadata></domain>",
                "<x><metadata><instance xmlns='http://openstack.org/xmlns/libvirt/nova/1.1'><name>x</name>"
                        + "</instance></metadata></x>",
                "<instance xmlns='http://example.org/'><name>x</name></instance>",
                "<instance/>",
                "<instance"
            })
    void findsNoInstance(String text) {
        assertEquals(Optional.empty(), MetadataReader.read(text));
    }

    @Test
    void ignoresElementsOfOtherNamespacesInTheInstance() {
        Instance instance =
                read("<nova:name>mine</nova:name><name>other</name><x:name xmlns:x='urn:x'>other</x:name>" + CLOSE);

        assertEquals("mine", instance.displayName());
    }

    @Test
    void takesNotAvailableAndEmptyForUnknown() {
        Instance instance = read("<nova:package version=''/><nova:name> N/A </nova:name><nova:owner>"
                + "<nova:user uuid='u'>N/A</nova:user><nova:project uuid=''></nova:project></nova:owner>"
                + "<nova:root type='image' uuid=''/>" + CLOSE);

        assertEquals(
                new Instance(null, null, new Instance.Owner("u", null), null, null, List.of(), null, null), instance);
    }

    @Test
    void takesTheImageFromTheRootWhereTheImageElementHasNone() {
        assertEquals(
                new Instance.Image("r", Map.of("disk_format", "raw")),
                read("<nova:image uuid=''><nova:diskFormat>raw</nova:diskFormat></nova:image>"
                                + "<nova:root type='image' uuid='r'/>" + CLOSE)
                        .image());
        assertNull(read("<nova:name>n</nova:name><nova:root type='volume' uuid='v'/>" + CLOSE)
                .image());
    }

    @ParameterizedTest
    @ValueSource(strings = {"+12026-03-02 07:15:41", "-2026-03-02 07:15:41", "0000-03-02 07:15:41", "2026-03-02"})
    void timeThatNoConsumerReadsIsNone(String time) {
        assertNull(read("<nova:name>n</nova:name><nova:creationTime>" + time + "</nova:creationTime>" + CLOSE)
                .createdAt());
    }

    @Test
    void losesOnlyTheMalformedElement() {
        Instance instance = read("<nova:name>n</nova:name><nova:creationTime>2026-02-30 07:15:41</nova:creationTime>"
                + "<nova:flavor><nova:memory>99999999999</nova:memory><nova:disk>ten</nova:disk>"
                + "<nova:swap>-1</nova:swap><nova:ephemeral/><nova:vcpus> 2 </nova:vcpus>"
                + "<nova:extraSpecs><nova:extraSpec>nameless</nova:extraSpec>"
                + "<nova:extraSpec name='a'>b</nova:extraSpec></nova:extraSpecs></nova:flavor>"
                + "<nova:owner><nova:user>alice</nova:user></nova:owner>"
                + "<nova:ports><nova:port><nova:ip type='fixed'/><nova:ip address='a' ipVersion='5'/></nova:port>"
                + "</nova:ports>" + CLOSE);

        assertEquals(
                new Instance(
                        "n",
                        null,
                        new Instance.Owner(null, "alice"),
                        new Instance.Flavor(null, null, null, null, null, null, 2, Map.of("a", "b")),
                        null,
                        List.of(new Instance.FixedIp("a", null, null, null)),
                        null,
                        null),
                instance);
    }

    @ParameterizedTest
    @ValueSource(strings = {"</oops>", "&nope;</nova:package>", "<nova:package", "<<", "&#0;", "\u0001<", ""})
    void keepsWhatWasWholeBeforeTheDamage(String damage) {
        Instance instance = read("<nova:name>n</nova:name><nova:flavor name='f'><nova:vcpus>2</nova:vcpus>" + damage);

        assertEquals("n", instance.displayName());
        assertEquals(new Instance.Flavor("f", null, null, null, null, null, 2, Map.of()), instance.flavor());
    }

    @Test
    void replacesCharactersThatXmlForbids() {
        Instance instance =
                read("<nova:name>a\u0000b\u001B[31mc\uD800d\uFFFE</nova:name><nova:package version='1'/>" + CLOSE);

        assertEquals("a\uFFFDb\uFFFD[31mc\uFFFDd\uFFFD", instance.displayName());
        assertEquals("1", instance.novaVersion());
    }

    @Test
    void expandsNoEntitiesAndReadsNoExternalOnes() {
        String entities = "<!DOCTYPE domain [<!ENTITY a 'lol'><!ENTITY b '&a;&a;'>"
                + "<!ENTITY c SYSTEM 'file:///etc/hostname'>]>" + OPEN;

        assertEquals(Optional.empty(), MetadataReader.read(entities + "<nova:name>&b;&c;</nova:name>" + CLOSE));
        assertNull(read("<nova:name>a&b;c</nova:name><nova:package version='1'/>" + CLOSE)
                .displayName());
    }

    @Test
    void stopsAtSixtyFourKibibytes() {
        String wide = "\u20AC".repeat(30_000);

        assertNotNull(read("<nova:name>n</nova:name><nova:package version='" + wide + "'/>" + CLOSE));
        assertNull(read("<nova:name>n</nova:name><nova:package version='" + wide + "'/>" + CLOSE)
                .novaVersion());
        assertNotNull(read("<nova:package version='" + wide.substring(0, 20_000) + "'/>" + CLOSE)
                .novaVersion());
    }

    @Test
    void stopsAtElementsTooDeep() {
        Instance instance = read("<nova:name>n</nova:name>" + "<nova:a>".repeat(5_000) + "</nova:a>".repeat(5_000)
                + "<nova:package version='1'/>" + CLOSE);

        assertEquals("n", instance.displayName());
        assertNull(instance.novaVersion());
    }

    @Test
    void readsInManyThreadsAtOnce() throws Exception {
        Instance expected = sample("nova-2025.2");
        String text = SampleXml.of("nova-2025.2");
        Callable<Boolean> reads = () -> {
            for (int i = 0; i < 500; i++) {
                if (!MetadataReader.read(text).equals(Optional.of(expected))) {
                    return false;
                }
            }
            return true;
        };
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (Future<Boolean> same : threads.invokeAll(List.of(reads, reads, reads, reads))) {
                assertTrue(same.get());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static Instance sample(String name) {
        return MetadataReader.read(SampleXml.of(name)).orElseThrow();
    }

    private static Instance read(String inner) {
        return MetadataReader.read(OPEN + inner).orElseThrow();
    }
}
