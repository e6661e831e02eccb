package org.vmeventagent.rig;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LifecycleEvent;

/**
 * What {@code virsh event --all} prints, read back: its words for an event (tools/virsh-domain-event.c of libvirt 9.0)
 * and the event they stand for. A word it doesn't know fails the test.
 *
 * @param type and detail only of a lifecycle event
 */
public record VirshEvent(
        EventKind kind, @Nullable EnumValue type, @Nullable EnumValue detail, Map<String, Object> attributes) {

    private static final Map<String, String> DETAILS = Map.of(
            "Snapshot", "from_snapshot",
            "Event wakeup", "wakeup",
            "I/O Error", "ioerror",
            "API error", "api_error",
            "Post-copy", "postcopy",
            "Post-copy Error", "postcopy_failed",
            "Finished after guest request", "guest",
            "Finished after host request", "host");
    private static final Pattern BLOCK_JOB = Pattern.compile("Block (\\w+) for (\\S+) (\\w+)");
    private static final Pattern METADATA = Pattern.compile("type (\\w+), uri (\\S+)");
    private static final Pattern ITERATION = Pattern.compile("iteration: '(\\d+)'");
    private static final Pattern PARAMETER = Pattern.compile("\\| (\\w+): (\\d+)");

    /**
     * Reads one event.
     *
     * @param event virsh's name of the event, {@code lifecycle} or {@code block-job-2}
     * @param words what it printed after the domain's name
     */
    public static VirshEvent read(String event, String words) {
        EventKind kind = EventKind.valueOf(event.replace('-', '_').toUpperCase(Locale.ROOT));
        return switch (kind) {
            case LIFECYCLE -> lifecycle(words);
            case REBOOT -> other(kind);
            case DEVICE_ADDED, DEVICE_REMOVED -> other(kind, words);
            case MIGRATION_ITERATION ->
                other(kind, Integer.valueOf(match(ITERATION, words).group(1)));
            case METADATA_CHANGE -> {
                Matcher change = match(METADATA, words);
                yield other(kind, number(kind, 0, change.group(1)), change.group(2));
            }
            case BLOCK_JOB, BLOCK_JOB_2 -> {
                Matcher job = match(BLOCK_JOB, words);
                yield other(kind, job.group(2), number(kind, 1, job.group(1)), number(kind, 2, job.group(3)));
            }
            case JOB_COMPLETED -> other(kind, parameters(words));
            default -> throw new IllegalArgumentException(event);
        };
    }

    private static VirshEvent lifecycle(String words) {
        int space = words.indexOf(' ');
        EnumValue type = named(LifecycleEvent.TYPES.known(), words.substring(0, space));
        String detail = words.substring(space + 1);
        return new VirshEvent(
                EventKind.LIFECYCLE,
                type,
                named(LifecycleEvent.details(type), DETAILS.getOrDefault(detail, detail)),
                Map.of());
    }

    private static VirshEvent other(EventKind kind, Object... values) {
        return new VirshEvent(kind, null, null, kind.attributes(values));
    }

    private static int number(EventKind kind, int field, String word) {
        EnumValue.Names enumNames = kind.fields().get(field).codes();
        return named(enumNames == null ? List.of() : enumNames.known(), word).number();
    }

    private static EnumValue named(List<EnumValue> enumValues, String word) {
        return enumValues.stream()
                .filter(enumValue -> enumValue.is(word.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(word));
    }

    private static Map<String, Object> parameters(String words) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        Matcher parameter = PARAMETER.matcher(words);
        while (parameter.find()) {
            String name = parameter.group(1);
            long value = Long.parseLong(parameter.group(2));
            parameters.put(name, name.equals("operation") ? (Object) (int) value : (Object) value);
        }
        return parameters;
    }

    private static Matcher match(Pattern pattern, String words) {
        Matcher matcher = pattern.matcher(words);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(words);
        }
        return matcher;
    }
}
