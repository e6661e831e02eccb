package org.vmeventagent.notification;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The grammar by which a text selects some of a set of names.
 *
 * @param standard what {@code default} means
 * @param groups words that stand for several names
 */
record NameSelection(Set<String> all, Set<String> standard, Map<String, Set<String>> groups) {

    /** @throws IllegalArgumentException for a word that is no name, and for a text without any */
    Set<String> parse(String text) {
        Set<String> chosen = new LinkedHashSet<>();
        boolean onTop = text.strip().startsWith("+") || text.strip().startsWith("-");
        if (onTop) {
            chosen.addAll(standard);
        }
        for (String word : text.split(",", -1)) {
            String name = word.strip();
            if (name.startsWith("+")) {
                chosen.addAll(named(name.substring(1).strip()));
            } else if (name.startsWith("-")) {
                chosen.removeAll(named(name.substring(1).strip()));
            } else if (onTop) {
                throw new IllegalArgumentException("'" + name + "' needs a + or - as the first name has one");
            } else {
                chosen.addAll(name.equals("default") ? standard : name.equals("all") ? all : named(name));
            }
        }
        return chosen;
    }

    private Set<String> named(String name) {
        Set<String> group = groups.get(name);
        if (group != null) {
            return group;
        }
        if (all.contains(name)) {
            return Set.of(name);
        }
        Set<String> allowed = new TreeSet<>(all);
        allowed.addAll(groups.keySet());
        String nearest = allowed.stream()
                .min(Comparator.comparingInt(candidate -> distance(name, candidate)))
                .orElse("");
        throw new IllegalArgumentException((name.isEmpty() ? "an empty name" : "'" + name + "' is no event")
                + (distance(name, nearest) <= 3 ? ", perhaps '" + nearest + "'" : "")
                + "; allowed: default, all, a list of names, or +name,-name; names: "
                + String.join(" ", allowed));
    }

    /** Levenshtein's. */
    private static int distance(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int above = row[j];
                int change = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
                row[j] = Math.min(diagonal + change, 1 + Math.min(above, row[j - 1]));
                diagonal = above;
            }
        }
        return row[to.length()];
    }
}
