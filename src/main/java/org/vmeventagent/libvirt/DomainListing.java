package org.vmeventagent.libvirt;

import org.libvirt.LibvirtException;
import org.vmeventagent.event.Snapshot;
import org.vmeventagent.time.Moment;

/** Lists the domains of a URI once, without subscribing to anything. */
public final class DomainListing {
    private DomainListing() {}

    /**
     * Opens, lists, closes; on the calling thread.
     *
     * @param uri may carry credentials, which appear nowhere
     * @return with generation 0
     * @throws LibvirtFailure one line that names the URI and what libvirt said
     */
    public static Snapshot of(String uri, LibvirtConfig config) throws LibvirtFailure, InterruptedException {
        EventLoop.start();
        String shownUri = Strings.withoutCredentials(uri);
        try {
            AgentConnect connect = new Opener().open(uri, config.openTimeout());
            try {
                OpenConnection.keepAlive(connect, config);
                return new Snapshot(shownUri, 0, Moment.now(), DomainReader.list(connect.raw()));
            } finally {
                connect.close();
            }
        } catch (LibvirtFailure e) {
            throw e.at(shownUri);
        } catch (LibvirtException e) {
            throw LibvirtFailure.of(e).at(shownUri);
        }
    }
}
