package org.vmeventagent.inventory;

import java.util.Random;

/**
 * Days in the life of a host, at random, held against {@link ChainInvariants}. A failure names its seed; {@code
 * -Dchain.seed=N} gives that day again, {@code -Dchain.days=N} more of them.
 */
final class SimulatedDays {
    private static final int DAYS = Integer.getInteger("chain.days", 40);
    private static final int TICKS = 30_000;

    /** What makes the agent miss something, now and then. */
    enum Gap {
        NONE,
        FIRST_RUN,
        CONNECTION,
        AGENT,
        DAEMON,
        HOST,
        OVERFLOW
    }

    private SimulatedDays() {}

    static void pass(Gap gap) {
        Long only = Long.getLong("chain.seed");
        for (long seed = only == null ? 1 : only; seed <= (only == null ? DAYS : only); seed++) {
            try {
                day(seed, gap);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("-Dchain.seed=" + seed + ": " + e.getMessage(), e);
            }
        }
    }

    private static void day(long seed, Gap gap) {
        Random random = new Random(seed);
        SimulatedAgent agent = new SimulatedAgent(random, 6);
        pass(agent, 200, 20);
        if (gap != Gap.FIRST_RUN) {
            rest(agent, false, false);
        }
        agent.connect(false);
        agent.rules().mayHaveMissed();
        if (gap != Gap.FIRST_RUN) {
            rest(agent, true, true);
        }
        for (int tick = 0; tick < TICKS; tick++) {
            agent.run(5);
            if (gap.compareTo(Gap.FIRST_RUN) > 0 && random.nextInt(6000) == 0) {
                gap(agent, random, gap);
            }
            if (random.nextInt(300) == 0) {
                agent.compare(false); // somebody asks for it
            }
            if (random.nextInt(3000) == 0) {
                rest(agent, true, false);
            }
        }
        rest(agent, true, false);
        agent.compare(false);
        rest(agent, true, true);
    }

    private static void pass(SimulatedAgent agent, int ticks, int restless) {
        for (int tick = 0; tick < ticks; tick++) {
            agent.run(restless);
        }
    }

    /** Until nothing happens any more: then what is known is the current state. */
    private static void rest(SimulatedAgent agent, boolean connected, boolean compared) {
        int patience = 20_000;
        do {
            agent.run(0);
            agent.rules().check(--patience > 0, () -> "it never rests");
        } while (agent.hypervisor().isBusy() || (connected && !agent.isSettled()));
        if (connected) {
            agent.rules().settled(agent.inventory(), compared);
        }
    }

    private static void gap(SimulatedAgent agent, Random random, Gap gap) {
        int length = 1 + random.nextInt(500);
        switch (gap) {
            case OVERFLOW -> {
                agent.drop(true);
                pass(agent, length, 20);
                agent.drop(false);
            }
            case AGENT -> {
                agent.restart();
                pass(agent, length, 20);
                agent.connect(false);
            }
            case DAEMON -> {
                agent.disconnect();
                pass(agent, random.nextInt(3), 20);
                agent.hypervisor().restartDaemon();
                pass(agent, length, 20);
                agent.connect(false);
            }
            case HOST -> {
                agent.restart();
                agent.hypervisor().rebootHost();
                pass(agent, length, 20);
                agent.connect(true);
            }
            default -> {
                agent.disconnect();
                pass(agent, length, 20);
                agent.connect(false);
            }
        }
    }
}
