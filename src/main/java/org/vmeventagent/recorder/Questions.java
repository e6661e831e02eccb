package org.vmeventagent.recorder;

import java.util.UUID;

/**
 * What the recorder asks libvirt. Both return at once; the answer, if there is one, comes through the queue. Called on
 * the recorder's thread.
 */
public interface Questions {
    /** Asks nobody. */
    Questions NONE = new Questions() {
        @Override
        public void list(String connectionUri) {}

        @Override
        public void ask(String connectionUri, UUID uuid) {}
    };

    /** Asks for a {@link org.vmeventagent.event.Snapshot}. */
    void list(String connectionUri);

    /** Asks for a {@link org.vmeventagent.event.Heard.Answer}. */
    void ask(String connectionUri, UUID uuid);
}
