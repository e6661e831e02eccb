package org.vmeventagent.publisher;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** A broker without a network: takes, refuses, returns or keeps silent. Thread-safe; answers on the sender's thread. */
public final class MemoryBroker implements BrokerClient {
    private final List<String> taken = new ArrayList<>();
    private final Set<String> missing = new HashSet<>();
    private final Map<String, Integer> refusals = new HashMap<>();
    private final Map<String, Integer> returns = new HashMap<>();
    private boolean unreachable;
    private int opened;
    private int configuration;
    private boolean configuredWhileOpening;
    private boolean readsNothing;
    private int chatter;
    private boolean silent;
    private int silenced;
    private String souring = "";
    private BrokerClient.@Nullable Listener listener;

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

    /** A channel can't be opened, while the connection seems open. */
    synchronized void unreachable(boolean is) {
        unreachable = is;
    }

    /** A message is refused so many times. */
    synchronized void refuse(String message, int times) {
        refusals.put(message, times);
    }

    /** The channel on which this message comes first refuses it, and whatever comes later. */
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

    /** Reads nothing on the next connection: whoever writes to it is blocked until it is cut. */
    synchronized void readNothing() {
        readsNothing = true;
    }

    /** Says this often something that nobody asked for, once a message comes. */
    synchronized void chatter(int notes) {
        chatter = notes;
    }

    synchronized void cut() {
        if (listener != null) {
            listener.connectionClosed(new BrokerProblem(BrokerProblem.Kind.UNREACHABLE, "cut"));
        }
    }

    @Override
    public synchronized BrokerClient.Connection open(BrokerClient.Listener listening, Runnable progressed) {
        listener = listening;
        opened++;
        MemoryConnection connection = new MemoryConnection(listening, configuration);
        if (configuredWhileOpening) {
            configuredWhileOpening = false;
            configuration++;
        }
        return connection;
    }

    private synchronized boolean reads() {
        boolean reads = !readsNothing;
        readsNothing = false;
        return reads;
    }

    private synchronized void arrive(MemoryChannel memoryChannel, long tag, byte[] body) {
        String text = new String(body, java.nio.charset.StandardCharsets.US_ASCII);
        String number = text.replaceFirst(".*[^_]sequence\\\\*\": ?(\\d+)\\b.*", "$1");
        String message = memoryChannel.key + ' ' + number;
        if (silent) {
            silenced++;
            return;
        }
        for (; chatter > 0; chatter--) {
            memoryChannel.reported.confirmed(memoryChannel, Long.MAX_VALUE, false);
        }
        if (message.equals(souring)) {
            souring = "";
            memoryChannel.sour = true;
        }
        if (memoryChannel.sour || refusals.merge(message, -1, Integer::sum) >= 0) {
            memoryChannel.reported.nacked(memoryChannel, tag, false);
            return;
        }
        if (returns.merge(message, -1, Integer::sum) >= 0) {
            memoryChannel.reported.returned(
                    memoryChannel, body, new BrokerProblem(BrokerProblem.Kind.UNROUTABLE, "returned"));
        } else {
            taken.add(message);
        }
        memoryChannel.reported.confirmed(memoryChannel, tag, false);
    }

    private final class MemoryConnection implements BrokerClient.Connection {
        private final BrokerClient.Listener reported;
        private final int openedWith;
        private final CountDownLatch ended = new CountDownLatch(1);

        MemoryConnection(BrokerClient.Listener reported, int openedWith) {
            this.reported = reported;
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
        public BrokerClient.Channel openChannel(String key) throws BrokerException {
            synchronized (MemoryBroker.this) {
                if (unreachable) {
                    throw new BrokerProblem(BrokerProblem.Kind.UNREACHABLE, "Broken pipe").asException();
                }
                if (missing.contains(key)) {
                    throw new BrokerProblem(BrokerProblem.Kind.UNROUTABLE, "no queue " + key).asException();
                }
            }
            return new MemoryChannel(key, reported, ended);
        }

        @Override
        public void close() {}

        @Override
        public void cut() {
            ended.countDown();
        }
    }

    private final class MemoryChannel implements BrokerClient.Channel {
        private final String key;
        private final BrokerClient.Listener reported;
        private final CountDownLatch ended;
        private boolean sour;
        private long tag;

        MemoryChannel(String key, BrokerClient.Listener reported, CountDownLatch ended) {
            this.key = key;
            this.reported = reported;
            this.ended = ended;
        }

        @Override
        public long publish(byte[] body) throws BrokerException {
            if (!reads()) {
                stand();
            }
            tag++;
            arrive(this, tag, body);
            return tag;
        }

        private void stand() throws BrokerException {
            try {
                ended.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new BrokerProblem(BrokerProblem.Kind.UNREACHABLE, "Socket closed").asException();
        }

        @Override
        public void close() {}
    }
}
