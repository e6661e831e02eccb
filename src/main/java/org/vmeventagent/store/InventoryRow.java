package org.vmeventagent.store;

import org.jspecify.annotations.Nullable;

/**
 * What is kept of one domain.
 *
 * @param key unique
 * @param domain text, replaced as a whole
 * @param metadata text; null when written means that what is kept stays; never null when read
 */
public record InventoryRow(
        String key, String domain, @Nullable String metadata) {}
