package org.vmeventagent.event;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One of libvirt's enums whose members count from zero: the names of its numbers, in lower case. */
public final class Codes {
    private final List<Code> known;

    private Codes(List<Code> known) {
        this.known = List.copyOf(known);
    }

    /** The names of 0, 1, 2 and so on, separated by spaces, as in the header. */
    static Codes of(String names) {
        List<Code> codes = new ArrayList<>();
        for (String name : names.toLowerCase(Locale.ROOT).split(" ", -1)) {
            codes.add(new Code(codes.size(), name));
        }
        return new Codes(codes);
    }

    /** Never fails: a number without a name becomes {@link Code#UNKNOWN}. */
    public Code of(int number) {
        return number >= 0 && number < known.size() ? known.get(number) : Code.unknown(number);
    }

    public List<Code> known() {
        return known;
    }
}
