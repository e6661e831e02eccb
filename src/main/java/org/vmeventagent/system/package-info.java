/**
 * The host and the process: threads and their progress, signals, systemd, the control socket, host name, boot, terminal.
 *
 * <p>Uses JNA for libc. Must not know what a command of the control socket does, nor anything else of the project; every
 * package may use it.
 */
@NullMarked
package org.vmeventagent.system;

import org.jspecify.annotations.NullMarked;
