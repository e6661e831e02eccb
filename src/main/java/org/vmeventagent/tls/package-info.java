/**
 * Certificates and keys from PEM files, for both sides of TLS.
 *
 * <p>Knows nothing of who uses them, nor of how a connection is made.
 */
@NullMarked
package org.vmeventagent.tls;

import org.jspecify.annotations.NullMarked;
