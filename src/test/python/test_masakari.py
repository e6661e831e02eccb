#!/usr/bin/python3
"""masakari.py against a real masakari-api. What Masakari's engine makes of it is not tried: that needs a Nova."""

import importlib.util
import json
import os
import tempfile
import unittest
import urllib.error

import servers
from test_alert import answering
from test_fleet import ago
from test_vm_events import ROOT, FoldTest

# by its path: the module of that name is Masakari's own
spec = importlib.util.spec_from_file_location("reporter", ROOT + "/docs/consumer/masakari.py")
reporter = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reporter)

INSTANCE = "6f5b7a1e-0c1d-4f6e-9d0a-1b2c3d4e5f6%d"


class MasakariTest(FoldTest):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.server, cls.url = servers.masakari(directory.name, ["a"])
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        super().setUp()
        self.fold.callbacks = reporter.Masakari(self.url, lambda: "admin:admin", io_errors=True)
        self.before = len(self.reported())

    def reported(self):
        """What it has taken over, the oldest first."""
        every = json.loads(servers.get(self.url + "/notifications?sort_key=id&sort_dir=asc"))["notifications"]
        return [(one["type"], one["status"], one["payload"]) for one in every]

    def assert_reported(self, *payloads):
        self.assertEqual([("VM", "new", payload) for payload in payloads], self.reported()[self.before :])

    def stopped(self, sequence, number, cause="process_died", **payload):
        moment = payload.pop("observed_at", ago(1))
        states = {"old_domain_state": "running", "domain_state": "defined", "cause": cause, "severity": "error"}
        return self.take(
            "domain.stopped", sequence=sequence, instance_id=INSTANCE % number, observed_at=moment, **states, **payload
        )

    @staticmethod
    def died(number):
        return {"event": "LIFECYCLE", "instance_uuid": INSTANCE % number, "vir_domain_event": "STOPPED_FAILED"}

    def test_a_dead_process_and_a_panic_are_reported(self):
        self.assertTrue(self.stopped(1, 1))
        self.assertTrue(self.stopped(2, 2, cause="guest_panic"))
        self.assertTrue(self.stopped(3, 3, cause="crashed", origin="resync"))
        self.assert_reported(self.died(1), self.died(2), self.died(3))

    def test_an_io_error_is_reported_where_that_is_wanted(self):
        io_error = {"domain_state": "paused", "severity": "error", "attributes": {"reason": "eio", "action": "pause"}}
        self.assertTrue(
            self.take("domain.io_error", sequence=1, instance_id=INSTANCE % 4, observed_at=ago(1), **io_error)
        )
        self.fold.callbacks.io_errors = False
        self.assertTrue(
            self.take("domain.io_error", sequence=2, instance_id=INSTANCE % 5, observed_at=ago(1), **io_error)
        )
        self.assert_reported(
            {"event": "IO_ERROR", "instance_uuid": INSTANCE % 4, "vir_domain_event": "IO_ERROR_REPORT"}
        )

    def test_what_is_called_again_is_no_second_notification(self):
        moment = ago(1)
        self.assertTrue(self.stopped(1, 6, observed_at=moment))
        self.fold.db.execute("DELETE FROM stream")  # as if the consumer had lost its commit
        self.fold.db.execute("DELETE FROM host")
        self.fold.db.execute("DELETE FROM hole")
        with self.assertLogs("vm_events", "WARNING") as log:
            self.assertTrue(self.stopped(1, 6, observed_at=moment))
        self.assertIn("is duplicate", log.output[0])
        self.assert_reported(self.died(6))

    def test_no_more_than_that_is_reported(self):
        self.assertTrue(self.stopped(1, 7, cause="guest_shutdown", observed_at=ago(1)))
        self.assertTrue(self.stopped(2, 7, cause="watchdog"))
        with self.assertLogs("vm_events", "WARNING") as log:
            self.assertTrue(self.stopped(3, 7, observed_at=ago(301)))
        self.assertIn("too old", log.output[0])
        with self.assertLogs("vm_events", "WARNING") as log:
            self.assertTrue(self.stopped(1, 7, host="b", stream="sb"))
        self.assertIn("Host with name b could not be found", log.output[0])
        self.assert_reported()

    def test_while_masakari_is_away_the_crash_waits(self):
        self.server.stop()
        self.assertFalse(self.stopped(1, 8))
        self.server.start()
        self.assertTrue(self.stopped(1, 8))
        self.assert_reported(self.died(8))


class TokenTest(FoldTest):
    """Keystone, and a Masakari that asks it: as their API references say."""

    def test_a_token_is_had_of_keystone_and_again_when_it_has_expired(self):
        tokens, used = [], []

        def answer(path, headers, body):
            if path == "/identity/v3/auth/tokens":
                tokens.append(body)
                return 201, {"X-Subject-Token": "token-%d" % len(tokens)}
            used.append(headers["X-Auth-Token"])
            return (401 if used[-1] == "token-1" and len(used) > 1 else 202), {}

        url = answering(self, answer)
        variables = {
            "OS_AUTH_URL": url + "/identity/v3",
            "OS_USERNAME": "masakari",
            "OS_PASSWORD": "secret",
            "OS_PROJECT_NAME": "service",
        }
        before = dict(os.environ)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(before)))
        os.environ.update(variables)
        self.fold.callbacks = reporter.Masakari(url + "/v1/p1", reporter.keystone)
        for sequence in 1, 2:
            self.assertTrue(MasakariTest.stopped(self, sequence, sequence))
        self.assertEqual(["token-1", "token-1", "token-2"], used)
        self.assertEqual("secret", tokens[0]["auth"]["identity"]["password"]["user"]["password"])
        self.assertEqual("service", tokens[0]["auth"]["scope"]["project"]["name"])

    def test_a_wrong_password_comes_again_and_ends_nothing(self):
        url = answering(self, lambda path, headers, body: (401, {}))
        self.fold.callbacks = reporter.Masakari(url, lambda: "wrong")
        self.assertFalse(MasakariTest.stopped(self, 1, 1))


if __name__ == "__main__":
    unittest.main()
