/**
 * Libvirt itself: per connection URI open, subscribe, list, look up, close; the callbacks; the event loop.
 *
 * <p>The only package that knows org.libvirt and JNA's view of it. Read-only connections, but for the example
 * hypervisor of the demo. Must not know OpenStack, the inventory, notifications or what anybody does with the events:
 * everything goes as a value into {@link org.vmeventagent.event.EventQueue}.
 *
 * <p>Threads: one {@code libvirt-events} for the process, on which all callbacks run; per URI one {@code libvirt-<n>},
 * one to four {@code libvirt-query-<n>} while a query runs, and {@code libvirt-open-<n>} while a connection is being
 * opened.
 */
@NullMarked
package org.vmeventagent.libvirt;

import org.jspecify.annotations.NullMarked;
