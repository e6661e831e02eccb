package org.vmeventagent.config;

/**
 * Where a value was said.
 *
 * @param source a file's path, or words like "environment variable OS_DEFAULT__HOST"
 * @param line counted from 1; 0 where lines make no sense
 */
record ValueOrigin(String source, int line) {
    @Override
    public String toString() {
        return line == 0 ? source : source + ":" + line;
    }
}
