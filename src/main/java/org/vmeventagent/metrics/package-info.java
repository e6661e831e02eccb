/**
 * What can be counted of an agent at work, for whoever exports it.
 *
 * <p>Knows nobody, and nothing of how it is exported. Every package may import it.
 */
@NullMarked
package org.vmeventagent.metrics;

import org.jspecify.annotations.NullMarked;
