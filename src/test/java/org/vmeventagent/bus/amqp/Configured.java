package org.vmeventagent.bus.amqp;

import org.vmeventagent.config.NotificationTransport;
import org.vmeventagent.config.Options;
import org.vmeventagent.config.RabbitOptions;

/** The way from a configuration's text to an {@link AmqpConfig}, as the daemon goes it. */
final class Configured {
    private Configured() {}

    static AmqpConfig of(String url, String rabbit, String declare) {
        Options options = Options.ofText("[DEFAULT]\ntransport_url = " + url + "\n[notifications]\ndeclare = " + declare
                + "\n[oslo_messaging_rabbit]\n" + rabbit + "\n");
        TransportUrl parsed = TransportUrl.parse(
                NotificationTransport.from(options).transportUrl().orElseThrow());
        return AmqpConfig.from(
                options.overridden(RabbitOptions.SECTION, parsed.query(), "the transport_url's query"), parsed);
    }
}
