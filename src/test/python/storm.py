#!/usr/bin/python3
"""Lets many instances live and die: each is defined, created, suspended, resumed, destroyed and undefined.

Domains of libvirt's test driver with Nova's metadata, one connection per thread. The last line printed is a JSON object
{"cycles": whole lives, "events": lifecycle events they must have caused, "seconds": how long it took}.
"""
import argparse
import concurrent.futures
import json
import time
import uuid

import libvirt

DOMAIN = """
<domain type='test'>
  <name>{name}</name>
  <uuid>{uuid}</uuid>
  <metadata>
    <nova:instance xmlns:nova="http://openstack.org/xmlns/libvirt/nova/1.1">
      <nova:package version="26.2.2"/>
      <nova:name>storm {number}</nova:name>
      <nova:creationTime>2026-03-02 07:15:41</nova:creationTime>
      <nova:flavor name="m1.small">
        <nova:memory>64</nova:memory><nova:disk>1</nova:disk><nova:swap>0</nova:swap>
        <nova:ephemeral>0</nova:ephemeral><nova:vcpus>1</nova:vcpus>
      </nova:flavor>
      <nova:owner>
        <nova:user uuid="0b6f9c1e5a7c4b1fb7a1d1c9f6a4e001">carol</nova:user>
        <nova:project uuid="5e7e4c9a1d7f4c52a3c8f2c4ab9d7002">weather</nova:project>
      </nova:owner>
    </nova:instance>
  </metadata>
  <memory>65536</memory>
  <vcpu>1</vcpu>
  <os><type>hvm</type></os>
</domain>
"""


class Pace:
    """Lets a thread do so many steps a second, evenly; 0 is as fast as it can."""

    def __init__(self, per_second):
        self.interval = 1 / per_second if per_second else 0
        self.due = time.monotonic()

    def step(self):
        if self.interval:
            self.due += self.interval
            time.sleep(max(0, self.due - time.monotonic()))


def live(connection, number, pause, pace):
    """One whole life; the number of events it causes."""
    pace.step()
    name = "instance-%08x" % number
    domain = connection.defineXML(DOMAIN.format(name=name, uuid=uuid.uuid4(), number=number))
    if pause:
        time.sleep(pause)
    steps = (domain.create, domain.suspend, domain.resume, domain.destroy, domain.undefine)
    for step in steps:
        pace.step()
        step()
    return 1 + len(steps)


def lives(uri, numbers, pause, rate):
    connection = libvirt.open(uri)
    pace = Pace(rate)
    try:
        return sum(live(connection, number, pause, pace) for number in numbers)
    finally:
        connection.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--uri", required=True, help="e.g. test+unix:///default?socket=...")
    parser.add_argument("--cycles", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pause-ms", type=float, default=0, help="after define, so that a look-up sees the domain")
    parser.add_argument("--rate", type=float, default=0, help="events per second, all threads together; 0: as it goes")
    options = parser.parse_args()

    shares = [range(first, options.cycles, options.threads) for first in range(options.threads)]
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(options.threads) as pool:
        events = sum(pool.map(lambda share: lives(options.uri, share, options.pause_ms / 1000, options.rate / options.threads), shares))
    seconds = round(time.monotonic() - begin, 3)
    print(json.dumps({"cycles": options.cycles, "events": events, "seconds": seconds}))


if __name__ == "__main__":
    main()
