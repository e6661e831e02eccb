package org.vmeventagent.config;

import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** What a name that nobody knows was meant to be. */
public final class Suggestion {
    /** What is longer is no slip of the finger, and the comparison takes time. */
    private static final int MAX_LENGTH = 100;

    private Suggestion() {}

    /** The known name with the fewest changed letters, if that is at most a third of it. */
    public static Optional<String> nearest(String name, Stream<String> known) {
        if (name.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        return known.filter(candidate -> distance(name, candidate) <= Math.max(1, candidate.length() / 3))
                .min(Comparator.comparingInt((String candidate) -> distance(name, candidate))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** Levenshtein's, without regard to case. */
    private static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                boolean same = Character.toLowerCase(one.charAt(i - 1)) == Character.toLowerCase(other.charAt(j - 1));
                int changed = diagonal + (same ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[other.length()];
    }
}
