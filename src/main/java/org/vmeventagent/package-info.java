/** Builds the parts, starts them in order, stops them in reverse. */
@NullMarked
package org.vmeventagent;

import org.jspecify.annotations.NullMarked;
