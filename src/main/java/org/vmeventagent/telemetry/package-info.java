/**
 * The metrics for Prometheus, and how they are read: over HTTP, from a file, over the control socket.
 *
 * <p>The only user of the Prometheus client and of the JDK's HTTP server; nothing of both is loaded while no outlet is on.
 * Knows what is counted; must not know the parts that count.
 */
@NullMarked
package org.vmeventagent.telemetry;

import org.jspecify.annotations.NullMarked;
