#!/usr/bin/python3
"""What the programs of docs/consumer say of their command lines."""

import os
import subprocess
import sys
import unittest

from test_vm_events import ROOT

MASAKARI = {"OS_AUTH_URL": "http://127.0.0.1:1", "OS_USERNAME": "a", "OS_PASSWORD": "b", "OS_PROJECT_NAME": "c"}


class ArgumentsTest(unittest.TestCase):
    def ran(self, program, *arguments, **variables):
        """Its exit code, and the last line that it said."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("OS_", "TRANSPORT_"))}
        ended = subprocess.run(
            [sys.executable, os.path.join(ROOT, "docs", "consumer", program), *arguments],
            env={**environment, **variables},
            capture_output=True,
            text=True,
            timeout=60,
        )
        return ended.returncode, (ended.stderr or ended.stdout).splitlines()[-1]

    def test_each_has_help(self):
        for program in "vm_events.py", "fleet.py", "alert.py", "masakari.py":
            self.assertEqual(0, self.ran(program, "--help")[0], program)

    def test_a_broker_is_needed(self):
        needed = 1, "--url or TRANSPORT_URL is needed"
        self.assertEqual(needed, self.ran("vm_events.py"))
        self.assertEqual(needed, self.ran("alert.py", "--alertmanager", "http://127.0.0.1:1"))
        self.assertEqual(needed, self.ran("alert.py", "--webhook", "http://127.0.0.1:1"))
        self.assertEqual(needed, self.ran("masakari.py", "--masakari", "http://127.0.0.1:1/v1", "--token", "t"))
        self.assertEqual(needed, self.ran("masakari.py", "--masakari", "http://127.0.0.1:1/v1", **MASAKARI))

    def test_alerts_go_to_one_place(self):
        needed = 2, "alert.py: error: either --alertmanager or --webhook is needed"
        self.assertEqual(needed, self.ran("alert.py"))
        self.assertEqual(needed, self.ran("alert.py", "--alertmanager", "http://a", "--webhook", "http://b"))

    def test_a_password_in_the_address_is_refused(self):
        refused = 2, "alert.py: error: the URL may have no user and password"
        self.assertEqual(refused, self.ran("alert.py", "--webhook", "http://a:secret@127.0.0.1:1/"))

    def test_masakari_wants_a_token_or_keystone(self):
        code, said = self.ran("masakari.py", "--masakari", "http://127.0.0.1:1/v1", OS_USERNAME="a")
        self.assertEqual(2, code)
        self.assertTrue(said.endswith("needed: OS_AUTH_URL, OS_PASSWORD, OS_PROJECT_NAME"), said)

    def test_a_time_that_is_none_is_refused(self):
        code, said = self.ran("fleet.py", "--since", "yesterday")
        self.assertEqual((2, True), (code, said.endswith("'yesterday' is no time; say 90s, 15m, 1h or 7d")), said)

    def test_programs_stay_short(self):
        for program in "fleet.py", "alert.py", "masakari.py":
            with open(os.path.join(ROOT, "docs", "consumer", program), encoding="utf-8") as file:
                self.assertLess(len(file.readlines()), 100, program)


if __name__ == "__main__":
    unittest.main()
