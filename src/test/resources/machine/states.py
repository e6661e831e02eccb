"""The UUID of every guest, and its state in the words of the notifications: states.py URI."""
import sys

import libvirt

DOMAIN_0 = "00000000-0000-0000-0000-000000000000"


def state(domain):
    """It may be saved and running: libvirt keeps the file until the guest is up."""
    if domain.isActive():
        return "paused" if domain.state()[0] == libvirt.VIR_DOMAIN_PAUSED else "running"
    try:
        return "saved" if domain.hasManagedSaveImage() else "defined"
    except libvirt.libvirtError:  # a driver without managed save
        return "defined"


libvirt.registerErrorHandler(lambda context, error: None, None)
for guest in libvirt.openReadOnly(sys.argv[1]).listAllDomains():
    if guest.UUIDString() != DOMAIN_0:
        print(guest.UUIDString(), state(guest))
