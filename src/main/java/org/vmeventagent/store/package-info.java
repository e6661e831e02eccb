/**
 * One SQLite file: the outbox, the inventory's rows, the counters. One writer, who commits all of it together.
 *
 * <p>Rows are opaque here: knows nothing of libvirt, OpenStack or the broker.
 */
@NullMarked
package org.vmeventagent.store;

import org.jspecify.annotations.NullMarked;
