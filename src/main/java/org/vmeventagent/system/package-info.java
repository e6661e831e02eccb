/**
 * The operating system and the process: threads and their progress, signals, systemd, this host's name, the terminal.
 *
 * <p>Uses JNA for libc. Knows nothing else of the project; every room may use it.
 */
@NullMarked
package org.vmeventagent.system;

import org.jspecify.annotations.NullMarked;
