package org.vmeventagent.machine;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.vmeventagent.rig.NovaXml;

/** XML of guests with Nova's metadata, for each hypervisor. */
final class GuestXml {
    private GuestXml() {}

    /** One of KVM, that has nothing to boot. */
    static String kvm(String name) {
        return domain("kvm", name, 16, """
                <os><type arch='x86_64' machine='pc'>hvm</type></os>
                <devices><controller type='usb' model='none'/><memballoon model='none'/></devices>""");
    }

    /** One of KVM with a panic device and a watchdog, that boots a raw disk. */
    static String kvm(String name, String disk) {
        return domain("kvm", name, 16, """
                <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os>
                <features><acpi/></features>
                <devices>
                  <disk type='file'><driver name='qemu' type='raw'/><source file='%s'/><target dev='hda' bus='ide'/></disk>
                  <controller type='usb' model='none'/><memballoon model='none'/>
                  <panic model='isa'/><watchdog model='ib700' action='reset'/>
                </devices>""".formatted(disk));
    }

    /** One of the test driver. */
    static String test(String name) {
        return domain("test", name, 16, "<os><type>hvm</type></os>");
    }

    /** A container whose root is that directory, and that sleeps. */
    static String container(String name, String root) {
        return domain("lxc", name, 64, """
                <os><type>exe</type><init>/bin/sleep</init><initarg>100000</initarg></os>
                <devices>
                  <filesystem type='mount'><source dir='%s'/><target dir='/'/></filesystem><console type='pty'/>
                </devices>""".formatted(root));
    }

    /** A paravirtual one of Xen, with the host's kernel. */
    static String xen(String name, String kernelArguments) {
        return domain("xen", name, 256, """
                <os>
                  <type arch='x86_64' machine='xenpv'>linux</type>
                  <kernel>/vmlinuz</kernel><initrd>/initrd.img</initrd><cmdline>%s</cmdline>
                </os>
                <on_crash>destroy</on_crash>
                <devices><console type='pty'><target type='xen'/></console></devices>""".formatted(kernelArguments));
    }

    /** Its UUID follows from its name. */
    private static String domain(String type, String name, int memoryMiB, String rest) {
        return """
                <domain type='%s'>
                <name>%s</name>
                <uuid>%s</uuid>
                %s
                <memory unit='MiB'>%d</memory>
                <vcpu>1</vcpu>
                %s
                </domain>
                """.formatted(
                        type,
                        name,
                        UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)),
                        NovaXml.metadata(name),
                        memoryMiB,
                        rest);
    }
}
