package org.vmeventagent.notification;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.vmeventagent.config.Suggestion;

/**
 * The grammar by which a text selects some of a set of names.
 *
 * @param standard what {@code default} means
 * @param groups words for several names
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
        String nearest = Suggestion.nearest(name, allowed.stream())
                .map(word -> ", perhaps '" + word + "'")
                .orElse("");
        throw new IllegalArgumentException((name.isEmpty() ? "an empty name" : "'" + name + "' is no event")
                + nearest
                + "; allowed: default, all, a list of names, or +name,-name; names: "
                + String.join(" ", allowed));
    }
}
