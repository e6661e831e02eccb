"""Operations at random on domains, until it is ended: storm.py SEED URI XML_FILE DOMAINS PAUSE_S.

XML_FILE has @NAME@ where each domain has its own. Guests of QEMU start paused: so they need no processor.
"""
import random
import re
import sys
import time
import uuid

import libvirt


def step(connection, choose, name, xml):
    """One operation that the domain's state allows."""
    try:
        domain = connection.lookupByName(name)
    except libvirt.libvirtError:
        own = str(uuid.uuid5(uuid.NAMESPACE_DNS, name))
        own_xml = re.sub("<uuid>.*</uuid>", "<uuid>%s</uuid>" % own, xml.replace("@NAME@", name))
        connection.defineXML(own_xml)
        return
    is_qemu = connection.getType() == "QEMU"
    if not domain.isActive():
        if choose.random() > 0.8:
            domain.undefine()
        elif is_qemu:
            domain.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
        else:
            domain.create()
    elif is_qemu or choose.random() < 0.4:
        domain.destroy()
    elif domain.state()[0] == libvirt.VIR_DOMAIN_PAUSED:
        domain.resume()
    else:
        domain.suspend()


def main():
    seed, uri, xml_file, domains, pause = sys.argv[1:]
    choose = random.Random(int(seed))
    libvirt.registerErrorHandler(lambda context, error: None, None)
    connection = libvirt.open(uri)
    with open(xml_file, encoding="utf-8") as file:
        xml = file.read()
    while True:
        step(connection, choose, "vm-%d" % choose.randrange(int(domains)), xml)
        time.sleep(float(pause))


main()
