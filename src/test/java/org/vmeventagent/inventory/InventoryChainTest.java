package org.vmeventagent.inventory;

import org.junit.jupiter.api.Test;
import org.vmeventagent.inventory.SimulatedDays.Gap;

/** Thousands of random events of several domains, none of them lost. */
class InventoryChainTest {
    @Test
    void reportsOnlyWhatWasReportedWhileNothingIsLost() {
        SimulatedDays.pass(Gap.NONE);
    }
}
