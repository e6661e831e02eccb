package org.vmeventagent.recorder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.vmeventagent.inventory.Inventory;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.notification.AgentEvent;
import org.vmeventagent.notification.EventNames;

class PublishFilterTest {
    private final PublishFilter filter = new PublishFilter(EventNames.selected("stopped,agent.gap"), true);

    @Test
    void acceptsTheTransitionsOfItsNames() {
        Inventory inventory = new Inventory();
        List<Transition> started = inventory.apply(Events.started(1), null);
        List<Transition> stopped = inventory.apply(Events.stopped(1), null);

        assertEquals(List.of(false), started.stream().map(filter::accepts).toList());
        assertEquals(List.of(true), stopped.stream().map(filter::accepts).toList());
        PublishFilter withoutOthers = new PublishFilter(Set.of("stopped"), false);
        assertFalse(withoutOthers.accepts(stopped.get(0)), "it has no metadata of Nova");
    }

    @Test
    void acceptsTheAgentsOwnEventsOfItsNames() {
        assertTrue(filter.accepts(agentEvent("gap")));
        assertFalse(filter.accepts(agentEvent("stopped")), "the agent's stop is not a domain's");
    }

    @Test
    void acceptsATestWhateverIsWanted() {
        assertTrue(filter.accepts(agentEvent("test")));
    }

    private static AgentEvent agentEvent(String name) {
        return new AgentEvent(name, false, Events.CLOCK.now(), Map.of());
    }
}
