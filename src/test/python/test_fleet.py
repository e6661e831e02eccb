#!/usr/bin/python3
"""fleet.py over the state file of a real fold, as a program in a pipe."""

import datetime
import os
import subprocess
import sys
import unittest

from test_vm_events import ROOT, FoldTest

PROGRAM = os.path.join(ROOT, "docs", "consumer", "fleet.py")


def ago(seconds):
    moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class FleetTest(FoldTest):
    def setUp(self):
        super().setUp()
        self.take("agent.connected", sequence=1, reason="start")
        self.crashed = ago(600), ago(7200)
        for number, (instance, moment) in enumerate((("i1", self.crashed[0]), ("i2", self.crashed[1]))):
            who = {"instance_id": instance, "display_name": "web-%s" % instance, "project_name": "shop"}
            states = {"old_domain_state": "defined", "domain_state": "running", "cause": "booted"}
            self.take("domain.started", sequence=2 + 2 * number, observed_at=ago(9000), **who, **states)
            states = {"old_domain_state": "running", "domain_state": "defined", "cause": "process_died"}
            self.take("domain.stopped", sequence=3 + 2 * number, observed_at=moment, severity="error", **who, **states)
        who = {"instance_id": "i3", "display_name": "evil\033[2J\nname", "domain": "instance-3"}
        self.take("domain.exists", sequence=6, domain_state="running", observed_at=ago(60), **who)

    def look(self, *options):
        command = [sys.executable, PROGRAM, "--once", "--state", self.path, *options]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.splitlines()

    def test_shows_hosts_and_instances_the_newest_first(self):
        lines = self.look()
        self.assertEqual(["HOST", "AGENT", "LIBVIRT", "BEHIND", "MISSING", "LAST", "GAP"], lines[0].split())
        self.assertEqual(["a", "live", "up", "0", "0", "-"], lines[1].split())
        self.assertEqual(["i3", "i1", "i2"], [line.split()[0] for line in lines[4:]])
        self.assertEqual(
            ["i1", "web-i1", "shop", "a", "defined", "process_died", self.crashed[0][:19]], lines[5].split()
        )

    def test_shows_what_crashed_since_then(self):
        self.assertEqual(["i1", "i2"], [line.split()[0] for line in self.look("--crashed")[4:]])
        self.assertEqual(["i1"], [line.split()[0] for line in self.look("--crashed", "--since", "1h")[4:]])
        self.assertEqual([], self.look("--crashed", "--since", "5m")[4:])
        self.assertEqual(["i3"], [line.split()[0] for line in self.look("--since", "300s")[4:]])

    def test_a_name_cannot_write_to_the_terminal(self):
        lines = self.look()
        self.assertIn("evil?[2J?name", lines[4])
        self.assertEqual([], [line for line in lines if not line.isprintable()])

    def test_says_a_hole_a_silent_host_and_a_lost_connection(self):
        self.take("agent.disconnected", sequence=7, reason="eof")
        self.take("agent.heartbeat", sequence=8)
        self.take("domain.exists", sequence=12, instance_id="i1", domain_state="running")
        self.fold.tick(0)
        self.assertEqual(["a", "live", "qemu:///system", "4", "0", "-"], self.look()[1].split())
        self.fold.tick(60)
        self.assertEqual(["a", "silent", "qemu:///system", "0", "3", "-"], self.look()[1].split())

    def test_looks_again(self):
        command = [sys.executable, PROGRAM, "--interval", "0.1", "--state", self.path]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                looks = 0
                while looks < 3:
                    looks += process.stdout.readline().startswith("INSTANCE")
            finally:
                process.kill()
        self.assertEqual(3, looks)

    def test_without_a_state_file_it_says_what_to_do(self):
        command = [sys.executable, PROGRAM, "--once", "--state", self.path + ".not"]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertEqual(1, ended.returncode)
        self.assertIn("start vm_events.py first", ended.stderr)


if __name__ == "__main__":
    unittest.main()
