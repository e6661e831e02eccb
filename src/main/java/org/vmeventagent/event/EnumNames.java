package org.vmeventagent.event;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One of libvirt's enums whose members count from zero: the names of its numbers, in lower case. */
public final class EnumNames {
    private final List<EnumValue> known;

    private EnumNames(List<EnumValue> known) {
        this.known = List.copyOf(known);
    }

    /** The names of 0, 1, 2 and so on, separated by spaces, as in the header. */
    static EnumNames of(String names) {
        List<EnumValue> enumValues = new ArrayList<>();
        for (String name : names.toLowerCase(Locale.ROOT).split(" ", -1)) {
            enumValues.add(new EnumValue(enumValues.size(), name));
        }
        return new EnumNames(enumValues);
    }

    /** Never fails: a number without a name becomes {@link EnumValue#UNKNOWN}. */
    public EnumValue of(int number) {
        return number >= 0 && number < known.size() ? known.get(number) : EnumValue.unknown(number);
    }

    public List<EnumValue> known() {
        return known;
    }
}
