/**
 * The log on standard error, and text that others chose made safe for a terminal.
 *
 * <p>Knows the layout of a line. Must not know what is logged.
 */
@NullMarked
package org.vmeventagent.logging;

import org.jspecify.annotations.NullMarked;
