/**
 * Nova's metadata in a domain's XML: text in, {@link org.vmeventagent.nova.Instance} out.
 *
 * <p>Pure. Knows the three generations of {@code <nova:instance>}; must not know libvirt connections, events or
 * notifications.
 */
@NullMarked
package org.vmeventagent.nova;

import org.jspecify.annotations.NullMarked;
