package org.vmeventagent.rig;

import java.util.Random;

/** Text that was right once, and text that never was. */
public final class TextMutator {
    /** What parsers trip over: controls, half surrogates, a byte order mark, separators, an astral character. */
    private static final String NOISE =
            "<>&'\"/=: \t\r\n\u0000\u001B\u0085\u2028\uD83E\uDD8A\uFFFE\uFEFFa9;!?[]{}$%@,\\-";

    private TextMutator() {}

    /** A sample with one to eight changes: signs replaced, inserted, removed, pieces repeated, the rest cut off. */
    public static String of(String sample, Random random) {
        StringBuilder text = new StringBuilder(sample);
        for (int changes = 1 + random.nextInt(8); changes > 0 && !text.isEmpty(); changes--) {
            int at = random.nextInt(text.length());
            int end = Math.min(text.length(), at + random.nextInt(60));
            switch (random.nextInt(6)) {
                case 0 -> text.setCharAt(at, noise(random));
                case 1 -> text.insert(at, noise(random));
                case 2 -> text.delete(at, end);
                case 3 -> text.insert(at, text.substring(at, end).repeat(1 + random.nextInt(40)));
                case 4 -> text.insert(random.nextInt(text.length()), text.substring(at, end));
                default -> text.setLength(random.nextInt(20) == 0 ? at : text.length());
            }
        }
        return text.toString();
    }

    /** Up to so many characters, mostly such as make trouble. */
    public static String text(Random random, int most) {
        int length = random.nextInt(most + 1);
        StringBuilder text = new StringBuilder(length);
        while (text.length() < length) {
            switch (random.nextInt(4)) {
                case 0 -> text.append((char) ('a' + random.nextInt(26)));
                case 1 -> text.append((char) random.nextInt(0x10000));
                default -> text.append(noise(random));
            }
        }
        return text.toString();
    }

    /** One of them. */
    public static String pick(Random random, String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static char noise(Random random) {
        return NOISE.charAt(random.nextInt(NOISE.length()));
    }
}
