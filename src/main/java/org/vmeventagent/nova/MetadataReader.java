package org.vmeventagent.nova;

import java.io.StringReader;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Reads Nova's metadata, all three generations of it: 1.0 (Juno), 1.1 with ports (Wallaby), and the richer 1.1 with
 * flavor id, extra specs and image (2025.2). The elements that are there give the generation, not the namespace.
 *
 * <p>Takes a domain's XML, where the {@code instance} element is found by its namespace below {@code domain/metadata},
 * and the answer of libvirt's metadata API, which has neither prefix nor namespace and is found by its name.
 *
 * <p>Text is tenants' and may be damaged: a malformed element loses only itself, malformed XML loses what comes after
 * it. Text beyond {@value #MAX_BYTES} bytes of UTF-8 is not read, elements deeper than {@value #DEEPEST} end the
 * reading, as does a document type declaration; entities are never looked up. Thread-safe.
 */
public final class MetadataReader {
    static final int MAX_BYTES = 64 * 1024;
    static final int DEEPEST = 32;

    /** In UTF-8, below the surrogates. */
    private static final int MAX_BYTES_OF_A_CHAR = 3;

    private static final char REPLACEMENT = '\uFFFD';

    /** Made once, since that is slow. Never configured again, and then safe to share (the JDK's own). */
    private static final XMLInputFactory FACTORY = factory();

    private MetadataReader() {}

    /**
     * The instance that a text describes. Never fails.
     *
     * @return empty when there is no instance element, or nothing whole in it
     */
    public static Optional<Instance> read(String text) {
        InstanceElement instance = new InstanceElement();
        try {
            XMLStreamReader xml = FACTORY.createXMLStreamReader(new StringReader(readable(text)));
            try {
                read(xml, instance);
            } finally {
                xml.close();
            }
        } catch (XMLStreamException | RuntimeException damaged) {
            // What was read whole before the damage is kept. The parser throws unchecked too.
            return instance.build();
        }
        return instance.build();
    }

    private static XMLInputFactory factory() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
        factory.setXMLResolver((publicId, systemId, baseUri, namespace) -> {
            throw new XMLStreamException("external entity");
        });
        return factory;
    }

    private static void read(XMLStreamReader xml, InstanceElement instance) throws XMLStreamException {
        boolean inDomain = false;
        boolean inMetadata = false;
        int depth = 0;
        while (xml.hasNext()) {
            switch (xml.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    depth++;
                    if (depth > DEEPEST) {
                        return;
                    }
                    if (instance.isOpen()) {
                        instance.start(xml);
                    } else if (isInstance(xml, depth, inMetadata)) {
                        instance.open(xml.getNamespaceURI());
                    } else if (depth == 1) {
                        inDomain = xml.getLocalName().equals("domain");
                    } else if (depth == 2) {
                        inMetadata = inDomain && xml.getLocalName().equals("metadata");
                    }
                }
                case XMLStreamConstants.END_ELEMENT -> {
                    depth--;
                    if (instance.isOpen() && !instance.end()) {
                        return;
                    }
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE ->
                    instance.text(xml);
                case XMLStreamConstants.ENTITY_REFERENCE -> instance.unreadable();
                case XMLStreamConstants.DTD -> {
                    return;
                }
                default -> {
                    // Comments and processing instructions mean nothing.
                }
            }
        }
    }

    private static boolean isInstance(XMLStreamReader xml, int depth, boolean inMetadata) {
        if (!xml.getLocalName().equals("instance")) {
            return false;
        }
        String namespace = xml.getNamespaceURI();
        boolean bare = namespace == null || namespace.isEmpty();
        return depth == 1
                ? bare || InstanceElement.isNova(namespace)
                : depth == 3 && inMetadata && InstanceElement.isNova(namespace);
    }

    /** As much as may be read, with what XML forbids replaced: better a name with a hole in it than no owner. */
    private static String readable(String text) {
        if (text.length() <= MAX_BYTES / MAX_BYTES_OF_A_CHAR && isPlain(text)) {
            return text;
        }
        StringBuilder readable = new StringBuilder(Math.min(text.length(), MAX_BYTES));
        int bytes = 0;
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            i += Character.charCount(codePoint);
            int allowed = isAllowed(codePoint) ? codePoint : REPLACEMENT;
            bytes += allowed < 0x80 ? 1 : allowed < 0x800 ? 2 : allowed < 0x10000 ? 3 : 4;
            if (bytes > MAX_BYTES) {
                break;
            }
            readable.appendCodePoint(allowed);
        }
        return readable.toString();
    }

    /** Whether it may be read as it is; also false for what lies beyond U+D7FF, which has to be checked. */
    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= Character.MIN_SURROGATE || !isAllowed(c)) {
                return false;
            }
        }
        return true;
    }

    /** XML 1.0, production 2. */
    private static boolean isAllowed(int codePoint) {
        return codePoint >= 0x20
                ? codePoint < 0xD800 || (codePoint > 0xDFFF && codePoint != 0xFFFE && codePoint != 0xFFFF)
                : codePoint == '\t' || codePoint == '\n' || codePoint == '\r';
    }
}
