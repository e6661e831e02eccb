package org.vmeventagent.inventory;

import java.util.UUID;

/** A domain of a connection. The UUID alone is not enough: a migrating instance is on two hosts, or two drivers. */
public record DomainKey(String connectionUri, UUID uuid) {}
