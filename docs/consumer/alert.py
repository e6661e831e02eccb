#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Sends crashes, gaps, missing numbers and silent hosts to Alertmanager, or to a webhook that takes the same list."""

import datetime
import json
import urllib.error
import urllib.parse
import urllib.request

import vm_events

TIMEOUT = 10


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def text(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Alerts(vm_events.Callbacks):
    """An alert has the same labels each time it is sent, so what is called again is not a second one."""

    def __init__(self, url, hold):
        self.url = url
        self.hold = datetime.timedelta(seconds=hold)

    def send(self, name, severity, labels, summary="", since=None, over=False):
        """Over: it ends now. Else it ends by itself; Alertmanager would end it after five minutes."""
        ends = now() if over else now() + self.hold
        labels = {"alertname": name, "severity": severity, **{key: value for key, value in labels.items() if value}}
        alert = {"labels": labels, "endsAt": text(ends)}
        if not over:
            alert["annotations"] = {"summary": summary}
            alert["startsAt"] = min(since or text(now()), text(now()))  # the clock of the host may be ahead
        self.post([alert])

    def post(self, alerts):
        request = urllib.request.Request(self.url, json.dumps(alerts).encode(), {"Content-Type": "application/json"})
        try:
            urllib.request.urlopen(request, timeout=TIMEOUT).close()
        except urllib.error.HTTPError as e:
            if e.code != 400:  # any other may pass: raise, and the callback comes again
                raise
            vm_events.LOG.error("The receiver does not want %s: %s", alerts, e.read(500).decode(errors="replace"))

    def crash(self, change):
        text = change.notification.text
        words = json.dumps(text("display_name") or text("domain")), text("project_id") or "-", change.cause
        labels = {"host": change.host, "instance": change.instance}
        self.send("InstanceCrashed", "critical", labels, "%s of project %s: %s" % words, text("observed_at"))

    def transition(self, change):
        if change.new == "running" and change.old and not change.notification.late:
            labels = {"host": change.host, "instance": change.instance}
            self.send("InstanceCrashed", "critical", labels, over=True)

    def gap(self, notification):
        text, found = notification.text, notification.payload.get("transitions_found", 0)
        labels = {"connection": notification.uri, "reason": text("reason")}
        summary = "from %s to %s, %s transitions found" % (text("from") or "?", text("to"), found)
        self.send("InstanceEventsGap", "warning", {"host": notification.host, **labels}, summary)

    def missing(self, host, ranges, dropped):
        what = ", ".join("%d-%d" % one for one in ranges)
        if dropped:
            self.send("InstanceEventsDropped", "warning", {"host": host}, "the agent dropped %s and repairs it" % what)
        else:
            summary = "%s never came; run vm-event-agent audit there" % what
            self.send("InstanceEventsMissing", "critical", {"host": host}, summary)

    def silent(self, host):
        self.send("InstanceEventsSilent", "critical", {"host": host}, "no heartbeat from the agent")

    def back(self, host):
        self.send("InstanceEventsSilent", "critical", {"host": host}, over=True)


if __name__ == "__main__":
    parser = vm_events.arguments(__doc__, "vm-alerts.db")
    parser.add_argument("--alertmanager", metavar="URL", help="its address, as http://127.0.0.1:9093")
    parser.add_argument("--webhook", metavar="URL", help="instead: where the list is posted to as it is")
    parser.add_argument("--hold", type=float, default=3600, help="seconds until an alert ends by itself (%(default)s)")
    options = parser.parse_args()
    if bool(options.alertmanager) == bool(options.webhook):
        parser.error("either --alertmanager or --webhook is needed")
    target = options.webhook or options.alertmanager.rstrip("/") + "/api/v2/alerts"
    if urllib.parse.urlsplit(target).username:
        parser.error("the URL may have no user and password")
    vm_events.run(options, Alerts(target, options.hold))
