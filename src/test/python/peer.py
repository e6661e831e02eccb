#!/usr/bin/python3
"""What one would write instead of vm-event-agent: libvirt-python hears, oslo.messaging tells. For the benchmark.

One thread runs libvirt's event loop, one joins each lifecycle event with Nova's metadata, kept by UUID, and waits for the
broker to take it. Nothing is kept on disk. Says READY on stderr once it is subscribed; at SIGTERM it writes a line for
each notification: microseconds since 1970 at the callback and at the confirm, and whether the identity was known.
"""
import argparse
import os
import queue
import signal
import sys
import threading
import time
from xml.etree import ElementTree

import libvirt
import oslo_messaging
from oslo_config import cfg

NOVA = "{http://openstack.org/xmlns/libvirt/nova/1.1}"
NAMES = ("defined", "undefined", "started", "suspended", "resumed", "stopped", "shutdown", "pmsuspended", "crashed")
MAY_HAVE_CHANGED = (libvirt.VIR_DOMAIN_EVENT_DEFINED, libvirt.VIR_DOMAIN_EVENT_STARTED)


def identity(connection, uuid):
    """Who a domain is, as Nova says; None when libvirt can't tell any more."""
    try:
        text = connection.lookupByUUIDString(uuid).XMLDesc(0)
    except libvirt.libvirtError:
        return None
    instance = ElementTree.fromstring(text).find("metadata/" + NOVA + "instance")
    if instance is None:
        return None
    owner = instance.find(NOVA + "owner")
    return {
        "display_name": instance.findtext(NOVA + "name"),
        "tenant_id": owner.find(NOVA + "project").get("uuid"),
        "user_id": owner.find(NOVA + "user").get("uuid"),
    }


def relay(connection, notifier, events, told):
    known = {}
    while True:
        heard, name, uuid, event, detail = events.get()
        if uuid not in known or event in MAY_HAVE_CHANGED:
            known[uuid] = identity(connection, uuid) or known.get(uuid)
        payload = dict(known[uuid] or {}, instance_id=uuid, domain_name=name, event=NAMES[event], detail=detail)
        notifier.info({}, "libvirt.domain." + NAMES[event], payload)
        told.append((heard, time.time_ns(), known[uuid] is not None))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--uri", required=True)
    parser.add_argument("--url", required=True)
    parser.add_argument("--queue", choices=("transient", "durable", "quorum"), default="transient")
    parser.add_argument("--figures", required=True)
    options = parser.parse_args()

    conf = cfg.ConfigOpts()
    conf([], default_config_files=[])
    transport = oslo_messaging.get_notification_transport(conf, url=options.url)
    if options.queue != "transient":
        option = "amqp_durable_queues" if options.queue == "durable" else "rabbit_quorum_queue"
        conf.set_override(option, True, group="oslo_messaging_rabbit")
    notifier = oslo_messaging.Notifier(
        transport, publisher_id="peer.cmp-01", driver="messagingv2", topics=["notifications"]
    )

    events, told = queue.SimpleQueue(), []

    def heard(connection, domain, event, detail, opaque):
        events.put((time.time_ns(), domain.name(), domain.UUIDString(), event, detail))

    def end(*_):
        with open(options.figures, "w") as file:
            file.writelines("%d %d %d\n" % (h // 1000, t // 1000, known) for h, t, known in told)
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    libvirt.virEventRegisterDefaultImpl()
    libvirt.registerErrorHandler(lambda *_: None, None)
    connection = libvirt.openReadOnly(options.uri)
    connection.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, heard, None)
    threading.Thread(target=relay, args=(connection, notifier, events, told), daemon=True).start()
    print("READY", file=sys.stderr, flush=True)

    def loop():
        while True:
            libvirt.virEventRunDefaultImpl()

    threading.Thread(target=loop, daemon=True).start()
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
