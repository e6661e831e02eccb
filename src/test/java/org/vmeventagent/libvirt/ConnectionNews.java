package org.vmeventagent.libvirt;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what a connection tells its listener. */
final class ConnectionNews implements ConnectionListener {
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final List<String> losses = new CopyOnWriteArrayList<>();
    private final List<String> leaks = new CopyOnWriteArrayList<>();

    @Override
    public void failed(String uri, String reason) {
        failures.add(uri + ": " + reason);
    }

    @Override
    public void lost(String uri, String reason) {
        losses.add(reason);
    }

    @Override
    public void leaked(String uri) {
        leaks.add(uri);
    }

    List<String> failures() {
        return failures;
    }

    List<String> losses() {
        return losses;
    }

    List<String> leaks() {
        return leaks;
    }
}
