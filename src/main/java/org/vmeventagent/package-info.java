/** Where the process begins. */
@NullMarked
package org.vmeventagent;

import org.jspecify.annotations.NullMarked;
