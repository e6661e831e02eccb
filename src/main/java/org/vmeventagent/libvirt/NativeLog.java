package org.vmeventagent.libvirt;

import com.sun.jna.Library;
import com.sun.jna.Native;
import java.util.List;

/**
 * The log that libvirt's client library keeps by itself: on standard error, in a form of its own, a line for each property
 * of an ESX host that it doesn't know at each question. What it has to say to us are the errors of its calls. So it is off,
 * unless whoever started this process asked for it.
 */
final class NativeLog {
    /** See https://libvirt.org/logging.html: any of these asks for it. */
    private static final List<String> ASK_FOR_IT =
            List.of("LIBVIRT_DEBUG", "LIBVIRT_LOG_FILTERS", "LIBVIRT_LOG_OUTPUTS");

    private interface C extends Library {
        int setenv(String name, String value, int overwrite);
    }

    private NativeLog() {}

    /** Has an effect before libvirt's first call only, which reads it from the environment. */
    static void turnOff() {
        if (ASK_FOR_IT.stream().allMatch(name -> System.getenv(name) == null)) {
            Native.load("c", C.class).setenv("LIBVIRT_LOG_OUTPUTS", "4:file:/dev/null", 0);
        }
    }
}
