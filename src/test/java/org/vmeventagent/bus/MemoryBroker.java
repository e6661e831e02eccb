package org.vmeventagent.bus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** A broker without a network: takes, refuses, returns or keeps silent. Thread-safe; answers on the sender's thread. */
public final class MemoryBroker implements Dialer {
    private final List<String> taken = new ArrayList<>();
    private final Set<String> missing = new HashSet<>();
    private final Map<String, Integer> refusals = new HashMap<>();
    private final Map<String, Integer> returns = new HashMap<>();
    private int opened;
    private int configuration;
    private boolean configuredWhileOpening;
    private boolean readsNothing;
    private int chatter;
    private boolean silent;
    private int silenced;
    private String souring = "";
    private @Nullable Signals signals;

    /** What arrived, as {@code key sequence}, in order. */
    public synchronized List<String> taken() {
        return List.copyOf(taken);
    }

    synchronized int opened() {
        return opened;
    }

    synchronized void missing(String key, boolean is) {
        if (is) {
            missing.add(key);
        } else {
            missing.remove(key);
        }
    }

    /** A message is refused so many times. */
    synchronized void refuse(String message, int times) {
        refusals.put(message, times);
    }

    /** The route on which this message comes first refuses it, and whatever comes later. */
    synchronized void sour(String message) {
        souring = message;
    }

    /** A message is returned so many times. */
    synchronized void giveBack(String message, int times) {
        returns.put(message, times);
    }

    /** How many messages came while it was silent. */
    synchronized int silenced() {
        return silenced;
    }

    synchronized void silent(boolean is) {
        silent = is;
    }

    /** From now on another configuration counts. */
    synchronized void configure() {
        configuration++;
    }

    /** Another one counts when the next connection was just opened, and nobody says so. */
    synchronized void configureWhileOpening() {
        configuredWhileOpening = true;
    }

    /** Reads nothing on the next connection: whoever writes to it stands until it is cut. */
    synchronized void readNothing() {
        readsNothing = true;
    }

    /** Says this often something that nobody asked for, once a message comes. */
    synchronized void chatter(int notes) {
        chatter = notes;
    }

    synchronized void cut() {
        if (signals != null) {
            signals.linkClosed(new Trouble(Trouble.Kind.AWAY, "cut"));
        }
    }

    @Override
    public synchronized Link open(Signals told, Runnable turned) {
        signals = told;
        opened++;
        MemoryLink link = new MemoryLink(told, configuration);
        if (configuredWhileOpening) {
            configuredWhileOpening = false;
            configuration++;
        }
        return link;
    }

    private synchronized boolean reads() {
        boolean reads = !readsNothing;
        readsNothing = false;
        return reads;
    }

    private synchronized void arrive(Way way, long tag, byte[] body) {
        String text = new String(body, java.nio.charset.StandardCharsets.US_ASCII);
        String number = text.replaceFirst(".*[^_]sequence\\\\*\": ?(\\d+)\\b.*", "$1");
        String message = way.key + ' ' + number;
        if (silent) {
            silenced++;
            return;
        }
        for (; chatter > 0; chatter--) {
            way.told.confirmed(way, Long.MAX_VALUE, false);
        }
        if (message.equals(souring)) {
            souring = "";
            way.sour = true;
        }
        if (way.sour || refusals.merge(message, -1, Integer::sum) >= 0) {
            way.told.refused(way, tag, false);
            return;
        }
        if (returns.merge(message, -1, Integer::sum) >= 0) {
            way.told.returned(way, body, new Trouble(Trouble.Kind.MISSING, "returned"));
        } else {
            taken.add(message);
        }
        way.told.confirmed(way, tag, false);
    }

    private final class MemoryLink implements Link {
        private final Signals told;
        private final int openedWith;
        private final CountDownLatch ended = new CountDownLatch(1);

        MemoryLink(Signals told, int openedWith) {
            this.told = told;
            this.openedWith = openedWith;
        }

        @Override
        public boolean isOutdated() {
            synchronized (MemoryBroker.this) {
                return openedWith != configuration;
            }
        }

        @Override
        public String name() {
            return "memory";
        }

        @Override
        public boolean isOpen() {
            return ended.getCount() > 0;
        }

        @Override
        public Route route(String key) throws TroubleException {
            synchronized (MemoryBroker.this) {
                if (missing.contains(key)) {
                    throw new Trouble(Trouble.Kind.MISSING, "no queue " + key).asException();
                }
            }
            return new Way(key, told, ended);
        }

        @Override
        public void close() {}

        @Override
        public void cut() {
            ended.countDown();
        }
    }

    private final class Way implements Route {
        private final String key;
        private final Signals told;
        private final CountDownLatch ended;
        private boolean sour;
        private long tag;

        Way(String key, Signals told, CountDownLatch ended) {
            this.key = key;
            this.told = told;
            this.ended = ended;
        }

        @Override
        public long publish(byte[] body) throws TroubleException {
            if (!reads()) {
                stand();
            }
            tag++;
            arrive(this, tag, body);
            return tag;
        }

        private void stand() throws TroubleException {
            try {
                ended.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new Trouble(Trouble.Kind.AWAY, "Socket closed").asException();
        }

        @Override
        public void close() {}
    }
}
