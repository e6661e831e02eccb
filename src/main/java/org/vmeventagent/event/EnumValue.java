package org.vmeventagent.event;

/**
 * A number of one of libvirt's enums with its name in lower case, or {@value #UNKNOWN} where a newer libvirt says
 * something this agent has no name for. The number is always the one libvirt said.
 */
public record EnumValue(int number, String name) {
    public static final String UNKNOWN = "unknown";

    static EnumValue unknown(int number) {
        return new EnumValue(number, UNKNOWN);
    }

    /** Whether the number has no name here; some enums have a member that is itself called unknown. */
    public boolean isUnknown() {
        return name.equals(UNKNOWN);
    }

    public boolean is(String expected) {
        return name.equals(expected);
    }
}
