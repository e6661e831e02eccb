package org.vmeventagent.simulator;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LifecycleEvent;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.rig.HostClock;
import org.vmeventagent.rig.SampleXml;

/**
 * Events of one domain as libvirt would tell them, two seconds apart, written as words: {@code started/booted}, with
 * {@code +3} for three milliseconds after the event before, {@code ?no_domain} for the answer of its look-up,
 * {@code 9/4} for numbers without a name, {@code watchdog:poweroff} for a watchdog's action, {@code reboot}.
 */
public final class ExampleEvents {
    public static final String URI = "qemu:///system";
    public static final UUID UUID_OF_DOMAIN = UUID.fromString("6f5b7a1e-0c1d-4f6e-9d0a-1b2c3d4e5f60");
    public static final String NAME = "instance-0000002a";
    public static final Instant START = Instant.parse("2026-11-22T20:14:42.481190Z");

    private static final Duration STEP = Duration.ofSeconds(2);
    private static final Set<String> WITH_ID =
            Set.of("started", "suspended", "resumed", "shutdown", "pmsuspended", "crashed");

    private final String metadata;
    private Instant now = START.minus(STEP);

    public ExampleEvents() {
        this(SampleXml.of("metadata-api"));
    }

    /** Events whose look-ups answer with this metadata. */
    public ExampleEvents(String metadata) {
        this.metadata = metadata;
    }

    /** An event and the answer to its look-up. */
    public record Example(DomainEvent event, @Nullable LookupResult look) {}

    /** The next events, words separated by one space. */
    public List<Example> reportAll(String words) {
        return Arrays.stream(words.split(" ", -1)).map(this::report).toList();
    }

    /** The next event. */
    public Example report(String word) {
        String rest = word;
        LookupResult lookup = null;
        int question = rest.indexOf('?');
        Duration step = STEP;
        if (question >= 0) {
            lookup = look(rest.substring(question + 1));
            rest = rest.substring(0, question);
        }
        int plus = rest.indexOf('+');
        if (plus >= 0) {
            step = Duration.ofMillis(Long.parseLong(rest.substring(plus + 1)));
            rest = rest.substring(0, plus);
        }
        now = now.plus(step);
        int slash = rest.indexOf('/');
        if (slash >= 0) {
            return new Example(lifecycle(rest.substring(0, slash), rest.substring(slash + 1)), lookup);
        }
        int colon = rest.indexOf(':');
        EventKind kind = EventKind.valueOf((colon < 0 ? rest : rest.substring(0, colon)).toUpperCase(Locale.ROOT));
        Map<String, Object> attributes =
                colon < 0 ? Map.of() : Map.of("action", new EnumValue(0, rest.substring(colon + 1)));
        return new Example(event(kind, null, null, 7, attributes), lookup);
    }

    /** The next event, of a kind other than lifecycle, of the running domain. */
    public Example report(EventKind kind, @Nullable Object... values) {
        now = now.plus(STEP);
        return new Example(event(kind, null, null, 7, kind.attributes(values)), null);
    }

    /** The answer of a look-up now: {@code metadata}, {@code no_metadata}, {@code no_domain}, {@code failed}. */
    public LookupResult look(String answer) {
        LookupResult.Status named = LookupResult.Status.valueOf(answer.toUpperCase(Locale.ROOT));
        return new LookupResult(
                named, named == LookupResult.Status.METADATA ? metadata : null, HostClock.at(now.plusMillis(1)));
    }

    private DomainEvent lifecycle(String typeWord, String detailWord) {
        boolean numbers = Character.isDigit(typeWord.charAt(0));
        EnumValue type =
                numbers ? LifecycleEvent.TYPES.of(Integer.parseInt(typeWord)) : named(LifecycleEvent.TYPES, typeWord);
        EnumValue detail = Character.isDigit(detailWord.charAt(0))
                ? LifecycleEvent.detail(type.number(), Integer.parseInt(detailWord))
                : LifecycleEvent.details(type).stream()
                        .filter(enumValue -> enumValue.is(detailWord))
                        .findFirst()
                        .orElseThrow();
        return event(EventKind.LIFECYCLE, type, detail, WITH_ID.contains(type.name()) ? 7 : -1, Map.of());
    }

    private static EnumValue named(EnumValue.Names enumNames, String name) {
        return enumNames.known().stream()
                .filter(enumValue -> enumValue.is(name))
                .findFirst()
                .orElseThrow();
    }

    private DomainEvent event(
            EventKind kind,
            @Nullable EnumValue type,
            @Nullable EnumValue detail,
            int domainId,
            Map<String, Object> attributes) {
        return new DomainEvent(
                URI, 1, UUID_OF_DOMAIN, NAME, domainId, kind, type, detail, attributes, HostClock.at(now), null);
    }
}
