package org.vmeventagent.publisher.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.util.Map;
import org.vmeventagent.publisher.BrokerClient;
import org.vmeventagent.publisher.BrokerException;

/** A channel with confirms for one routing key: a refusal closes this one alone. */
final class RabbitChannel implements BrokerClient.Channel {
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
    private final ErrorMessages errorMessages;

    private RabbitChannel(Channel channel, String exchange, String key, ErrorMessages errorMessages) {
        this.channel = channel;
        this.exchange = exchange;
        this.key = key;
        this.errorMessages = errorMessages;
    }

    static RabbitChannel open(
            Connection connection,
            String exchange,
            String key,
            ErrorMessages errorMessages,
            BrokerClient.Listener listener)
            throws IOException {
        Channel channel = connection.openChannel().orElseThrow(() -> new IOException("no channel is free"));
        RabbitChannel opened = new RabbitChannel(channel, exchange, key, errorMessages);
        channel.addConfirmListener(
                (tag, multiple) -> listener.confirmed(opened, tag, multiple),
                (tag, multiple) -> listener.nacked(opened, tag, multiple));
        channel.addReturnListener(back -> listener.returned(opened, back.getBody(), errorMessages.unroutable(key)));
        channel.addShutdownListener(cause -> {
            if (!cause.isHardError() && !cause.isInitiatedByApplication()) {
                listener.channelClosed(opened, errorMessages.of(cause));
            }
        });
        channel.confirmSelect();
        return opened;
    }

    @Override
    public long publish(byte[] body) throws BrokerException {
        try {
            long tag = channel.getNextPublishSeqNo();
            channel.basicPublish(exchange, key, true, false, PROPERTIES, body);
            return tag;
        } catch (IOException | AlreadyClosedException e) {
            throw errorMessages.of(e).asException();
        }
    }

    @Override
    public void close() {
        Topology.quit(channel);
    }
}
