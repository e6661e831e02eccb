package org.vmeventagent.bus.amqp;

import com.rabbitmq.client.Address;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ListAddressResolver;
import com.rabbitmq.client.ResolvedInetAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.bus.Dialer;
import org.vmeventagent.bus.Link;
import org.vmeventagent.bus.Signals;
import org.vmeventagent.bus.Trouble;
import org.vmeventagent.bus.TroubleException;
import org.vmeventagent.system.Threads;

/**
 * Opens connections to RabbitMQ: each attempt goes through all hosts in random order.
 *
 * <p>Threads: {@link #open} belongs to one thread, {@link #use} to another. A name is resolved and a host is spoken to on a
 * thread of its own, which is left behind where it takes longer than it may: a look-up can't be cancelled, and a host may
 * send a byte now and then for ever. With {@value #MOST_HANGING} of them left no more is tried until one of them ends.
 */
public final class AmqpDialer implements Dialer {
    private static final int ANSWER_MS = 10_000;
    private static final int MOST_HANGING = 8;

    /**
     * The largest message that a broker may send; it could announce 2 GiB. What comes is what we sent, where no queue took it:
     * 48 KiB at most, twice that where every sign is escaped.
     */
    private static final int MOST_INBOUND = 512 * 1024;

    /** The largest frame, to both sides: RabbitMQ's default. Before it is agreed on the client takes 8 KiB. */
    private static final int MOST_FRAME = 128 * 1024;

    /** AMQP's frame-min-size: with less a body would go out in pieces without an end. */
    private static final int LEAST_FRAME = 4096;

    private static final ThreadFactory THREADS = Threads.factory("amqp-");

    /** For what may hang: opening, and the client's last words to a broker. Idle threads end by themselves. */
    private static final ExecutorService WORKERS = Executors.newCachedThreadPool(THREADS);

    /** Asks the name servers; may take as long as it likes. */
    interface Resolver {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    private final Resolver resolver;
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile AmqpConfig config;

    /** Connects to nothing yet. */
    public AmqpDialer(AmqpConfig config) {
        this(config, InetAddress::getAllByName);
    }

    AmqpDialer(AmqpConfig config, Resolver resolver) {
        this.config = config;
        this.resolver = resolver;
    }

    /**
     * From the next connection on. A connection that was opened before knows that it is outdated, one that is being opened
     * too. One thread at a time.
     *
     * @return whether that is something else than before
     */
    public boolean use(AmqpConfig changed) {
        boolean other = !changed.equals(config);
        config = changed;
        return other;
    }

    @Override
    public Link open(Signals signals, Runnable turned) throws TroubleException, InterruptedException {
        AmqpConfig now = config;
        Hints hints = new Hints(now);
        SSLContext context = context(now);
        List<Broker> order = new ArrayList<>(now.brokers());
        Collections.shuffle(order);
        TreeSet<String> reasons = new TreeSet<>();
        Trouble.Kind kind = Trouble.Kind.REFUSED;
        for (Broker broker : order) {
            turned.run();
            Trouble trouble;
            try {
                return open(broker, now, hints, context, signals);
            } catch (TroubleException e) {
                trouble = e.trouble();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof Error error) { // of this process, not of the broker
                    throw error;
                }
                trouble = hints.ofOpening(e.getCause() == null ? e : e.getCause());
            } catch (TimeoutException e) {
                trouble = hints.ofOpening(e);
            }
            reasons.add((now.login() == Login.EXTERNAL ? broker.address() : broker.toString()) + ": " + trouble.text());
            kind = trouble.kind() == Trouble.Kind.REFUSED ? kind : Trouble.Kind.AWAY;
            if (isOutdated(now)) {
                return open(signals, turned);
            }
        }
        StringJoiner text = new StringJoiner("; ");
        reasons.forEach(text::add);
        throw new Trouble(kind, text.toString()).asException();
    }

    private boolean isOutdated(AmqpConfig opened) {
        return !opened.equals(config);
    }

