/**
 * An environment of real daemons, guests, a broker and an agent, in which things go wrong at random, and what must be true of
 * the notifications all the same. Everything random comes from one seed.
 */
@NullMarked
package org.vmeventagent.chaos;

import org.jspecify.annotations.NullMarked;
