package org.vmeventagent.publisher.rabbitmq;

import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.NotificationTransport;
import org.vmeventagent.config.RabbitOptions;

/** The way from a configuration's text to an {@link RabbitConfig}, as the daemon goes it. */
final class ParsedConfig {
    private ParsedConfig() {}

    static RabbitConfig of(String url, String rabbit, String declare) {
        Configuration configuration = Configuration.ofText("[DEFAULT]\ntransport_url = " + url
                + "\n[notifications]\ndeclare = " + declare + "\n[oslo_messaging_rabbit]\n" + rabbit + "\n");
        TransportUrl parsed = TransportUrl.parse(
                NotificationTransport.from(configuration).transportUrl().orElseThrow());
        return RabbitConfig.from(
                configuration.overridden(RabbitOptions.SECTION, parsed.query(), "the transport_url's query"), parsed);
    }
}
