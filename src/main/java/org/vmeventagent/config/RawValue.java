package org.vmeventagent.config;

/** One value as it was written, before substitution. Has no text in toString: it may be a secret. */
record RawValue(String text, ValueOrigin origin) {
    @Override
    public String toString() {
        return "value at " + origin;
    }
}
