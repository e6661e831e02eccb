/** Builds the parts, starts them in order, stops them in reverse; reloads them, and reports their health. */
@NullMarked
package org.vmeventagent.agent;

import org.jspecify.annotations.NullMarked;
