package org.vmeventagent.bench;

import java.util.Arrays;

/** What the agent's threads do for an event, in the order in which it comes to them. */
@SuppressWarnings("ImmutableEnumChecker") // the array is never handed out
enum PathStage {
    CALLBACK("event loop and callback", "libvirt-events"),
    LOOKUP("look-up of the identity", "libvirt-query"),
    RECORDER("recorder: join, write, commit", "recorder"),
    PUBLISHER("publisher", "publisher"),
    CONFIRMS("broker's confirms", "AMQP", "amqp"),
    JVM("JVM: compiler, collector", "");

    private final String text;
    private final String[] threads;

    PathStage(String text, String... threads) {
        this.text = text;
        this.threads = threads;
    }

    /** For a table or a figure. */
    String text() {
        return text;
    }

    /** @param thread its name, as the kernel cuts it */
    static PathStage of(String thread) {
        for (PathStage pathStage : values()) {
            if (Arrays.stream(pathStage.threads).anyMatch(thread::startsWith)) {
                return pathStage;
            }
        }
        throw new IllegalStateException(thread);
    }
}
