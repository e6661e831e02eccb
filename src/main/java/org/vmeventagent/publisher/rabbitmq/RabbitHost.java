package org.vmeventagent.publisher.rabbitmq;

/** One host of a transport_url, with its own credentials. The password is in no text that this makes. */
public record RabbitHost(String host, int port, String user, String password) {
    /** The host and port as in a URL. */
    public String address() {
        return (host.indexOf(':') >= 0 ? '[' + host + ']' : host) + ':' + port;
    }

    @Override
    public String toString() {
        return user + '@' + address();
    }
}
