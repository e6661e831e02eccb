/**
 * The domains we know, and what an event or a listing makes of them: known domain x event gives a transition.
 *
 * <p>The only place with state logic. Pure: no I/O, no clock, no thread. Knows libvirt's events and Nova's instances;
 * must not know how a transition is published or stored.
 */
@NullMarked
package org.vmeventagent.inventory;

import org.jspecify.annotations.NullMarked;
