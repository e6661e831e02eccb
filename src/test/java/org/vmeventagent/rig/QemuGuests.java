package org.vmeventagent.rig;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;
import org.vmeventagent.libvirt.EventLoop;

/**
 * Real QEMU guests (without KVM) of a private daemon, with Nova's metadata and a {@link BootSector} for an operating
 * system. 16 MiB each; the BIOS takes about a second. Used by one thread.
 */
public final class QemuGuests implements AutoCloseable {
    private final LibvirtDaemon daemon;
    private final Connect connect;

    public QemuGuests(LibvirtDaemon daemon) throws LibvirtException {
        EventLoop.start();
        this.daemon = daemon;
        this.connect = new Connect(daemon.qemuUri(), false);
    }

    public Connect connect() {
        return connect;
    }

    /** Defines one; its UUID is made of its name. */
    public Domain define(String name, BootSector boot) throws LibvirtException {
        return connect.domainDefineXML(xml(name, boot, ""));
    }

    /** The same with one more element: a disk, a watchdog, or on_crash. */
    public Domain define(String name, BootSector boot, String more) throws LibvirtException {
        return connect.domainDefineXML(xml(name, boot, more));
    }

    /**
     * Defines one and starts it as Nova does while it waits for a port: it runs, and may fail, only after libvirt has reported
     * of its start. On a loaded machine it may else do so before.
     */
    public void startPaused(String name, BootSector boot, String more) throws LibvirtException {
        Domain domain = define(name, boot, more);
        domain.create(1);
        domain.resume();
        domain.free();
    }

    public static UUID uuid(String name) {
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The domain XML, with a raw disk of its own.
     *
     * @param more one more element: a disk, a watchdog, or on_crash
     */
    public String xml(String name, BootSector boot, String more) {
        Path disk = disk(name + ".img");
        boot.writeTo(disk);
        return xml(name, disk, "raw", more);
    }

    /** The domain XML with an internal-snapshot-capable disk. */
    public String qcow2Xml(String name, BootSector boot) {
        Path raw = disk(name + ".img");
        boot.writeTo(raw);
        Path disk = disk(name + ".qcow2");
        LibvirtDaemon.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw.toString(), disk.toString());
        return xml(name, disk, "qcow2", "");
    }

    /** The XML of one more raw disk. */
    public static String diskXml(Path disk, String target, String bus) {
        return """
               <disk type='file' device='disk'>
                 <driver name='qemu' type='raw' error_policy='stop'/>
                 <source file='%s'/>
                 <target dev='%s' bus='%s'/>
               </disk>""".formatted(disk, target, bus);
    }

    /** A path for a disk image that ends with the daemon. */
    public Path disk(String name) {
        return daemon.directory().resolve(name);
    }

    private static String xml(String name, Path disk, String format, String more) {
        boolean isDevice = more.startsWith("<disk") || more.startsWith("<watchdog");
        boolean isPolicy = more.startsWith("<on_crash");
        return """
               <domain type='qemu'>
                 <name>%s</name>
                 <uuid>%s</uuid>
                 %s
                 <memory unit='MiB'>16</memory>
                 <vcpu>1</vcpu>
                 <os>
                   <type arch='x86_64' machine='pc'>hvm</type>
                   <boot dev='hd'/>
                 </os>
                 <features><acpi/></features>
                 %s
                 <devices>
                   <emulator>/usr/bin/qemu-system-x86_64</emulator>
                   <disk type='file' device='disk'>
                     <driver name='qemu' type='%s'/>
                     <source file='%s'/>
                     <target dev='hda' bus='ide'/>
                   </disk>
                   %s
                   <controller type='usb' model='none'/>
                   <memballoon model='none'/>
                   <panic model='isa'/>
                 </devices>
               </domain>
               """.formatted(
                name, uuid(name), NovaXml.metadata(name), isPolicy ? more : "", format, disk, isDevice ? more : "");
    }

    /** Closes the connection only; the daemon's end is the guests' too. */
    @Override
    public void close() throws LibvirtException {
        connect.close();
    }
}
