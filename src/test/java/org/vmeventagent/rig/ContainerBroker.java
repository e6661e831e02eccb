package org.vmeventagent.rig;

import com.github.dockerjava.api.DockerClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.testcontainers.containers.Container;
import org.testcontainers.containers.RabbitMQContainer;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;

/** RabbitMQ in a container, with a fixed port, because a restart would else move it. */
final class ContainerBroker extends RabbitBroker {
    private static final int TLS_PORTS = 12;
    private static final int FIRST_TLS_PORT = 6001;

    private final RabbitMQContainer container;
    private final List<Integer> tlsPorts =
            Stream.generate(RabbitBroker::freePort).distinct().limit(TLS_PORTS).toList();
    private int tlsPortsUsed;

    ContainerBroker(int port) {
        super(port);
        container = new RabbitMQContainer(DockerImageName.parse("rabbitmq:3.13"));
        List<String> bindings = new ArrayList<>(List.of("127.0.0.1:" + port + ":5672"));
        for (int i = 0; i < TLS_PORTS; i++) {
            bindings.add("127.0.0.1:" + tlsPorts.get(i) + ':' + (FIRST_TLS_PORT + i));
        }
        container.setPortBindings(bindings);
        container.withCopyToContainer(
                Transferable.of("[rabbitmq_auth_mechanism_ssl]."), "/etc/rabbitmq/enabled_plugins");
    }

    @Override
    public String rabbitmqctl(String... arguments) {
        List<String> command = new ArrayList<>(List.of("rabbitmqctl", "--quiet"));
        command.addAll(Arrays.asList(arguments));
        try {
            Container.ExecResult result = container.execInContainer(command.toArray(String[]::new));
            if (result.getExitCode() != 0) {
                throw new IllegalStateException(command + " failed: " + result.getStderr());
            }
            return result.getStdout();
        } catch (IOException e) {
            throw new IllegalStateException(command + " failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(command + " interrupted", e);
        }
    }

    @Override
    public String eval(String erlang) {
        return rabbitmqctl("eval", erlang).strip();
    }

    @Override
    public List<Integer> listen(List<TlsListener> listeners) {
        int first = tlsPortsUsed;
        tlsPortsUsed += listeners.size();
        List<Integer> inner = IntStream.range(FIRST_TLS_PORT + first, FIRST_TLS_PORT + tlsPortsUsed)
                .boxed()
                .toList();
        eval(TlsListener.erlang(listeners, "0.0.0.0", inner));
        return tlsPorts.subList(first, tlsPortsUsed);
    }

    @Override
    public void start() {
        if (container.getContainerId() == null) {
            container.start();
        } else {
            docker().startContainerCmd(container.getContainerId()).exec();
            rabbitmqctl("await_startup", "--timeout", "50");
        }
    }

    @Override
    public void stop() {
        docker().stopContainerCmd(container.getContainerId()).exec();
    }

    @Override
    public void kill9() {
        docker().killContainerCmd(container.getContainerId()).exec();
    }

    @Override
    public void freeze() {
        docker().pauseContainerCmd(container.getContainerId()).exec();
    }

    @Override
    public void thaw() {
        docker().unpauseContainerCmd(container.getContainerId()).exec();
    }

    @Override
    public void remove() {
        container.stop();
    }

    private DockerClient docker() {
        return container.getDockerClient();
    }
}
