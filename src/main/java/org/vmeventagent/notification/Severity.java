package org.vmeventagent.notification;

import java.util.Locale;

/** Whether a notification is about a fault. */
public enum Severity {
    INFO,
    ERROR;

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
