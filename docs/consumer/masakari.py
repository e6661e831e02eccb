#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reports guests that died or panicked to Masakari, as its instance monitor does, so that it recovers them.

It sees what that monitor misses: what happened while nobody listened, and panics. Keystone's OS_* variables say who
it is; with --token there is no Keystone.
"""

import datetime
import json
import os
import urllib.error
import urllib.request

import vm_events

TIMEOUT = 30
OS_VARIABLES = "OS_AUTH_URL", "OS_USERNAME", "OS_PASSWORD", "OS_PROJECT_NAME"
#: Of CRASHES those after which a stop and a start help. Masakari's own names for what happened.
DIED = {"process_died", "guest_panic", "crashed", "daemon_lost"}
LIFECYCLE, IO_ERROR = ("LIFECYCLE", "STOPPED_FAILED"), ("IO_ERROR", "IO_ERROR_REPORT")


def request(url, body, headers=None):
    """The answer's headers; HTTPError where it is none of 2xx."""
    headers = {"Content-Type": "application/json", **(headers or {})}
    post = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(post, timeout=TIMEOUT) as answer:
        return answer.headers


def keystone():
    """A new token, of the OS_* variables."""
    env = {"OS_USER_DOMAIN_NAME": "Default", "OS_PROJECT_DOMAIN_NAME": "Default", **os.environ}
    user = {"name": env["OS_USERNAME"], "password": env["OS_PASSWORD"], "domain": {"name": env["OS_USER_DOMAIN_NAME"]}}
    scope = {"project": {"name": env["OS_PROJECT_NAME"], "domain": {"name": env["OS_PROJECT_DOMAIN_NAME"]}}}
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}
    return request(env["OS_AUTH_URL"].rstrip("/").removesuffix("/v3") + "/v3/auth/tokens", body)["X-Subject-Token"]


class Masakari(vm_events.Callbacks):
    def __init__(self, url, token, io_errors=False, max_age=300):
        self.url = url.rstrip("/") + "/notifications"
        self.new_token = token
        self.token = None
        self.io_errors = io_errors
        self.max_age = max_age

    def crash(self, change):
        if change.cause in DIED:
            self.report(change.notification, *LIFECYCLE)

    def notification(self, notification):
        if self.io_errors and notification.name == "domain.io_error":
            self.report(notification, *IO_ERROR)

    def report(self, notification, event, vir_domain_event):
        observed = vm_events.moment(notification.text("observed_at"))
        if (datetime.datetime.now(datetime.timezone.utc) - observed).total_seconds() > self.max_age:
            vm_events.LOG.warning("%s: %s is too old to act on", notification.instance, observed)
            return
        payload = {"event": event, "instance_uuid": notification.instance, "vir_domain_event": vir_domain_event}
        body = {"type": "VM", "hostname": notification.host, "payload": payload}
        body = {"notification": {**body, "generated_time": observed.strftime("%Y-%m-%dT%H:%M:%S.%f")}}
        for last in False, True:
            self.token = self.token or self.new_token()
            try:
                request(self.url, body, {"X-Auth-Token": self.token})
                return
            except urllib.error.HTTPError as e:
                if e.code == 401 and not last:
                    self.token = None  # it has expired
                    continue
                if e.code not in (400, 409):  # any other may pass: raise, and the callback comes again
                    raise
                # a repetition, its own monitor was first, the host is in maintenance or in no segment
                vm_events.LOG.warning("Masakari does not want %s: %s", body, e.read(500).decode(errors="replace"))
                return


if __name__ == "__main__":
    parser = vm_events.arguments(__doc__.split("\n")[0], "vm-masakari.db")
    parser.add_argument("--masakari", metavar="URL", required=True, help="its API: http://controller:15868/v1")
    parser.add_argument("--token", help="instead of Keystone's, for an API that doesn't ask it")
    parser.add_argument("--io-errors", action="store_true", help="report I/O errors of guests, too")
    parser.add_argument("--max-age", type=float, default=300, help="seconds after which it is too old (%(default)s)")
    options = parser.parse_args()
    unset = [name for name in OS_VARIABLES if not os.environ.get(name)]
    if unset and not options.token:
        parser.error("--token or these variables are needed: %s" % ", ".join(unset))
    token = (lambda: options.token) if options.token else keystone
    vm_events.run(options, Masakari(options.masakari, token, options.io_errors, options.max_age))
