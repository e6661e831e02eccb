#!/usr/bin/python3
"""The consumer of docs/consumer: its cases, which the tests' own fold has, too; what a crash and bad payloads do."""

import contextlib
import io
import json
import logging
import os
import sys
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3)
sys.path.insert(0, os.path.join(ROOT, "docs", "consumer"))

import vm_events  # noqa: E402

with open(os.path.join(ROOT, "src/test/resources/consumer/cases.json"), encoding="utf-8") as cases:
    CASES = json.load(cases)
#: Each commit of a state file waits for the disk, and there are a thousand.
MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None
logging.getLogger("vm_events").setLevel(logging.CRITICAL)  # callbacks fail here on purpose


class Lines(vm_events.Callbacks):
    """Callbacks as lines of text. The first whose line begins with fail raises, once."""

    def __init__(self):
        self.lines = []
        self.fail = None

    def add(self, *words, notification=None):
        words += ("late",) if notification and notification.late else ()
        line = " ".join(word or "-" for word in words)
        if self.fail and line.startswith(self.fail):
            self.fail = None
            raise OSError("nobody answers")
        self.lines.append(line)

    def taken(self):
        lines, self.lines = self.lines, []
        return lines

    def notification(self, notification):
        if notification.times > 1:
            self.add(
                "notification", notification.host, notification.instance, notification.name, "x%d" % notification.times
            )

    def transition(self, change):
        self.add(
            "transition",
            change.host,
            change.instance,
            change.old,
            change.new,
            change.cause,
            notification=change.notification,
        )

    def crash(self, change):
        self.add("crash", change.host, change.instance, change.cause, notification=change.notification)

    def removed(self, change):
        self.add(
            "removed",
            change.host,
            change.instance,
            change.notification.text("removal"),
            notification=change.notification,
        )

    def gap(self, notification):
        self.add("gap", notification.host, notification.uri, notification.text("reason"), notification=notification)

    def missing(self, host, ranges, dropped):
        self.add("dropped" if dropped else "missing", host, *("%d-%d" % one for one in ranges))

    def silent(self, host):
        self.add("silent", host)

    def back(self, host):
        self.add("back", host)

    def bad(self, message, why):
        self.add("bad", why)


def message(name, payload):
    payload = {**CASES["payload"], **payload}
    identity = "%s %s" % (payload["stream"], payload.get("sequence"))
    return {
        "ctxt": {},
        "publisher_id": "vm-event-agent.%s" % payload["host"],
        "event_type": "libvirt.%s" % name,
        "payload": payload,
        "metadata": {"message_id": identity, "timestamp": "2026-11-22 10:00:00.000000"},
    }


def host_line(host):
    words = [host["host"], "live" if host["live"] else "stopped"] + ["silent"] * host["silent"]
    words += ["behind=%d" % host["behind"], "missing=%d" % host["missing"]]
    words += ["gap=%s" % host["gap"]["reason"]] if host["gap"] else []
    words += ["%s=%s" % (uri, "up" if up else "down") for uri, up in sorted(host["connections"].items())]
    return " ".join(words)


def instance_line(row):
    words = [row["host"], row["uri"], row["instance"], row["state"], row["cause"] or "-", row["since"]]
    return " ".join(words + (["removed=" + row["removal"]] if row["removal"] else []))


class FoldTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(dir=MEMORY)
        self.addCleanup(self.directory.cleanup)
        self.path = os.path.join(self.directory.name, "view.db")
        self.lines = Lines()
        self.fold = None
        self.reopen()
        self.addCleanup(lambda: self.fold.db.close())

    def reopen(self):
        """As after kill -9: what is not committed is gone."""
        if self.fold:
            self.fold.db.close()
        self.fold = vm_events.Fold(self.path, self.lines, patience=10, silence=60)

    def take(self, name, now=0, **payload):
        return self.fold.take([message(name, payload)], now)

    def started(self, sequence, **payload):
        return self.take(
            "domain.started",
            sequence=sequence,
            instance_id="i1",
            old_domain_state="defined",
            domain_state="running",
            cause="booted",
            **payload
        )

    def play(self, case, between=lambda: None):
        now = 0
        for number, step in enumerate(case["steps"], 1):
            if "tick" in step:
                now = step["tick"]
                self.fold.tick(now)
            else:
                self.assertTrue(self.take(step["take"], now, **step["payload"]))
            self.assertEqual(step["calls"], self.lines.taken(), "%s, step %d" % (case["name"], number))
            between()

    def assert_view(self, case):
        view = vm_events.View(self.path)
        self.addCleanup(view.db.close)
        for part, lines in (
            ("hosts", map(host_line, view.hosts())),
            ("instances", map(instance_line, view.instances(removed=True))),
            ("located", sorted("%s %s" % (row["instance"], row["host"]) for row in view.located())),
        ):
            if part in case:
                self.assertEqual(case[part], list(lines), "%s, %s" % (case["name"], part))


