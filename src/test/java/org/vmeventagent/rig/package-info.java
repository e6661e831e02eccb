/**
 * What tests run against: a private libvirt daemon and guests without an operating system. Real components, started and
 * ended by the test that needs them; nothing outside a temporary directory is touched.
 */
@NullMarked
package org.vmeventagent.rig;

import org.jspecify.annotations.NullMarked;
