package org.vmeventagent.inventory;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.nova.Instance;
import org.vmeventagent.nova.MetadataReader;

/**
 * Reads metadata, but not again what was read a moment ago: a start looks up what the definition has just reported. Belongs to
 * the recorder's thread.
 */
final class MetadataCache {
    private static final int MAX_ENTRIES = 64;
    /** In characters, some times what Nova writes. What is longer is read each time. */
    private static final int LONGEST = 8192;

    private final Map<String, Optional<Instance>> recent = new LinkedHashMap<>(MAX_ENTRIES, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Optional<Instance>> eldest) {
            return size() > MAX_ENTRIES;
        }
    };

    /** The instance that the text describes; null when it describes none. */
    @Nullable Instance of(String metadata) {
        return (metadata.length() > LONGEST
                        ? MetadataReader.read(metadata)
                        : recent.computeIfAbsent(metadata, MetadataReader::read))
                .orElse(null);
    }
}
