package org.vmeventagent.rig;

import java.util.UUID;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;
import org.vmeventagent.libvirt.EventLoop;

/** Instances of a daemon's test driver, for as long as this is open: then the driver forgets them. Used by one thread. */
public final class TestLives implements AutoCloseable {
    private final Connect connect;

    public TestLives(LibvirtDaemon daemon) throws LibvirtException {
        EventLoop.start();
        connect = new Connect(daemon.testUri(), false);
    }

    /** Six steps: defined, started, suspended, resumed, stopped, undefined. */
    public void live(UUID uuid, String displayNameXml) throws LibvirtException {
        finish(define(uuid, displayNameXml));
    }

    /** Only the first step. A look-up has time for it while its domain is kept. */
    public Domain define(UUID uuid, String displayNameXml) throws LibvirtException {
        return connect.domainDefineXML(NovaXml.testDomain("instance-" + uuid, uuid, displayNameXml));
    }

    /** The other five steps. */
    public void finish(Domain domain) throws LibvirtException {
        domain.create();
        domain.suspend();
        domain.resume();
        domain.destroy();
        domain.undefine();
        domain.free();
    }

    @Override
    public void close() throws LibvirtException {
        connect.close();
    }
}
