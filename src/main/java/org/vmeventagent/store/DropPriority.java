package org.vmeventagent.store;

/** What a row is worth when the outbox is full. The numbers are kept in the database. */
public enum DropPriority {
    /** The writer's own news: a tenth of the bound is reserved for it. */
    AGENT(0),
    /** Tells nothing that lasts: goes first. */
    DETAIL(1),
    /** Tells how its subject is: goes once a newer one of the same subject waits, the last one only if it must. */
    STATE(2),
    /** Says what was given up: is never given up itself. */
    NEVER(3);

    private final int number;

    DropPriority(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
