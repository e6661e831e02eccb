package org.vmeventagent.inventory;

import org.junit.jupiter.api.Test;
import org.vmeventagent.inventory.SimulatedDays.Gap;

/** Thousands of random events of several domains, some of them lost, and the comparisons that find what they reported. */
class InventoryGapsTest {
    @Test
    void takesOverDomainsThatAreNotAtRest() {
        SimulatedDays.pass(Gap.FIRST_RUN);
    }

    @Test
    void findsWhatWasMissedWhileTheConnectionWasLost() {
        SimulatedDays.pass(Gap.CONNECTION);
    }

    @Test
    void findsWhatWasMissedWhileTheAgentWasDown() {
        SimulatedDays.pass(Gap.AGENT);
    }

    @Test
    void findsWhatWasMissedWhileTheDaemonWasDown() {
        SimulatedDays.pass(Gap.DAEMON);
    }

    @Test
    void findsWhatAHostRebootEnded() {
        SimulatedDays.pass(Gap.HOST);
    }

    @Test
    void findsWhatAnOverflowLost() {
        SimulatedDays.pass(Gap.OVERFLOW);
    }
}
