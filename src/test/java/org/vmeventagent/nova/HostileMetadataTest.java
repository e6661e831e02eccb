package org.vmeventagent.nova;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmeventagent.rig.GeneratedCases;
import org.vmeventagent.rig.SampleXml;
import org.vmeventagent.rig.TextMutator;

/** A tenant names his instance, an operator edits the XML: the reader takes anything, within bounds. */
@Tag("fuzz")
class HostileMetadataTest {
    private static final List<String> SAMPLES =
            SampleXml.ALL.stream().map(SampleXml::of).toList();

    /** For a text of 64 KiB that is read in a fraction of a millisecond, on a machine that does something else. */
    private static final long LONGEST_NANOS = 5_000_000_000L;

    @Test
    void readsDamagedMetadataWithinBounds() {
        GeneratedCases.each("damaged metadata", 20_000, random -> {
            String sample = SAMPLES.get(random.nextInt(SAMPLES.size()));
            assertWithinBounds(TextMutator.of(sample, random));
        });
    }

    @Test
    void readsAnyTextWithinBounds() {
        GeneratedCases.each("any text as metadata", 5_000, random -> {
            assertWithinBounds(TextMutator.text(random, 200));
            assertWithinBounds("<instance><name>" + TextMutator.text(random, 200) + "</name></instance>");
        });
    }

    @Test
    void readsBackWhatNovaWrites() {
        GeneratedCases.each("written metadata", 5_000, random -> {
            Instance instance = instance(random);
            assertEquals(Optional.of(instance), MetadataReader.read(PrintedInstance.of(instance)));
        });
    }

    @Tag("long")
    @MethodSource("samples")
    @FuzzTest(maxDuration = "2m")
    void fuzzMetadata(byte[] data) {
        assertWithinBounds(new String(data, StandardCharsets.UTF_8));
    }

    static Stream<byte[]> samples() {
        return SAMPLES.stream().map(sample -> sample.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertWithinBounds(String text) {
        long begin = System.nanoTime();
        Optional<Instance> read = MetadataReader.read(text);
        assertTrue(System.nanoTime() - begin < LONGEST_NANOS);
        if (read.isPresent()) {
            Instance instance = read.get();
            List<String> texts = texts(instance);
            assertTrue(texts.stream().mapToInt(String::length).sum() <= 2 * MetadataReader.MAX_BYTES);
            texts.forEach(HostileMetadataTest::assertXmlText);
            Instance.Flavor flavor = instance.flavor();
            if (flavor != null) {
                Stream.of(flavor.memoryMb(), flavor.diskGb(), flavor.ephemeralGb(), flavor.swapMb(), flavor.vcpus())
                        .forEach(size -> assertTrue(size == null || size >= 0));
            }
        }
    }

    /** Neither a control character nor half a surrogate pair, whatever the text held; nor nothing, nor N/A. */
    private static void assertXmlText(String text) {
        assertFalse(text.isBlank() || text.strip().equals("N/A"), text);
        assertTrue(text.codePoints().allMatch(HostileMetadataTest::isOfXml), text);
    }

    private static List<String> texts(Instance instance) {
        List<@Nullable String> texts = new ArrayList<>();
        texts.add(instance.displayName());
        texts.add(instance.novaVersion());
        for (Instance.Owner owner : new Instance.@Nullable Owner[] {instance.project(), instance.user()}) {
            if (owner != null) {
                texts.add(owner.id());
                texts.add(owner.name());
            }
        }
        if (instance.flavor() != null) {
            texts.add(instance.flavor().name());
            texts.add(instance.flavor().id());
            texts.addAll(instance.flavor().extraSpecs().keySet());
            texts.addAll(instance.flavor().extraSpecs().values());
        }
        if (instance.image() != null) {
            texts.add(instance.image().id());
            texts.addAll(instance.image().properties().keySet());
            texts.addAll(instance.image().properties().values());
        }
        instance.fixedIps().forEach(ip -> {
            texts.add(ip.address());
            texts.add(ip.type());
            texts.add(ip.portId());
        });
        List<String> present = new ArrayList<>();
        for (String text : texts) {
            if (text != null) {
                present.add(text);
            }
        }
        return present;
    }

    private static Instance instance(Random random) {
        return new Instance(
                name(random),
                new Instance.Owner(name(random), name(random)),
                random.nextBoolean() ? new Instance.Owner(name(random), null) : null,
                new Instance.Flavor(
                        name(random),
                        random.nextBoolean() ? name(random) : null,
                        random.nextInt(Integer.MAX_VALUE),
                        random.nextInt(3),
                        Integer.MAX_VALUE,
                        null,
                        0,
                        names(random)),
                random.nextBoolean() ? new Instance.Image(name(random), names(random)) : null,
                Stream.generate(() -> new Instance.FixedIp(
                                name(random), random.nextBoolean() ? 4 : null, name(random), name(random)))
                        .limit(random.nextInt(4))
                        .toList(),
                name(random),
                Instant.ofEpochSecond(random.nextInt(Integer.MAX_VALUE)));
    }

    private static Map<String, String> names(Random random) {
        Map<String, String> names = new LinkedHashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            names.put(name(random), name(random));
        }
        return names;
    }

    /** Anything that XML can hold and that is not nothing; mostly what has to be escaped. */
    private static String name(Random random) {
        StringBuilder name = new StringBuilder("n");
        TextMutator.text(random, 20)
                .codePoints()
                .filter(HostileMetadataTest::isOfXml)
                .forEach(name::appendCodePoint);
        return name.toString();
    }

    private static boolean isOfXml(int c) {
        boolean mayBeWritten = c >= ' ' && (c < 0xD800 || c > 0xDFFF) && c != 0xFFFE && c != 0xFFFF;
        return mayBeWritten || c == '\t' || c == '\n' || c == '\r';
    }
}
