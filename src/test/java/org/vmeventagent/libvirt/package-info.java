@NullUnmarked
package org.vmeventagent.libvirt;

import org.jspecify.annotations.NullUnmarked;
