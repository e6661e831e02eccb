/** The one thread that reads what libvirt reports, keeps the inventory and commits it with the notifications it makes. */
@NullMarked
package org.vmeventagent.recorder;

import org.jspecify.annotations.NullMarked;
