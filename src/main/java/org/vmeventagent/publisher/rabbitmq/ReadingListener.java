package org.vmeventagent.publisher.rabbitmq;

import org.vmeventagent.publisher.BrokerClient;
import org.vmeventagent.publisher.BrokerProblem;

/** For a connection on which nothing is published, so that nothing comes back that matters. */
class ReadingListener implements BrokerClient.Listener {
    @Override
    public void confirmed(BrokerClient.Channel channel, long tag, boolean multiple) {}

    @Override
    public void nacked(BrokerClient.Channel channel, long tag, boolean multiple) {}

    @Override
    public void returned(BrokerClient.Channel channel, byte[] body, BrokerProblem problem) {}

    @Override
    public void channelClosed(BrokerClient.Channel channel, BrokerProblem problem) {}

    @Override
    public void connectionClosed(BrokerProblem problem) {}

    @Override
    public void blocked(String reason) {}

    @Override
    public void unblocked() {}
}
