/**
 * The agent's one notion of time: the host's clock gives labels, the monotonic clock decides.
 *
 * <p>Knows nobody. Every package may import it.
 */
@NullMarked
package org.vmeventagent.time;

import org.jspecify.annotations.NullMarked;
