/**
 * The operating system: its name for this host, its signals, systemd.
 *
 * <p>Uses JNA for libc. Knows nothing else of the project.
 */
@NullMarked
package org.vmeventagent.system;

import org.jspecify.annotations.NullMarked;
