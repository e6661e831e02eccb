package org.vmeventagent.store;

/**
 * In which order rows are dropped, within a step the oldest first, when the outbox is full: on disk ({@link OutboxBounds}) and
 * in memory ({@link MemoryBuffer}). Both walk these constants from the first to the last until nine tenths of their bound
 * are left. {@link DropPriority#NEVER} is in no step.
 */
enum DropOrder {
    /** The agent's own rows beyond a tenth of the bound. */
    AGENT_BEYOND_A_TENTH(DropPriority.AGENT, "WHERE drop_priority = 'agent'"),

    /** Rows that changed no state. */
    DETAIL(DropPriority.DETAIL, "WHERE drop_priority = 'detail'"),

    /**
     * States that a newer waiting row of the same subject supersedes. In SQL by number, not by an index: what stays at the
     * head is one row a subject at most, so it finds some soon. Topics are not looked at: an exists of its domain follows.
     */
    SUPERSEDED_STATE(
            DropPriority.STATE,
            "NOT INDEXED WHERE drop_priority = 'state' AND EXISTS (SELECT 1 FROM outbox AS newer"
                    + " WHERE newer.drop_priority = 'state' AND newer.domain = outbox.domain"
                    + " AND newer.sequence > outbox.sequence)"),

    /** The oldest of the states that are left: each the last that was recorded of its subject. */
    STATE(DropPriority.STATE, "NOT INDEXED WHERE drop_priority = 'state'");

    private final DropPriority priority;
    private final String sql;

    DropOrder(DropPriority priority, String sql) {
        this.priority = priority;
        this.sql = sql;
    }

    /**
     * Which rows of the table {@code outbox} this step drops. The conditions are those of {@link Schema}'s indexes, word for
     * word, so that SQLite uses them.
     */
    String sql() {
        return sql;
    }

    /**
     * Whether this step drops a row in memory.
     *
     * @param superseded whether a newer row of its subject waits
     * @param agentBeyondATenth whether the agent's own rows take more than a tenth of the bound
     */
    boolean includes(OutboxEntry entry, boolean superseded, boolean agentBeyondATenth) {
        return entry.dropPriority() == priority
                && (this != SUPERSEDED_STATE || superseded)
                && (this != AGENT_BEYOND_A_TENTH || agentBeyondATenth);
    }
}
