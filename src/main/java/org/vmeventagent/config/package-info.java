/**
 * Configuration files in oslo.config's dialect: read, checked and typed.
 *
 * <p>Knows every option and where each value came from. Knows no part that is configured: a part reads its values from
 * {@link org.vmeventagent.config.Configuration} itself. The only package that uses commons-configuration2, as the store of
 * what the files set; its own file formats, list splitting and interpolation stay off.
 */
@NullMarked
package org.vmeventagent.config;

import org.jspecify.annotations.NullMarked;
