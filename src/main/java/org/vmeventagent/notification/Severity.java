package org.vmeventagent.notification;

import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.inventory.Transition;

/** Whether an operator would want to see it as a fault. */
final class Severity {
    private Severity() {}

    static boolean isError(Transition transition) {
        return transition.error() || (transition.event() != null && isError(transition.event()));
    }

    private static boolean isError(DomainEvent event) {
        return switch (event.kind()) {
            case CONTROL_ERROR, IO_ERROR, IO_ERROR_REASON -> true;
            case WATCHDOG -> event.attributes().get("action") instanceof EnumValue action && !action.is("none");
            case MEMORY_FAILURE -> event.attributes().get("action") instanceof EnumValue action && action.is("fatal");
            case BLOCK_JOB, BLOCK_JOB_2 ->
                event.attributes().get("status") instanceof EnumValue status && status.is("failed");
            default -> false;
        };
    }

    static String text(boolean error) {
        return error ? "error" : "info";
    }
}