class CasesTest(FoldTest):
    """Every case: as it is, with the consumer killed after each step, and with each callback failing once."""

    def each(self, play):
        for case in CASES["cases"]:
            with self.subTest(case["name"]):
                os.path.exists(self.path) and os.remove(self.path)
                self.reopen()
                play(case)
                self.assert_view(case)

    def test_as_they_are(self):
        self.assertGreater(len(CASES["cases"]), 30)
        self.each(self.play)

    def test_all_of_it_given_again_changes_nothing(self):
        def play(case):
            self.play(case)
            for step in case["steps"]:
                if "take" in step:
                    self.assertTrue(self.take(step["take"], **step["payload"]))
            again = [line for line in self.lines.taken() if not line.startswith("back ")]
            self.assertEqual([], again, case["name"])

        self.each(play)

    def test_killed_after_each_step(self):
        def reopen():
            # the clock of a wait is not kept: it begins again, which the cases with a tick see
            waiting, heard = self.fold.waiting, self.fold.heard
            self.reopen()
            self.fold.waiting, self.fold.heard = waiting, heard

        self.each(lambda case: self.play(case, between=reopen))

    def test_each_callback_fails_once(self):
        def play(case):
            now = 0
            for step in case["steps"]:
                now = step.get("tick", now)
                for call in step["calls"]:
                    self.lines.fail = call
                    before = list(self.fold.db.iterdump())
                    if "tick" in step:
                        self.fold.tick(now)
                    else:
                        self.assertFalse(self.take(step["take"], now, **step["payload"]))
                    self.assertEqual(
                        self.without_time(before), self.without_time(self.fold.db.iterdump()), case["name"]
                    )
                    self.assertEqual(step["calls"][: step["calls"].index(call)], self.lines.taken(), case["name"])
                if "tick" in step:
                    self.fold.tick(now)
                else:
                    self.assertTrue(self.take(step["take"], now, **step["payload"]))
                self.assertEqual(step["calls"], self.lines.taken(), case["name"])

        self.each(play)

    @staticmethod
    def without_time(dump):
        return [line for line in dump if "sqlite_" not in line]


class BadTest(FoldTest):
    def test_bad_payloads_are_reported_and_skipped(self):
        bad = [
            message("domain.started", {"sequence": 1, "instance_id": "i1"}),  # no state
            message("domain.started", {"sequence": "1", "instance_id": "i1", "domain_state": "running"}),
            message("domain.started", {"sequence": True, "instance_id": "i1", "domain_state": "running"}),
            message("domain.started", {"sequence": 2**63, "instance_id": "i1", "domain_state": "running"}),
            message("domain.started", {"sequence": 0, "instance_id": "i1", "domain_state": "running"}),
            message("domain.started", {"sequence": 1, "instance_id": ["i1"], "domain_state": "running"}),
            message(
                "domain.started", {"sequence": 1, "instance_id": "i1", "domain_state": "running", "display_name": 7}
            ),
            message(
                "domain.started",
                {"sequence": 1, "instance_id": "i1", "domain_state": "running", "display_name": "\ud800"},
            ),
            message("domain.started", {"sequence": 1, "instance_id": "i1", "domain_state": "running", "count": "many"}),
            message(
                "domain.started", {"sequence": 1, "instance_id": "i1", "domain_state": "running", "schema_version": 2}
            ),
            message("agent.test", {"sequence": 1, "observed_at": "yesterday"}),
            message("agent.test", {"sequence": 1, "observed_at": "2026-11-22T10:00:00"}),
            message("agent.overflow", {"sequence": 1, "ranges": "all"}),
            message("agent.overflow", {"sequence": 1, "ranges": [{"first": 1}]}),
            message("agent.gap", {"sequence": 1, "reason": None}),
            {**message("agent.test", {"sequence": 1}), "payload": None},
            {**message("agent.test", {"sequence": 1}), "payload": "text"},
        ]
        self.assertTrue(self.fold.take(bad, 0))
        lines = self.lines.taken()
        self.assertEqual(len(bad), len([line for line in lines if line.startswith("bad ")]), lines)
        self.assertTrue(self.started(1))
        self.assertEqual(["transition a i1 - running booted"], self.lines.taken())

    def test_no_text_reaches_a_terminal_as_it_is(self):
        payload = {"sequence": 1, "instance_id": "i1", "domain_state": "run\033[2J\n\u202e", "display_name": "\033]0;"}
        fold = vm_events.Fold(":memory:", vm_events.Log())
        with contextlib.redirect_stdout(io.StringIO()) as out:
            self.assertTrue(fold.take([message("domain.started", payload)], 0))
        self.assertIn("run\\x1b[2J\\x0a\\u202e", out.getvalue())
        self.assertEqual(["\n"], [letter for letter in out.getvalue() if not letter.isprintable()])
        record = logging.LogRecord("a", logging.ERROR, "", 1, "b\033[2J", (), None)
        self.assertEqual("b\\x1b[2J", vm_events.Formatter("%(message)s").format(record))

    def test_a_bad_one_does_not_keep_others_back(self):
        good = message("domain.exists", {"sequence": 1, "instance_id": "i1", "domain_state": "running"})
        self.assertTrue(self.fold.take([message("domain.exists", {"sequence": 1}), good], 0))
        self.assertEqual(["bad no instance_id", "transition a i1 - running -"], self.lines.taken())

    def test_others_notifications_are_passed_over(self):
        nova = {
            "publisher_id": "compute.cmp-01",
            "event_type": "compute.instance.update",
            "payload": {},
            "metadata": {},
        }
        self.assertTrue(self.fold.take([nova, {"publisher_id": None}], 0))
        self.assertEqual([], self.lines.taken())

    def test_what_has_another_prefix_is_read(self):
        other = message("domain.exists", {"sequence": 1, "instance_id": "i1", "domain_state": "running"})
        self.assertTrue(self.fold.take([{**other, "event_type": "my.cloud.domain.exists"}], 0))
        self.assertEqual(["transition a i1 - running -"], self.lines.taken())


