package org.vmeventagent.rig;

import static java.util.stream.Collectors.joining;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.testcontainers.DockerClientFactory;

/**
 * A real RabbitMQ on the loopback: in a container where Docker answers, else a private node of the installed server.
 * Starting takes seconds, so there is one per JVM; each test takes a virtual host of its own.
 */
public abstract class RabbitBroker {
    private static final AtomicInteger VHOSTS = new AtomicInteger();

    private final int port;

    RabbitBroker(int port) {
        this.port = port;
    }

    /** The broker of this JVM, running. */
    public static RabbitBroker shared() {
        return Shared.BROKER;
    }

    /** One of the caller's own, which denies transient queues if its version can; {@link #remove} it. */
    public static RabbitBroker withoutTransientQueues() {
        int port = freePort();
        RabbitBroker broker = new LocalBroker(
                port,
                "VMEVENTAGENTTEST" + port,
                "",
                "[{rabbit, [{permit_deprecated_features, #{transient_nonexcl_queues => false}}]}].");
        broker.start();
        return broker;
    }

    public final int port() {
        return port;
    }

    /** A transport_url for the administrator of {@link #newVirtualHost}. */
    public final String url(String virtualHost) {
        return "rabbit://guest:guest@127.0.0.1:" + port + '/' + virtualHost;
    }

    /** An empty virtual host where guest may do everything. */
    public final String newVirtualHost() {
        String name = "v" + VHOSTS.incrementAndGet();
        makeVirtualHost(name);
        return name;
    }

    /** The same under a name of yours. */
    public final void makeVirtualHost(String name) {
        call("rabbit_vhost:add", name);
        permit("guest", name, ".*", ".*", ".*");
    }

    /** A user who may log in with this password, and do nothing yet. */
    public final void addUser(String name, String password) {
        call("rabbit_auth_backend_internal:add_user", name, password);
    }

    /** What {@code rabbitmqctl set_permissions} does. */
    public final void permit(String user, String virtualHost, String configure, String write, String read) {
        call("rabbit_auth_backend_internal:set_permissions", user, virtualHost, configure, write, read);
    }

    /** Runs the command and returns what it printed; an error if it fails. Takes seconds on a busy machine. */
    public abstract String rabbitmqctl(String... arguments);

    /** Evaluates Erlang expressions in the broker and returns the last one's value; an error if there is none. */
    public abstract String eval(String erlang);

    /**
     * Begins to listen with TLS on ports of their own, until it is stopped.
     *
     * @return the ports in the order of the listeners, on the loopback
     */
    public abstract List<Integer> listen(List<TlsListener> listeners);

    /** Starts it with the data it had; returns when it serves. */
    public abstract void start();

    /** Lets it end by itself. */
    public abstract void stop();

    /** Ends it as a power failure would. */
    public abstract void kill9();

    /** It keeps its connections and says nothing any more. */
    public abstract void freeze();

    public abstract void thaw();

    /** Ends it and leaves nothing behind. */
    public abstract void remove();

    /** Calls a function that takes texts, and at last the name of who calls. */
    private void call(String function, String... texts) {
        eval(function
                + Arrays.stream(texts).map(text -> "<<\"" + text + "\">>, ").collect(joining("", "(", ""))
                + "<<\"test\">>).");
    }

    /** One that nobody listened on just now, on the loopback. */
    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException("no free port", e);
        }
    }

    private static boolean dockerAnswers() {
        boolean likely = System.getenv("DOCKER_HOST") != null || new File("/var/run/docker.sock").exists();
        return likely && DockerClientFactory.instance().isDockerAvailable();
    }

    private static final class Shared {
        static final RabbitBroker BROKER = begin();

        private static RabbitBroker begin() {
            RabbitBroker broker = dockerAnswers() ? new ContainerBroker(freePort()) : new LocalBroker(freePort());
            Runtime.getRuntime().addShutdownHook(new Thread(broker::remove, "rabbit-end"));
            broker.start();
            return broker;
        }
    }
}
