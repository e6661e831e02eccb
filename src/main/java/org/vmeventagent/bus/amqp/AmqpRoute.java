package org.vmeventagent.bus.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.util.Map;
import org.vmeventagent.bus.Route;
import org.vmeventagent.bus.Signals;
import org.vmeventagent.bus.TroubleException;

/** A channel with confirms for one routing key: a refusal closes this one alone. */
final class AmqpRoute implements Route {
    /** Exactly what oslo.messaging sends; without the content type a listener drops the message. */
    private static final AMQP.BasicProperties PROPERTIES = new AMQP.BasicProperties.Builder()
            .contentType("application/json")
            .contentEncoding("utf-8")
            .headers(Map.of())
            .deliveryMode(2)
            .priority(0)
            .build();

    private final Channel channel;
    private final String exchange;
    private final String key;
    private final Hints hints;

    private AmqpRoute(Channel channel, String exchange, String key, Hints hints) {
        this.channel = channel;
        this.exchange = exchange;
        this.key = key;
        this.hints = hints;
    }

    static AmqpRoute open(Connection connection, String exchange, String key, Hints hints, Signals signals)
            throws IOException {
        Channel channel = connection.openChannel().orElseThrow(() -> new IOException("no channel is free"));
        AmqpRoute route = new AmqpRoute(channel, exchange, key, hints);
        channel.addConfirmListener(
                (tag, multiple) -> signals.confirmed(route, tag, multiple),
                (tag, multiple) -> signals.refused(route, tag, multiple));
        channel.addReturnListener(back -> signals.returned(route, back.getBody(), hints.unroutable(key)));
        channel.addShutdownListener(cause -> {
            if (!cause.isHardError() && !cause.isInitiatedByApplication()) {
                signals.routeClosed(route, hints.of(cause));
            }
        });
        channel.confirmSelect();
        return route;
    }

    @Override
    public long publish(byte[] body) throws TroubleException {
        try {
            long tag = channel.getNextPublishSeqNo();
            channel.basicPublish(exchange, key, true, false, PROPERTIES, body);
            return tag;
        } catch (IOException | AlreadyClosedException e) {
            throw hints.of(e).asException();
        }
    }

    @Override
    public void close() {
        Topology.quit(channel);
    }
}
