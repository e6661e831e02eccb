/**
 * The agent beside the Python program that one would write instead: both run in turn against the same daemon and broker,
 * and the ratios are reported with their spread.
 */
@NullMarked
package org.vmeventagent.bench;

import org.jspecify.annotations.NullMarked;
