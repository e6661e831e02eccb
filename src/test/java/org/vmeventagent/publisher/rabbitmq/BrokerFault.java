package org.vmeventagent.publisher.rabbitmq;

import com.rabbitmq.client.Channel;
import java.util.Map;
import org.vmeventagent.chaos.Fault;
import org.vmeventagent.publisher.rabbitmq.RabbitConfig.DeclareMode;

/**
 * What can go wrong between the agent and its broker: how it is made, how it is ended, and what the agent says. The two
 * texts are the first columns of the table in docs/reliability.md.
 */
enum BrokerFault {
    KILLED("broker killed", "connects again", "Lost the connection to the broker", "Connected to") {
        @Override
        void make(BrokerFaultRun run) {
            Fault.KILLED.begin(run.bus.broker, run.bus.virtualHost);
        }

        @Override
        void end(BrokerFaultRun run) {
            Fault.KILLED.end(run.bus.broker);
        }
    },
    RESTARTED("broker restarted", "connects again", "Lost the connection to the broker", "Connected to") {
        @Override
        void make(BrokerFaultRun run) {
            Fault.STOPPED.begin(run.bus.broker, run.bus.virtualHost);
        }

        @Override
        void end(BrokerFaultRun run) {
            Fault.STOPPED.end(run.bus.broker);
        }
    },
    FROZEN("broker frozen (SIGSTOP)", "misses its heartbeats, connects again", "no heartbeat", "Connected to") {
        @Override
        void make(BrokerFaultRun run) {
            Fault.FROZEN.begin(run.bus.broker, run.bus.virtualHost);
        }

        @Override
        void end(BrokerFaultRun run) {
            Fault.FROZEN.end(run.bus.broker);
        }
    },
    BLACK_HOLE(
            "network that drops everything, nothing closed",
            "misses its heartbeats, connects again",
            "no heartbeat",
            "Connected to") {
        @Override
        RabbitConfig config(BrokerFaultRun run) {
            return run.config("127.0.0.1", run.proxy.port(), "guest", DeclareMode.FULL, PublisherRig.DURABLE);
        }

        @Override
        void make(BrokerFaultRun run) {
            run.proxy.swallow();
        }

        @Override
        void end(BrokerFaultRun run) {
            run.proxy.forward();
        }
    },
    CUT("connection closed by an administrator", "connects again", "CONNECTION_FORCED", "Connected to") {
        @Override
        void make(BrokerFaultRun run) {
            Fault.CLIENTS_CUT_OFF.begin(run.bus.broker, run.bus.virtualHost);
        }

        @Override
        void end(BrokerFaultRun run) {} // over as soon as it is made
    },
    REFUSED("connection refused", "tries again", "Connection refused; does a broker run there?", "Connected to") {
        @Override
        boolean isThereAtTheStart() {
            return true;
        }

        @Override
        RabbitConfig config(BrokerFaultRun run) {
            return run.config("127.0.0.1", run.proxy.port(), "guest", DeclareMode.FULL, PublisherRig.DURABLE);
        }

        @Override
        void make(BrokerFaultRun run) {
            run.proxy.refuse();
        }

        @Override
        void end(BrokerFaultRun run) {
            run.proxy.accept();
        }
    },
    UNKNOWN_HOST("host name that doesn't resolve", "tries again", "unknown host; check the name", "Connected to") {
        @Override
        boolean isThereAtTheStart() {
            return true;
        }

        @Override
        RabbitConfig config(BrokerFaultRun run) {
            return run.config(
                    "no-such-host.invalid", run.bus.broker.port(), "guest", DeclareMode.FULL, PublisherRig.DURABLE);
        }

        @Override
        void end(BrokerFaultRun run) {
            run.reload(run.config("127.0.0.1", run.bus.broker.port(), "guest", DeclareMode.FULL, PublisherRig.DURABLE));
        }
    },
    MEMORY_ALARM(
            "memory alarm",
            "holds back until the broker takes messages",
            "blocks publishing",
            "The broker takes messages again") {
        @Override
        void make(BrokerFaultRun run) {
            run.bus.broker.rabbitmqctl("set_vm_memory_high_watermark", "0");
        }

        @Override
        void end(BrokerFaultRun run) {
            run.bus.broker.rabbitmqctl("set_vm_memory_high_watermark", "0.4");
        }
    },
    EXCHANGE_DELETED(
            "exchange deleted: the broker closes the channel",
            "makes it again and opens another channel",
            "",
            "Created the exchange") {
        @Override
        void make(BrokerFaultRun run) throws Exception {
            try (Channel channel = run.bus.channel()) {
                channel.exchangeDelete(PublisherRig.EXCHANGE);
            }
        }

        @Override
        void end(BrokerFaultRun run) {} // the agent ends it
    },
    QUEUE_DELETED(
            "queue deleted under the publisher", "gets messages back, keeps them, looks for the queue",
            "there is no queue notifications.info", "notifications.info goes on") {
        @Override
        RabbitConfig config(BrokerFaultRun run) throws Exception {
            run.makeQueue(true, Map.of());
            return run.config(DeclareMode.BIND);
        }

        @Override
        void make(BrokerFaultRun run) throws Exception {
            run.deleteEmptyQueue();
        }

        @Override
        void end(BrokerFaultRun run) throws Exception {
            run.makeQueue(true, Map.of());
        }
    },
    UNBOUND(
            "binding removed: nothing takes the messages", "gets messages back, keeps them, tries again",
            "no queue is bound to exchange vm-event-agent", "notifications.info goes on") {
        @Override
        RabbitConfig config(BrokerFaultRun run) throws Exception {
            run.makeQueue(true, Map.of());
            run.makeExchange();
            end(run);
            return run.config(DeclareMode.PASSIVE);
        }

        @Override
        void make(BrokerFaultRun run) throws Exception {
            try (Channel channel = run.bus.channel()) {
                channel.queueUnbind(PublisherRig.KEY, PublisherRig.EXCHANGE, PublisherRig.KEY);
            }
        }

        @Override
        void end(BrokerFaultRun run) throws Exception {
            try (Channel channel = run.bus.channel()) {
                channel.queueBind(PublisherRig.KEY, PublisherRig.EXCHANGE, PublisherRig.KEY);
            }
        }
    },
    QUEUE_FULL(
            "queue full (max-length, reject-publish)",
            "keeps what is refused, tries again",
            "the broker nacks messages of notifications.info",
            "notifications.info goes on") {
        @Override
        RabbitConfig config(BrokerFaultRun run) throws Exception {
            run.makeQueue(true, Map.of());
            run.limitQueue();
            return run.config(DeclareMode.BIND);
        }

        @Override
        void end(BrokerFaultRun run) {
            run.unlimitQueue();
        }
    },
    WRONG_PASSWORD("wrong password", "tries again", "login refused; check user and password", "Connected to") {
        @Override
        boolean isThereAtTheStart() {
            return true;
        }

        @Override
        RabbitConfig config(BrokerFaultRun run) {
            run.addUser(".*");
            return run.config("127.0.0.1", run.bus.broker.port(), run.user, DeclareMode.FULL, PublisherRig.DURABLE);
        }

        @Override
        void make(BrokerFaultRun run) {
            run.bus.broker.rabbitmqctl("change_password", run.user, "another");
        }

        @Override
        void end(BrokerFaultRun run) {
            run.bus.broker.rabbitmqctl("change_password", run.user, BrokerFaultRun.PASSWORD);
        }
    },
    NO_VIRTUAL_HOST("virtual host missing", "tries again", "check the virtual host in transport_url", "Connected to") {
        @Override
        boolean isThereAtTheStart() {
            return true;
        }

        @Override
        void make(BrokerFaultRun run) {
            run.bus.broker.rabbitmqctl("delete_vhost", run.bus.virtualHost);
        }

        @Override
        void end(BrokerFaultRun run) {
            run.bus.broker.makeVirtualHost(run.bus.virtualHost);
        }

        @Override
        boolean mayReport(String line) {
            return line.contains("refused for user 'guest'"); // it is there a moment before its permissions are
        }
    },
    NO_RIGHTS(
            "no right to configure (403)",
            "asks again",
            "the user needs configure and read on the exchange",
            "notifications.info goes on") {
        @Override
        boolean isThereAtTheStart() {
            return true;
        }

        @Override
        RabbitConfig config(BrokerFaultRun run) throws Exception {
            run.makeQueue(true, Map.of());
            run.addUser("^$");
            return run.config("127.0.0.1", run.bus.broker.port(), run.user, DeclareMode.BIND, PublisherRig.DURABLE);
        }

        @Override
        void end(BrokerFaultRun run) {
            run.permit(".*");
        }
    },
    OTHER_DURABILITY(
            "queue of another durability (406)", "asks again; connects again when the option is set and SIGHUP came",
            "set [oslo_messaging_rabbit] amqp_durable_queues = false", "notifications.info goes on") {
        @Override
        boolean isThereAtTheStart() {
            return true;
        }

        @Override
        void make(BrokerFaultRun run) throws Exception {
            run.makeQueue(false, Map.of());
        }

        @Override
        void end(BrokerFaultRun run) {
            run.reload(run.config(
                    "127.0.0.1", run.bus.broker.port(), "guest", DeclareMode.FULL, QueueArguments.TRANSIENT));
        }
    },
    OTHER_TYPE(
            "queue of another type (406)", "asks again; connects again when the option is set and SIGHUP came",
            "set [oslo_messaging_rabbit] rabbit_quorum_queue = true", "notifications.info goes on") {
        @Override
        boolean isThereAtTheStart() {
            return true;
        }

        @Override
        void make(BrokerFaultRun run) throws Exception {
            run.makeQueue(true, Map.of("x-queue-type", "quorum"));
        }

        @Override
        void end(BrokerFaultRun run) {
            QueueArguments quorum = new QueueArguments(false, false, true, 0, 0, 0, false);
            run.reload(run.config("127.0.0.1", run.bus.broker.port(), "guest", DeclareMode.FULL, quorum));
        }
    };

    final String what;
    final String answer;

    /** What stands in the one line that an operator gets, a WARN or an ERROR; empty for none. */
    final String reported;

    /** How the line begins that says that all is well again. */
    final String over;

    BrokerFault(String what, String answer, String reported, String over) {
        this.what = what;
        this.answer = answer;
        this.reported = reported;
        this.over = over;
    }

    /** Whether it is made before the agent starts; else while notifications flow. */
    boolean isThereAtTheStart() {
        return false;
    }

    /** Whether this line may be logged beside the one that is expected. */
    boolean mayReport(String line) {
        return false;
    }

    /** Prepares the broker, and says how the agent connects. */
    RabbitConfig config(BrokerFaultRun run) throws Exception {
        return run.config(DeclareMode.FULL);
    }

    /** Nothing where it comes by itself. */
    void make(BrokerFaultRun run) throws Exception {}

    abstract void end(BrokerFaultRun run) throws Exception;
}
