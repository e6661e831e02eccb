package org.vmeventagent.rig;

import java.util.List;

/**
 * How much a test does. The normal build runs every test in a short form; {@code mvn verify -Dtags=chaos} runs only the
 * tests of one tag, in their long form. A property on Maven's command line is for the tests, too, and decides: {@code
 * -Dchaos.rounds=1000}.
 */
public final class TestScale {
    private TestScale() {}

    /** Whether the tests of this tag were asked for. */
    public static boolean isLong(String tag) {
        return List.of(System.getProperty("tags", "").split("[ &|()]+")).contains(tag);
    }

    /**
     * A number that a system property sets.
     *
     * @param property {@code tag.name}: the tag decides between the two defaults
     */
    public static int of(String property, int shortForm, int longForm) {
        String tag = property.substring(0, property.indexOf('.'));
        return Integer.getInteger(property, isLong(tag) ? longForm : shortForm);
    }
}
