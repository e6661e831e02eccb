package org.vmeventagent.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of one connection to libvirt.
 *
 * @param uri unique
 * @param seeded whether its domains were listed once, so that there is something to compare with
 * @param certainAt while a gap is open, the last moment in which its domains were certain; null otherwise
 * @param lost whether what was known of it, all or the last of it, was lost, and no gap has said so yet
 * @param hostName of its host when its domains were last listed, without the domain; empty where libvirt gives none
 * @param bootId of this host when its domains were last compared; empty where it is not known
 */
public record ConnectionRow(
        String uri, boolean seeded, @Nullable Instant certainAt, boolean lost, String hostName, String bootId) {

    /** Of a connection that was never listed. */
    public static ConnectionRow unknown(String uri) {
        return new ConnectionRow(uri, false, null, false, "", "");
    }

    public ConnectionRow withSeeded(boolean nowSeeded) {
        return new ConnectionRow(uri, nowSeeded, certainAt, lost, hostName, bootId);
    }

    public ConnectionRow withCertainAt(@Nullable Instant moment) {
        return new ConnectionRow(uri, seeded, moment, lost, hostName, bootId);
    }

    public ConnectionRow withLost(boolean nowLost) {
        return new ConnectionRow(uri, seeded, certainAt, nowLost, hostName, bootId);
    }

    public ConnectionRow withHostName(String name) {
        return new ConnectionRow(uri, seeded, certainAt, lost, name, bootId);
    }

    public ConnectionRow withBootId(String id) {
        return new ConnectionRow(uri, seeded, certainAt, lost, hostName, id);
    }
}