    private static @Nullable SSLContext context(AmqpConfig config) throws TroubleException {
        Tls tls = config.tls();
        try {
            return tls == null ? null : tls.context();
        } catch (UnusableFileException e) {
            throw new Trouble(Trouble.Kind.AWAY, String.valueOf(e.getMessage())).asException();
        }
    }

    private Link open(Broker broker, AmqpConfig with, Hints hints, @Nullable SSLContext context, Signals signals)
            throws TroubleException, ExecutionException, TimeoutException, InterruptedException {
        Socketry sockets = new Socketry(with.tls(), broker.host());
        InetAddress[] found;
        try {
            found = within(with.connectTimeout(), () -> resolver.resolve(broker.host()));
        } catch (TimeoutException e) {
            throw hints.unresolved(broker, with.connectTimeout()).asException();
        }
        List<Address> addresses = Stream.of(found)
                .<Address>map(address -> new ResolvedInetAddress(broker.host(), address, broker.port()))
                .toList();
        try {
            // to connect and to shake hands, and as long again for another address
            Connection connection = within(
                    with.connectTimeout().multipliedBy(3), () -> connect(broker, with, context, sockets, addresses));
            connection.addBlockedListener(signals::blocked, signals::unblocked);
            connection.addShutdownListener(cause -> {
                if (!cause.isInitiatedByApplication()) {
                    signals.linkClosed(hints.of(cause));
                }
            });
            return new AmqpLink(connection, with, hints, signals, sockets, broker, () -> isOutdated(with));
        } catch (TimeoutException | ExecutionException | InterruptedException e) {
            sockets.cut();
            throw e;
        }
    }

    private static Connection connect(
            Broker broker, AmqpConfig with, @Nullable SSLContext context, Socketry sockets, List<Address> addresses)
            throws IOException, TimeoutException {
        Connection connection = factory(broker, with, context, sockets)
                .newConnection(WORKERS, new ListAddressResolver(addresses), with.connectionName());
        if (connection.getFrameMax() < LEAST_FRAME) {
            sockets.cut();
            throw new IOException("the broker takes frames of " + connection.getFrameMax() + " bytes; AMQP asks for "
                    + LEAST_FRAME + " (frame_max in rabbitmq.conf)");
        }
        return connection;
    }

    /** Runs it on another thread, which is left behind if it takes longer. */
    private <T> T within(Duration most, Callable<T> what)
            throws ExecutionException, TimeoutException, InterruptedException {
        if (underWay.get() >= MOST_HANGING) {
            throw new TimeoutException(); // as the ones before
        }
        FutureTask<T> task = new FutureTask<>(() -> {
            try {
                return what.call();
            } finally {
                underWay.decrementAndGet();
            }
        });
        underWay.incrementAndGet();
        try {
            WORKERS.execute(task);
        } catch (Error e) { // no thread for it
            underWay.decrementAndGet();
            throw e;
        }
        return task.get(most.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static ConnectionFactory factory(
            Broker broker, AmqpConfig config, @Nullable SSLContext context, Socketry sockets) {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUsername(broker.user());
        factory.setPassword(broker.password());
        factory.setVirtualHost(config.virtualHost());
        factory.setSaslConfig(config.login().config());
        factory.setAutomaticRecoveryEnabled(false);
        factory.setTopologyRecoveryEnabled(false);
        factory.setRequestedHeartbeat((int) config.heartbeat().toSeconds());
        factory.setConnectionTimeout((int) config.connectTimeout().toMillis());
        factory.setHandshakeTimeout((int) config.connectTimeout().toMillis());
        factory.setChannelRpcTimeout(ANSWER_MS);
        factory.setMaxInboundMessageBodySize(MOST_INBOUND);
        factory.setRequestedFrameMax(MOST_FRAME);
        factory.setShutdownExecutor(WORKERS);
        factory.setThreadFactory(THREADS);
        factory.setExceptionHandler(sockets);
        if (context != null) {
            factory.useSslProtocol(context);
        }
        factory.setSocketConfigurator(sockets); // after TLS, which would put its own check of the host name there
        return factory;
    }
}
