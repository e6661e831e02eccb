package org.vmeventagent.store;

import java.util.Locale;

/**
 * What a row is worth when the outbox is full; {@link DropOrder} is made of these. Their names are kept in the database.
 */
public enum DropPriority {
    /** The agent's own news: a tenth of the bound is reserved for it. */
    AGENT,
    /** Says nothing that lasts: dropped first. */
    DETAIL,
    /** Says how its subject is: dropped once a newer one of the same subject waits, the last one only if it must. */
    STATE,
    /** Reports what was dropped: never dropped itself. */
    NEVER;

    private final String column = name().toLowerCase(Locale.ROOT);

    /** Of a notification about a domain. */
    public static DropPriority ofTransition(boolean changesState) {
        return changesState ? STATE : DETAIL;
    }

    /** Of the agent's own news. */
    public static DropPriority ofAgentEvent(boolean reportsDrops) {
        return reportsDrops ? NEVER : AGENT;
    }

    /** As the database has it. */
    String column() {
        return column;
    }
}
