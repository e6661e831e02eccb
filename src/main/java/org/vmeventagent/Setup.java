package org.vmeventagent;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.bus.Drivers;
import org.vmeventagent.bus.PublisherConfig;
import org.vmeventagent.bus.amqp.AmqpConfig;
import org.vmeventagent.bus.amqp.Login;
import org.vmeventagent.bus.amqp.Tls;
import org.vmeventagent.bus.amqp.TransportUrl;
import org.vmeventagent.config.ConfigException;
import org.vmeventagent.config.DefaultOptions;
import org.vmeventagent.config.Exposure;
import org.vmeventagent.config.KnownOptions;
import org.vmeventagent.config.LibvirtOptions;
import org.vmeventagent.config.NotificationOptions;
import org.vmeventagent.config.NotificationTransport;
import org.vmeventagent.config.Option;
import org.vmeventagent.config.Options;
import org.vmeventagent.config.OsloNotificationOptions;
import org.vmeventagent.config.RabbitOptions;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.libvirt.LibvirtConfig;
import org.vmeventagent.notification.EventFilter;
import org.vmeventagent.notification.NotificationConfig;
import org.vmeventagent.recorder.PublishFilter;
import org.vmeventagent.recorder.RecorderConfig;
import org.vmeventagent.store.StoreConfig;
import org.vmeventagent.system.BootId;
import org.vmeventagent.system.HostName;

/**
 * The configuration as each part wants it. Everything that can be wrong with it is wrong here, before anything starts.
 *
 * @param loaded what the files say
 * @param options the same with what the transport_url's query says
 * @param publisher null without an acknowledging driver
 * @param amqp null without an acknowledging driver
 */
record Setup(
        Options loaded,
        Options options,
        StoreConfig store,
        LibvirtConfig libvirt,
        RecorderConfig recorder,
        NotificationConfig notification,
        PublishFilter filter,
        Drivers drivers,
        @Nullable PublisherConfig publisher,
        @Nullable AmqpConfig amqp,
        List<String> warnings) {

    /** What {@link #reloaded} takes over without a restart, beside all that is said of RabbitMQ. */
    private static final Set<Option<?>> RELOADED = Set.of(
            NotificationOptions.EVENTS,
            NotificationOptions.NON_NOVA_DOMAINS,
            NotificationOptions.EXCHANGE,
            NotificationOptions.ALLOW_FOREIGN_EXCHANGE,
            NotificationOptions.DECLARE,
            DefaultOptions.DEBUG,
            DefaultOptions.LOG_FORMAT);

    private static final Set<Option<?>> TRANSPORT = Set.of(
            DefaultOptions.TRANSPORT_URL,
            OsloNotificationOptions.TRANSPORT_URL,
            OsloNotificationOptions.TRANSPORT_URL_FILE);

    /**
     * What each part is to do.
     *
     * @throws ConfigException for the first thing that is wrong
     */
    static Setup from(Options loaded) {
        NotificationTransport transport = NotificationTransport.from(loaded);
        Drivers drivers = drivers(loaded, transport);
        Options options = loaded;
        PublisherConfig publisher = null;
        AmqpConfig amqp = null;
        List<String> warnings = new ArrayList<>(loaded.warnings());
        if (drivers.envelope() != null && transport.transportUrl().isPresent()) {
            TransportUrl url = url(loaded, transport.transportUrl().get());
            options = loaded.overridden(RabbitOptions.SECTION, url.query(), "the transport_url's query");
            publisher = PublisherConfig.from(options, drivers.envelope());
            amqp = AmqpConfig.from(options, url);
            warnings.addAll(amqp.login() == Login.EXTERNAL ? List.of() : url.warnings());
            warnings.addAll(Tls.warnings(options));
            options.find(OsloNotificationOptions.TRANSPORT_URL_FILE)
                    .flatMap(file -> Exposure.of(Path.of(file), "a password"))
                    .ifPresent(warnings::add);
        }
        StoreConfig store = StoreConfig.from(options).withBootId(BootId.of(System.getenv()));
        return new Setup(
                loaded,
                options,
                store,
                LibvirtConfig.from(options, kinds(options)),
                RecorderConfig.from(options, drivers.envelope() != null, store.machineId()),
                NotificationConfig.from(
                        options, options.find(DefaultOptions.HOST).orElseGet(HostName::get)),
                PublishFilter.from(options, published(options)),
                drivers,
                publisher,
                amqp,
                List.copyOf(warnings));
    }

    /**
     * What of a changed configuration counts without a restart; the rest is as it is here.
     *
     * @throws ConfigException where the two don't go together
     */
    Setup reloaded(Setup changed) {
        return from(changed.loaded.keeping(loaded, option -> !isReloaded(option, changed)));
    }

    /** The options that differ and that only a restart takes over: those that {@link #reloaded} leaves as they are. */
    List<String> needsRestart(Setup changed) {
        return KnownOptions.all().stream()
                .filter(option -> !isReloaded(option, changed))
                .filter(option -> !loaded.find(option).equals(changed.loaded.find(option)))
                .map(option -> option.name().toString())
                .toList();
    }

    /** Whether there is a publisher is settled at the start, and by where the broker is. */
    private boolean isReloaded(Option<?> option, Setup changed) {
        return TRANSPORT.contains(option)
                ? (amqp == null) == (changed.amqp == null)
                : RELOADED.contains(option) || option.name().section().equals(RabbitOptions.SECTION);
    }

    private static Drivers drivers(Options options, NotificationTransport transport) {
        try {
            return Drivers.of(transport.drivers());
        } catch (IllegalArgumentException e) {
            throw options.bad(OsloNotificationOptions.DRIVER, String.valueOf(e.getMessage()));
        }
    }

    private static TransportUrl url(Options options, String text) {
        try {
            return TransportUrl.parse(text);
        } catch (IllegalArgumentException e) {
            Option<?> source = options.isSet(OsloNotificationOptions.TRANSPORT_URL_FILE)
                    ? OsloNotificationOptions.TRANSPORT_URL_FILE
                    : options.isSet(OsloNotificationOptions.TRANSPORT_URL)
                            ? OsloNotificationOptions.TRANSPORT_URL
                            : DefaultOptions.TRANSPORT_URL;
            throw options.bad(source, String.valueOf(e.getMessage()));
        }
    }

    private static Set<EventKind> kinds(Options options) {
        try {
            return EventFilter.kinds(options.get(LibvirtOptions.EVENTS));
        } catch (IllegalArgumentException e) {
            throw options.bad(LibvirtOptions.EVENTS, String.valueOf(e.getMessage()));
        }
    }

    private static EventFilter published(Options options) {
        try {
            return EventFilter.parse(options.get(NotificationOptions.EVENTS));
        } catch (IllegalArgumentException e) {
            throw options.bad(NotificationOptions.EVENTS, String.valueOf(e.getMessage()));
        }
    }
}
