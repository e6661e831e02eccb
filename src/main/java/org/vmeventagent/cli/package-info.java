/**
 * The commands, and what a person sees: lines, columns, colours.
 *
 * <p>Reuses the other packages; nothing is decided here about domains or notifications.
 */
@NullMarked
package org.vmeventagent.cli;

import org.jspecify.annotations.NullMarked;
