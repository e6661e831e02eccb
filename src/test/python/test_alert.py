#!/usr/bin/python3
"""alert.py against a real Alertmanager, and against a webhook."""

import http.server
import json
import sys
import threading
import unittest

import servers
from test_vm_events import ROOT, FoldTest

sys.path.insert(0, ROOT + "/docs/consumer")

import alert  # noqa: E402

HOUR = 3600


class AlertTest(FoldTest):
    def setUp(self):
        super().setUp()
        self.server, self.url = servers.alertmanager(self.directory.name)
        self.addCleanup(self.server.stop)
        self.fold.callbacks = alert.Alerts(self.url + "/api/v2/alerts", HOUR)

    def active(self):
        """Its alerts, each as its name and labels and what it says."""
        alerts = json.loads(servers.get(self.url + "/api/v2/alerts?active=true"))
        return {
            (one["labels"].pop("alertname"), *sorted(one["labels"].items())): one["annotations"]["summary"]
            for one in alerts
        }

    def crash(self, sequence=2):
        states = {"old_domain_state": "running", "domain_state": "defined", "cause": "process_died"}
        who = {"instance_id": "i1", "display_name": 'web "1"', "project_id": "p1"}
        return self.take("domain.stopped", sequence=sequence, severity="error", **states, **who)

    def test_a_crash_is_one_alert_until_the_instance_runs_again(self):
        self.assertTrue(self.started(1, project_id="p1"))
        self.assertTrue(self.crash())
        key = ("InstanceCrashed", ("host", "a"), ("instance", "i1"), ("severity", "critical"))
        self.assertEqual({key: '"web \\"1\\"" of project p1: process_died'}, self.active())
        self.assertTrue(self.started(3, project_id="p1"))
        servers.wait_for(lambda: not self.active(), "the alert ends")

    def test_what_is_called_again_is_no_second_alert(self):
        self.assertTrue(self.started(1))
        self.assertTrue(self.crash())
        before = self.active()
        self.fold.db.execute("UPDATE stream SET next = 2")  # as if the consumer had been killed before its commit
        self.assertTrue(self.crash())
        self.assertEqual(before, self.active())

    def test_gaps_missing_numbers_and_silence(self):
        self.assertTrue(self.take("agent.heartbeat", sequence=1))
        gap = {"reason": "agent_down", "to": "2026-11-22T10:00:00.000000Z", "transitions_found": 2}
        self.assertTrue(self.take("agent.gap", sequence=2, **gap))
        self.assertTrue(
            self.take("agent.overflow", sequence=4, ranges=[{"first": 3, "last": 3}], dropped={"reboot": 1})
        )
        self.assertTrue(self.take("agent.heartbeat", sequence=7))
        for now in (0, 10, 60):
            self.fold.tick(now)
        names = {name: summary for (name, *_), summary in self.active().items()}
        self.assertEqual(
            {
                "InstanceEventsGap": "from ? to 2026-11-22T10:00:00.000000Z, 2 transitions found",
                "InstanceEventsDropped": "the agent dropped 3-3 and repairs it",
                "InstanceEventsMissing": "5-6 never came; run vm-event-agent audit there",
                "InstanceEventsSilent": "no heartbeat from the agent",
            },
            names,
        )
        self.assertTrue(self.take("agent.heartbeat", sequence=8))
        servers.wait_for(lambda: "InstanceEventsSilent" not in [name for name, *_ in self.active()], "the alert ends")

    def test_while_alertmanager_is_away_the_crash_waits(self):
        self.assertTrue(self.started(1))
        self.server.stop()
        self.assertFalse(self.crash())
        self.server.start()
        self.assertTrue(self.crash())
        self.assertEqual(["InstanceCrashed"], [name for name, *_ in self.active()])

    def test_what_alertmanager_refuses_is_not_tried_for_ever(self):
        self.fold.callbacks.send("", "", {}, "an alert needs a label")
        self.assertEqual({}, self.active())


def answering(test, answer):
    """The address of a server that answers a POST with the status and the headers that are returned."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, headers = answer(self.path, self.headers, body)
            self.send_response(status)
            for header in headers.items():
                self.send_header(*header)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    test.addCleanup(server.server_close)
    test.addCleanup(server.shutdown)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return "http://127.0.0.1:%d" % server.server_port


class WebhookTest(FoldTest):
    def test_gets_the_same_list(self):
        posted = []
        url = answering(self, lambda path, headers, body: (posted.append((path, body)), (204, {}))[1])
        self.fold.callbacks = alert.Alerts(url + "/hook", HOUR)
        self.assertTrue(self.take("agent.gap", sequence=1, reason="eof", to="2026-11-22T10:00:00.000000Z"))
        ((path, (one,)),) = posted
        labels = {"host": "a", "connection": "qemu:///system", "reason": "eof", "severity": "warning"}
        self.assertEqual(("/hook", {"alertname": "InstanceEventsGap", **labels}), (path, one["labels"]))
        self.assertLess(one["startsAt"], one["endsAt"])


if __name__ == "__main__":
    unittest.main()
