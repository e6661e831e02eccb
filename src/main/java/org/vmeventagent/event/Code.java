package org.vmeventagent.event;

/**
 * A number of one of libvirt's enums with its name in lower case, or {@value #UNKNOWN} where a newer libvirt says
 * something this agent has no name for. The number is always the one libvirt said.
 */
public record Code(int number, String name) {
    public static final String UNKNOWN = "unknown";

    static Code unknown(int number) {
        return new Code(number, UNKNOWN);
    }

    /** Whether the number has no name here; some enums have a member that is itself called unknown. */
    public boolean isUnknown() {
        return name.equals(UNKNOWN);
    }

    public boolean is(String expected) {
        return name.equals(expected);
    }
}