class BatchTest(FoldTest):
    def test_what_was_folded_before_a_callback_failed_is_not_called_again(self):
        batch = [
            message("domain.exists", {"sequence": number, "instance_id": "i%d" % number, "domain_state": "running"})
            for number in (1, 2, 3)
        ]
        self.lines.fail = "transition a i2"
        self.assertFalse(self.fold.take(batch, 0))
        self.assertEqual(["transition a i1 - running -"], self.lines.taken())
        self.assertTrue(self.fold.take(batch, 0))
        self.assertEqual(["transition a i2 - running -", "transition a i3 - running -"], self.lines.taken())

    def test_given_back_in_any_order(self):
        batch = [
            message("domain.exists", {"sequence": number, "instance_id": "i1", "domain_state": state})
            for number, state in enumerate(("running", "paused") * 5, 1)
        ]
        self.assertTrue(self.fold.take(batch[:1], 0))
        for one in reversed(batch):
            self.assertTrue(self.fold.take([one, one], 0))
        states = [line.split()[4] for line in self.lines.taken()]
        self.assertEqual(["running", "paused"] * 5, states)

    def test_identity_stays_where_a_notification_has_none(self):
        self.assertTrue(self.started(1, display_name="web", project_id="p1", domain="instance-1"))
        self.assertTrue(
            self.take(
                "domain.stopped",
                sequence=2,
                instance_id="i1",
                old_domain_state="running",
                domain_state="defined",
                cause="guest_panic",
                severity="error",
            )
        )
        (row,) = self.fold.instances()
        self.assertEqual(
            ("web", "p1", "instance-1", "guest_panic"), (row["name"], row["project_id"], row["domain"], row["crash"])
        )

    def test_a_state_file_with_a_strange_name_is_read(self):
        path = os.path.join(self.directory.name, "a?b#c 100%.db")
        vm_events.Fold(path, self.lines).db.close()
        view = vm_events.View(path)
        self.addCleanup(view.db.close)
        self.assertEqual([], view.hosts())

    def test_the_pause_after_a_failure_grows_and_ends_with_stop(self):
        endpoint = vm_events.Endpoint(self.fold)
        endpoint.stopping.set()
        one = [message("domain.exists", {"sequence": 1, "instance_id": "i1", "domain_state": "running"})]
        pauses = []
        for _ in range(7):
            self.lines.fail = "transition"
            self.assertEqual("requeue", endpoint.info(one))
            pauses.append(endpoint.pause)
        self.assertEqual([1, 2, 4, 8, 16, 30, 30], pauses)
        self.assertEqual("handled", endpoint.error(one))
        self.assertEqual(0, endpoint.pause)


if __name__ == "__main__":
    unittest.main()
