/**
 * A hypervisor in memory, for tests that play thousands of days of a host in seconds. It starts from one seed and has a
 * clock of its own, so a seed always gives the same day. It uses no libvirt; what it does was observed on libvirt 9.0 with
 * QEMU, operation by operation ({@code src/test/resources/sequences} and {@code nova}).
 *
 * <p>{@link org.vmeventagent.simulator.SimulatedHypervisor} has domains and a clock. A {@link
 * org.vmeventagent.simulator.SimulatedDomain} is what the driver knows of one: state and reason as numbers of
 * libvirt-domain.h, persistent or transient, with or without a managed save. {@code SimulatedOperations} and {@code
 * SimulatedMigrations} are what happens to it: what Nova, an administrator, the guest, or a broken disk does.
 *
 * <h2>The language of operations</h2>
 *
 * An operation is a plan: steps in time, each atomic. A lost connection, a killed daemon or a listing can come between two
 * of them, never into one. In a step the state changes first, then the events come, as in libvirt.
 *
 * <pre>{@code
 * private void pause() {                       // virsh suspend
 *     domain.then(0, () -> {                   // at once
 *         domain.is(PAUSED, 1);                // state and reason, as a listing would show them
 *         domain.emits("suspended paused");    // lifecycle event: its type and its detail
 *     });
 * }
 * }</pre>
 *
 * <table>
 * <caption>Words</caption>
 * <tr><td>{@code then(millis, step)}</td><td>a step so many milliseconds after the one before</td></tr>
 * <tr><td>{@code is(state, reason)}</td><td>the state becomes this; {@code is(state)} asks for it</td></tr>
 * <tr><td>{@code begins(reason)}, {@code ends(reason)}</td><td>a hypervisor process starts, paused, with the next id; or is
 *     gone, and the domain is off</td></tr>
 * <tr><td>{@code arrived()}</td><td>an incoming migration is complete</td></tr>
 * <tr><td>{@code define()}, {@code defineAsIs()}</td><td>persistent, with metadata that Nova wrote now, or with those of the
 *     running process</td></tr>
 * <tr><td>{@code persistent(b)}, {@code managedSave(b)}</td><td>whether it has a definition, a managed save</td></tr>
 * <tr><td>{@code attach()}</td><td>Nova writes metadata to the running process only</td></tr>
 * <tr><td>{@code emits("type detail")}, {@code emits(kind, fields)}</td><td>a lifecycle event; an event of another
 *     kind</td></tr>
 * </table>
 *
 * <p>A new operation is a method, and its name in the list of {@code any()} for the states that allow it.
 *
 * <h2>The language of examples</h2>
 *
 * {@link org.vmeventagent.simulator.ExampleEvents} writes the events of one domain as words, two seconds apart, for tables of
 * tests: {@code "started/booted suspended/paused+3 watchdog:poweroff"}. Its Javadoc has the grammar.
 */
@NullMarked
package org.vmeventagent.simulator;

import org.jspecify.annotations.NullMarked;
