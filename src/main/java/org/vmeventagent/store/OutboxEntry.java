package org.vmeventagent.store;

import org.jspecify.annotations.Nullable;

/**
 * A row as it is written: with all that counts when the outbox is full.
 *
 * @param name under which it is counted when it is dropped
 * @param subject whose row it is; null for the writer's own
 */
public record OutboxEntry(
        OutboxRow row,
        DropPriority dropPriority,
        String name,
        @Nullable String subject) {}
