package org.vmeventagent.publisher.rabbitmq;

import com.rabbitmq.client.Address;
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
import org.vmeventagent.publisher.BrokerClient;
import org.vmeventagent.publisher.BrokerException;
import org.vmeventagent.publisher.BrokerProblem;
import org.vmeventagent.system.Threads;
import org.vmeventagent.tls.PemFile.UnusableFileException;

/**
 * Opens connections to RabbitMQ: each attempt goes through all hosts in random order.
 *
 * <p>Threads: {@link #open} belongs to one thread, {@link #use} to another. A name is resolved and a host is spoken to on a
 * thread of its own, which is left behind where it takes longer than it may: a look-up can't be cancelled, and a host may
 * send a byte now and then for ever. With {@value #MAX_HANGING} of them left no more is tried until one of them ends.
 */
public final class RabbitClient implements BrokerClient {
    private static final int REPLY_TIMEOUT_MS = 10_000;
    private static final int MAX_HANGING = 8;

    /**
     * The largest message that a broker may send; it could announce 2 GiB. What comes is what we sent, where no queue took it:
     * 48 KiB at most, twice that where every sign is escaped.
     */
    private static final int MAX_INBOUND = 512 * 1024;

    /** The largest frame, to both sides: RabbitMQ's default. Before it is agreed on the client takes 8 KiB. */
    private static final int MAX_FRAME = 128 * 1024;

    /** AMQP's frame-min-size: with less a body would go out in pieces without an end. */
    private static final int MIN_FRAME = 4096;

    private static final ThreadFactory THREADS = Threads.factory("amqp-");

    /** For what may hang: opening, and the client's last words to a broker. Idle threads end by themselves. */
    private static final ExecutorService WORKERS = Executors.newCachedThreadPool(THREADS);

    /** Asks the name servers; may take as long as it likes. */
    interface Resolver {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    private final Resolver resolver;
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile RabbitConfig config;

    /** Connects to nothing yet. */
    public RabbitClient(RabbitConfig config) {
        this(config, InetAddress::getAllByName);
    }

    RabbitClient(RabbitConfig config, Resolver resolver) {
        this.config = config;
        this.resolver = resolver;
    }

    /**
     * From the next connection on. A connection that was opened before knows that it is outdated, one that is being opened
     * too. One thread at a time.
     *
     * @return whether that is something else than before
     */
    public boolean use(RabbitConfig changed) {
        boolean other = !changed.equals(config);
        config = changed;
        return other;
    }

    @Override
    public BrokerClient.Connection open(BrokerClient.Listener listener, Runnable progressed)
            throws BrokerException, InterruptedException {
        return connect(listener, progressed);
    }

    /** The same, as a connection of RabbitMQ. */
    RabbitConnection connect(BrokerClient.Listener listener, Runnable progressed)
            throws BrokerException, InterruptedException {
        RabbitConfig now = config;
        ErrorMessages errorMessages = new ErrorMessages(now);
        SSLContext context = context(now);
        List<TransportUrl.Host> order = new ArrayList<>(now.hosts());
        Collections.shuffle(order);
        TreeSet<String> reasons = new TreeSet<>();
        BrokerProblem.Kind kind = BrokerProblem.Kind.MISCONFIGURED;
        for (TransportUrl.Host host : order) {
            progressed.run();
            BrokerProblem problem;
            try {
                return open(host, now, errorMessages, context, listener);
            } catch (BrokerException e) {
                problem = e.problem();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof Error error) { // of this process, not of the broker
                    throw error;
                }
                problem = errorMessages.ofOpening(e.getCause() == null ? e : e.getCause());
            } catch (TimeoutException e) {
                problem = errorMessages.ofOpening(e);
            }
            reasons.add((now.login() == SaslLogin.EXTERNAL ? host.address() : host.toString()) + ": " + problem.text());
            kind = problem.kind() == BrokerProblem.Kind.MISCONFIGURED ? kind : BrokerProblem.Kind.UNREACHABLE;
            if (isOutdated(now)) {
                return connect(listener, progressed);
            }
        }
        StringJoiner text = new StringJoiner("; ");
        reasons.forEach(text::add);
        throw new BrokerProblem(kind, text.toString()).asException();
    }

