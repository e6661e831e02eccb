package org.vmeventagent.bus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A broker without a network: takes, refuses, returns or keeps silent. Thread-safe; answers on the sender's thread. */
public final class MemoryBroker implements Dialer {
    private final List<String> taken = new ArrayList<>();
    private final Set<String> missing = new HashSet<>();
    private final Map<String, Integer> refusals = new HashMap<>();
    private final Map<String, Integer> returns = new HashMap<>();
    private int opened;
    private boolean silent;
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

    synchronized void silent(boolean is) {
        silent = is;
    }

    synchronized void cut() {
        if (signals != null) {
            signals.linkClosed(new Trouble(Trouble.Kind.AWAY, "cut"));
        }
    }

    @Override
    public synchronized Link open(Signals told) {
        signals = told;
        opened++;
        return new MemoryLink(told);
    }

    private synchronized void arrive(Way way, long tag, byte[] body) {
        String text = new String(body, java.nio.charset.StandardCharsets.US_ASCII);
        String number = text.replaceFirst(".*[^_]sequence\\\\*\": ?(\\d+)\\b.*", "$1");
        String message = way.key + ' ' + number;
        if (silent) {
            return;
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

        MemoryLink(Signals told) {
            this.told = told;
        }

        @Override
        public String name() {
            return "memory";
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public Route route(String key) throws TroubleException {
            synchronized (MemoryBroker.this) {
                if (missing.contains(key)) {
                    throw new Trouble(Trouble.Kind.MISSING, "no queue " + key).asException();
                }
            }
            return new Way(key, told);
        }

        @Override
        public void close() {}

        @Override
        public void cut() {}
    }

    private final class Way implements Route {
        private final String key;
        private final Signals told;
        private boolean sour;
        private long tag;

        Way(String key, Signals told) {
            this.key = key;
            this.told = told;
        }

        @Override
        public long publish(byte[] body) {
            tag++;
            arrive(this, tag, body);
            return tag;
        }

        @Override
        public void close() {}
    }
}
