package org.vmeventagent.agent;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.config.ConfigException;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.DefaultOptions;
import org.vmeventagent.config.FilePermissions;
import org.vmeventagent.config.FilterOptions;
import org.vmeventagent.config.LibvirtOptions;
import org.vmeventagent.config.NotificationOptions;
import org.vmeventagent.config.NotificationTransport;
import org.vmeventagent.config.Option;
import org.vmeventagent.config.OptionRegistry;
import org.vmeventagent.config.OsloNotificationOptions;
import org.vmeventagent.config.RabbitOptions;
import org.vmeventagent.config.TelemetryOptions;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.libvirt.LibvirtConfig;
import org.vmeventagent.notification.EventNames;
import org.vmeventagent.notification.NotificationConfig;
import org.vmeventagent.publisher.NotificationDrivers;
import org.vmeventagent.publisher.PublisherConfig;
import org.vmeventagent.publisher.rabbitmq.RabbitConfig;
import org.vmeventagent.publisher.rabbitmq.SaslLogin;
import org.vmeventagent.publisher.rabbitmq.TlsConfig;
import org.vmeventagent.publisher.rabbitmq.TransportUrl;
import org.vmeventagent.recorder.PublishFilter;
import org.vmeventagent.recorder.RecorderConfig;
import org.vmeventagent.store.StoreConfig;
import org.vmeventagent.system.BootId;
import org.vmeventagent.system.HostName;
import org.vmeventagent.telemetry.WebConfig;

/**
 * The configuration as each part wants it. Everything that can be wrong with it is wrong here, before anything starts.
 *
 * @param loaded what the files say
 * @param options the same with what the transport_url's query says
 * @param publisher null without an acknowledging driver
 * @param amqp null without an acknowledging driver
 */
record AgentConfig(
        Configuration loaded,
        Configuration options,
        StoreConfig store,
        LibvirtConfig libvirt,
        RecorderConfig recorder,
        NotificationConfig notification,
        PublishFilter filter,
        NotificationDrivers drivers,
        @Nullable PublisherConfig publisher,
        @Nullable RabbitConfig amqp,
        List<String> warnings) {

    /**
     * What each part is to do.
     *
     * @throws ConfigException for the first thing that is wrong
     */
    static AgentConfig from(Configuration loaded) {
        NotificationTransport transport = NotificationTransport.from(loaded);
        NotificationDrivers notificationDrivers = drivers(loaded, transport);
        Configuration configuration = loaded;
        PublisherConfig publisher = null;
        RabbitConfig amqp = null;
        List<String> warnings = new ArrayList<>(loaded.warnings());
        if (notificationDrivers.envelope() != null && transport.transportUrl().isPresent()) {
            TransportUrl url = TransportUrl.of(loaded, transport.transportUrl().get());
            configuration = loaded.overridden(RabbitOptions.SECTION, url.query(), "the transport_url's query");
            publisher = PublisherConfig.from(configuration, notificationDrivers.envelope());
            amqp = RabbitConfig.from(configuration, url);
            warnings.addAll(amqp.login() == SaslLogin.EXTERNAL ? List.of() : url.warnings());
            warnings.addAll(TlsConfig.warnings(configuration));
            configuration
                    .find(OsloNotificationOptions.TRANSPORT_URL_FILE)
                    .flatMap(file -> FilePermissions.of(Path.of(file), "a password"))
                    .ifPresent(warnings::add);
        }
        if (configuration.isSet(TelemetryOptions.WEB_CONFIG_FILE)) {
            WebConfig.check(configuration).ifPresent(warnings::add);
        }
        StoreConfig store = StoreConfig.from(configuration).withBootId(BootId.of(System.getenv()));
        return new AgentConfig(
                loaded,
                configuration,
                store,
                LibvirtConfig.from(configuration, kinds(configuration)),
                RecorderConfig.from(configuration, notificationDrivers.envelope() != null, store.machineId()),
                NotificationConfig.from(
                        configuration, configuration.find(DefaultOptions.HOST).orElseGet(HostName::get)),
                PublishFilter.from(configuration, published(configuration)),
                notificationDrivers,
                publisher,
                amqp,
                List.copyOf(warnings));
    }

    /**
     * What of a changed configuration counts without a restart; the rest is as it is here.
     *
     * @throws ConfigException where the two don't go together
     */
    AgentConfig reloaded(AgentConfig changed) {
        Configuration mixed = changed.loaded.keeping(loaded, option -> !isReloaded(option, changed));
        return from(newTopics(changed).isEmpty() ? mixed : mixed.keepingFilters(loaded));
    }

    /** The topics of filters to which nothing is sent before a restart: with one of them {@link #reloaded} keeps the filters. */
    List<String> newTopics(AgentConfig changed) {
        return publisher == null
                ? List.of()
                : FilterOptions.topics(changed.loaded).stream()
                        .filter(topic -> !publisher.allTopics().contains(topic))
                        .toList();
    }

    /** The options that differ and that only a restart takes over: those that {@link #reloaded} leaves as they are. */
    List<String> needsRestart(AgentConfig changed) {
        return OptionRegistry.all().stream()
                .filter(option -> !isReloaded(option, changed))
                .filter(option -> !loaded.find(option).equals(changed.loaded.find(option)))
                .map(option -> option.name().toString())
                .toList();
    }

    private boolean isReloaded(Option<?> option, AgentConfig changed) {
        return ReloadableOptions.contains(option, (amqp == null) == (changed.amqp == null));
    }

    private static NotificationDrivers drivers(Configuration configuration, NotificationTransport transport) {
        try {
            return NotificationDrivers.of(transport.drivers());
        } catch (IllegalArgumentException e) {
            throw configuration.bad(OsloNotificationOptions.DRIVER, String.valueOf(e.getMessage()));
        }
    }

    private static Set<EventKind> kinds(Configuration configuration) {
        try {
            return EventNames.kinds(configuration.get(LibvirtOptions.EVENTS), published(configuration));
        } catch (IllegalArgumentException e) {
            throw configuration.bad(LibvirtOptions.EVENTS, String.valueOf(e.getMessage()));
        }
    }

    private static Set<String> published(Configuration configuration) {
        try {
            return EventNames.selected(configuration.get(NotificationOptions.EVENTS));
        } catch (IllegalArgumentException e) {
            throw configuration.bad(NotificationOptions.EVENTS, String.valueOf(e.getMessage()));
        }
    }
}
