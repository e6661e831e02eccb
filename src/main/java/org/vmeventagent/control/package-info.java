/**
 * The agent's unix socket: a command as one line, its answer as text.
 *
 * <p>Knows how to be reached; must not know what a command does.
 */
@NullMarked
package org.vmeventagent.control;

import org.jspecify.annotations.NullMarked;