    private boolean isOutdated(RabbitConfig opened) {
        return !opened.equals(config);
    }

    private static @Nullable SSLContext context(RabbitConfig config) throws BrokerException {
        TlsConfig tls = config.tls();
        try {
            return tls == null ? null : tls.context();
        } catch (UnusableFileException e) {
            throw new BrokerProblem(BrokerProblem.Kind.MISCONFIGURED, String.valueOf(e.getMessage())).asException();
        }
    }

    private RabbitConnection open(
            TransportUrl.Host host,
            RabbitConfig with,
            ErrorMessages errorMessages,
            @Nullable SSLContext context,
            BrokerClient.Listener listener)
            throws BrokerException, ExecutionException, TimeoutException, InterruptedException {
        RabbitConnection.CuttableSocket sockets = new RabbitConnection.CuttableSocket(with.tls(), host.host());
        InetAddress[] found;
        try {
            found = within(with.connectTimeout(), () -> resolver.resolve(host.host()));
        } catch (TimeoutException e) {
            throw errorMessages.unresolved(host, with.connectTimeout()).asException();
        }
        List<Address> addresses = Stream.of(found)
                .<Address>map(address -> new ResolvedInetAddress(host.host(), address, host.port()))
                .toList();
        try {
            // to connect and to shake hands, and as long again for another address
            com.rabbitmq.client.Connection connection = within(
                    with.connectTimeout().multipliedBy(3), () -> connect(host, with, context, sockets, addresses));
            return RabbitConnection.listening(
                    connection, with, errorMessages, listener, sockets, host, () -> isOutdated(with));
        } catch (TimeoutException | ExecutionException | InterruptedException e) {
            sockets.cut();
            throw e;
        }
    }

    private static com.rabbitmq.client.Connection connect(
            TransportUrl.Host host,
            RabbitConfig with,
            @Nullable SSLContext context,
            RabbitConnection.CuttableSocket sockets,
            List<Address> addresses)
            throws IOException, TimeoutException, BrokerException {
        com.rabbitmq.client.Connection connection = factory(host, with, context, sockets)
                .newConnection(WORKERS, new ListAddressResolver(addresses), with.connectionName());
        if (connection.getFrameMax() < MIN_FRAME) {
            sockets.cut();
            throw new BrokerProblem(
                            BrokerProblem.Kind.MISCONFIGURED,
                            "the broker takes frames of " + connection.getFrameMax() + " bytes; AMQP asks for "
                                    + MIN_FRAME + "; set frame_max in rabbitmq.conf")
                    .asException();
        }
        return connection;
    }

    /** Runs it on another thread, which is left behind if it takes longer. */
    private <T> T within(Duration most, Callable<T> what)
            throws ExecutionException, TimeoutException, InterruptedException {
        if (underWay.get() >= MAX_HANGING) {
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
            TransportUrl.Host host,
            RabbitConfig config,
            @Nullable SSLContext context,
            RabbitConnection.CuttableSocket sockets) {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUsername(host.user());
        factory.setPassword(host.password());
        factory.setVirtualHost(config.virtualHost());
        factory.setSaslConfig(config.login().config());
        factory.setAutomaticRecoveryEnabled(false);
        factory.setTopologyRecoveryEnabled(false);
        factory.setRequestedHeartbeat((int) config.heartbeat().toSeconds());
        factory.setConnectionTimeout((int) config.connectTimeout().toMillis());
        factory.setHandshakeTimeout((int) config.connectTimeout().toMillis());
        factory.setChannelRpcTimeout(REPLY_TIMEOUT_MS);
        factory.setMaxInboundMessageBodySize(MAX_INBOUND);
        factory.setRequestedFrameMax(MAX_FRAME);
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
