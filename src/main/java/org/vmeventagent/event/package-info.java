/**
 * The vocabulary: what libvirt reports, as plain values, and the table of event kinds.
 *
 * <p>Knows libvirt's numbers and names. Knows nothing of OpenStack, of known domains, of notifications, and does no I/O.
 */
@NullMarked
package org.vmeventagent.event;

import org.jspecify.annotations.NullMarked;
