package org.vmeventagent.rig;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.GetResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Takes what waits in a queue. Not one by one with {@code basic.get}: in a quorum queue each costs a commit. */
public final class WaitingMessages {
    private static final long DEADLINE_S = 60;

    private WaitingMessages() {}

    /**
     * All that waits there now, and what comes until that is read.
     *
     * @throws IOException when there is no such queue
     * @throws IllegalStateException when some don't come within a minute
     */
    public static List<GetResponse> take(Channel channel, String queue) throws IOException {
        Taker taker = new Taker(channel, channel.queueDeclarePassive(queue).getMessageCount());
        String tag = channel.basicConsume(queue, true, taker);
        await(taker.left, queue);
        channel.basicCancel(tag);
        await(taker.ended, queue);
        return taker.taken;
    }

    private static void await(CountDownLatch latch, String queue) {
        try {
            if (!latch.await(DEADLINE_S, TimeUnit.SECONDS)) {
                throw new IllegalStateException(latch.getCount() + " messages of " + queue + " don't come");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static final class Taker extends DefaultConsumer {
        private final List<GetResponse> taken = Collections.synchronizedList(new ArrayList<>());
        private final CountDownLatch ended = new CountDownLatch(1);
        private final CountDownLatch left;

        Taker(Channel channel, int waiting) {
            super(channel);
            left = new CountDownLatch(waiting);
        }

        @Override
        public void handleDelivery(String tag, Envelope envelope, BasicProperties properties, byte[] body) {
            taken.add(new GetResponse(envelope, properties, body, 0));
            left.countDown();
        }

        /** Comes after the last delivery. */
        @Override
        public void handleCancelOk(String tag) {
            ended.countDown();
        }
    }
}
