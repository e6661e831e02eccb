package org.vmeventagent.libvirt;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.libvirt.LibvirtException;
import org.vmeventagent.config.ConnectionUri;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.system.Progress;

/** Lists the domains of a URI once, without subscribing to anything. */
public final class OneTimeListing {
    private OneTimeListing() {}

    /**
     * Opens, lists, closes; on the calling thread.
     *
     * @param uri may carry credentials, which appear nowhere
     * @return with generation 0
     * @throws LibvirtFailure one line that names the URI and libvirt's error
     */
    public static DomainListing of(String uri, LibvirtConfig config) throws LibvirtFailure, InterruptedException {
        return of(uri, config, List::of);
    }

    /**
     * The same; where the daemon lists nothing, because a domain is locked, those of these that answer.
     *
     * @param known called only then: domains that somebody knows of
     */
    public static DomainListing of(String uri, LibvirtConfig config, Supplier<List<UUID>> known)
            throws LibvirtFailure, InterruptedException {
        EventLoop.start();
        String shownUri = ConnectionUri.withoutCredentials(uri);
        try {
            NativeConnect connect = new ConnectionOpener().open(uri, config.openTimeout());
            try {
                connect.keepAlive(config);
                return list(uri, config, connect, known);
            } finally {
                connect.close();
            }
        } catch (LibvirtFailure e) {
            throw e.at(shownUri);
        } catch (LibvirtException e) {
            throw LibvirtFailure.of(e).at(shownUri);
        }
    }

    private static DomainListing list(
            String uri, LibvirtConfig config, NativeConnect connect, Supplier<List<UUID>> known)
            throws LibvirtFailure, InterruptedException {
        TimeLimitedQueries queries =
                new TimeLimitedQueries(config, uri, connect.raw(), new Progress(), () -> {}, () -> {});
        CompletableFuture<DomainReader.Listed> listing = queries.list();
        try {
            return queries.read(queries.await(listing, TimeLimitedQueries.LISTING_TIMEOUT), 0, false);
        } catch (TimeoutException e) {
            TimeLimitedQueries.forget(listing);
            List<UUID> uuids = known.get();
            if (uuids.isEmpty()) {
                throw LibvirtFailure.of("the daemon has not listed its domains within "
                        + TimeLimitedQueries.LISTING_TIMEOUT.toSeconds()
                        + " s: it hangs, or one of them is locked by a hook, by a start that takes long or by storage"
                        + " that doesn't answer; and no running agent knows which there are");
            }
            queries.reportLate();
            return queries.find(uuids);
        } finally {
            queries.stop(Duration.ofMillis(100));
        }
    }
}
