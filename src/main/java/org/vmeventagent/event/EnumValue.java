package org.vmeventagent.event;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A number of one of libvirt's enums with its name in lower case, or {@value #UNKNOWN} where a newer libvirt reports
 * something this agent has no name for. The number is always libvirt's.
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

    /** One of libvirt's enums whose members count from zero: the names of its numbers, in lower case. */
    public static final class Names {
        private final List<EnumValue> known;

        private Names(List<EnumValue> known) {
            this.known = List.copyOf(known);
        }

        /** The names of 0, 1, 2 and so on, separated by spaces, as in the header. */
        static Names of(String names) {
            List<EnumValue> enumValues = new ArrayList<>();
            for (String name : names.toLowerCase(Locale.ROOT).split(" ", -1)) {
                enumValues.add(new EnumValue(enumValues.size(), name));
            }
            return new Names(enumValues);
        }

        /** Never fails: a number without a name becomes {@link EnumValue#UNKNOWN}. */
        public EnumValue of(int number) {
            return number >= 0 && number < known.size() ? known.get(number) : EnumValue.unknown(number);
        }

        public List<EnumValue> known() {
            return known;
        }
    }
}
