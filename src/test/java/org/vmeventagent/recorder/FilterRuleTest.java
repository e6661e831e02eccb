package org.vmeventagent.recorder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmeventagent.config.ConfigException;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.inventory.Inventory;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.notification.AgentEvent;
import org.vmeventagent.notification.EventNames;
import org.vmeventagent.notification.Severity;
import org.vmeventagent.nova.Instance;

class FilterRuleTest {
    private static final Instance WEB = new Instance(
            "web-1",
            new Instance.Owner("77665544", "web shop"),
            null,
            new Instance.Flavor("prod.large", "f-17", 8192, 80, 0, 0, 4, Map.of()),
            null,
            List.of(),
            null,
            null);
    private static final FilterRule.Subject FAILED =
            new FilterRule.Subject("stopped", "state", "failed", "process_died", "defined", WEB);

    private static PublishFilter filter(String text) {
        return PublishFilter.from(Configuration.ofText(text.replace(';', '\n')), EventNames.byDefault());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "action = drop",
                "event = stopped",
                "event = reboot,lifecycle",
                "event = all,-reboot",
                "detail = destroyed,failed",
                "cause = process_died",
                "kind = guest,state",
                "state = defined",
                "project = 77665544",
                "project = web shop",
                "flavor = prod.*",
                "flavor = f-??",
                "name = ci-*,*-1",
                "event = stopped;detail = failed;cause = process_died;kind = state;state = defined;project = 7*;name = web*",
            })
    void meetsWhatHasAValueOfEachOption(String options) {
        assertEquals("x", filter("[filter:x];" + options).rule(FAILED).name());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "event = started",
                "event = lifecycle,-stopped",
                "detail = destroyed",
                "cause = destroyed",
                "kind = guest",
                "state = running",
                "project = 7766554",
                "project = Web shop",
                "flavor = prod",
                "name = web-?-*",
                "event = stopped;state = running",
            })
    void passesOverWhatLacksOne(String options) {
        assertEquals("", filter("[filter:x];" + options).rule(FAILED).name());
    }

    @Test
    void passesOverADomainWithoutWhatItAsksFor() {
        FilterRule.Subject bare = new FilterRule.Subject("reboot", "guest", null, null, "running", null);
        for (String option : List.of("detail = failed", "cause = booted", "project = *", "flavor = *", "name = *")) {
            assertEquals("", filter("[filter:x];" + option).rule(bare).name(), option);
        }
    }

    @Test
    void theFirstSectionThatMeetsDecides() {
        PublishFilter filter = filter(
                "[filter:b];event = reboot;action = drop;[filter:z];cause = process_died;severity = info;[filter:a];action = drop");

        assertEquals("z", filter.rule(FAILED).name());
        assertFalse(filter.rule(FAILED).drops());
        assertEquals(Severity.INFO, filter.rule(FAILED).severity());
        assertEquals(
                "a",
                filter.rule(new FilterRule.Subject("started", "state", null, null, null, null))
                        .name());
    }

    @Test
    void whatMeetsASectionWithATopicIsForThatTopicAlone() {
        PublishFilter filter = filter("[filter:x];event = stopped;topic = alarms;severity = error");

        assertEquals("alarms", filter.rule(FAILED).topic());
        assertNull(filter("[filter:x];event = stopped").rule(FAILED).topic());
        assertNull(filter.rule(new FilterRule.Subject("started", "state", null, null, null, null))
                .topic());
    }

    @Test
    void theAgentsOwnAreOnlyMetByWhatNamesThem() {
        AgentEvent gap = new AgentEvent("gap", true, Events.CLOCK.now(), Map.of());

        assertTrue(filter("[filter:x];action = drop").accepts(gap), "nobody would learn of what was missed");
        assertFalse(filter("[filter:x];action = drop;kind = agent").accepts(gap));
        assertFalse(filter("[filter:x];action = drop;event = agent").accepts(gap));
        assertEquals(
                Severity.INFO,
                filter("[filter:x];severity = info;event = agent.gap").rule(gap).severity());
    }

    @Test
    void whatEventsLeavesOutNoSectionBringsBack() {
        List<Transition> started = new Inventory().apply(Events.started(1), null);
        PublishFilter filter = new PublishFilter(
                Set.of("stopped"), true, filter("[filter:x];event = started").rules());

        assertFalse(filter.accepts(started.get(0)));
    }

    @Test
    void aTransitionIsWhatItsNotificationSays() {
        Inventory inventory = new Inventory();
        inventory.apply(Events.started(1, null, Events.CLOCK.now()), Events.metadata(1));
        Transition stopped = inventory.apply(Events.stopped(1), null).get(0);
        FilterRule.Subject subject = FilterRule.Subject.of(stopped);

        assertEquals(
                new FilterRule.Subject(
                        "stopped",
                        "state",
                        "destroyed",
                        "destroyed",
                        "undefined",
                        stopped.domain().instance()),
                subject);
        assertEquals(
                "x", filter("[filter:x];project = p1;name = vm*").rule(stopped).name());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "event = stoped | event = stoped: 'stoped' is no event, perhaps 'stopped'; allowed:",
                "event = | event = : an empty name; allowed:",
                "detail = faild | detail = faild: 'faild' is no detail, perhaps 'failed'; allowed: added",
                "cause = proces_died | cause = proces_died: 'proces_died' is no cause, perhaps 'process_died'; allowed:",
                "kind = guests | kind = guests: 'guests' is no kind, perhaps 'guest'; allowed: agent device guest host job state",
                "state = off | state = off: 'off' is no state; allowed: crashed defined paused pmsuspended running saved undefined",
                "name = [ab]* | name = [ab]*: '[ab]*' has a [, and sets of characters are not known here; write *",
                "project = a,,b | project = a,,b: must be at least one, and none of them empty",
                "flavor = | flavor = : must be at least one, and none of them empty",
            })
    void whatItCannotMeanIsRefused(String option, String message) {
        String refused = String.valueOf(assertThrows(ConfigException.class, () -> filter("[filter:x];" + option))
                .getMessage());

        assertTrue(refused.startsWith("text:2: [filter:x] " + message), refused);
    }

    @Test
    void aNameThatATenantMadeUpTakesNoTime() {
        String glob = "*a".repeat(100) + "b";

        assertTimeoutPreemptively(
                Duration.ofSeconds(5), () -> assertFalse(FilterRule.matches(glob, "a".repeat(10_000))));
        assertTrue(FilterRule.matches("*", ""));
        assertTrue(FilterRule.matches("a*b*c", "a-b-b-c"));
        assertFalse(FilterRule.matches("a*b*c", "a-b-b"));
        assertFalse(FilterRule.matches("", "a"));
    }
}
