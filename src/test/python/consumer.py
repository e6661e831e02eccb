#!/usr/bin/python3
"""vm_events.py as a program which writes a line for each callback and lets some fail. It may be killed at any time."""

import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3, "docs", "consumer"))

import vm_events  # noqa: E402


class Written(vm_events.Callbacks):
    """A line is in the file before the callback ends, whatever happens to the process after it."""

    def __init__(self, path, failures):
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.failures = failures

    def write(self, *words):
        if random.random() < self.failures:
            raise OSError("one of the callbacks that fail")
        os.write(self.file, (" ".join(word or "-" for word in words) + "\n").encode())

    def notification(self, notification):
        late = ["late"] if notification.late else []
        self.write(
            "notification", notification.host, notification.stream, str(notification.sequence), notification.name, *late
        )

    def transition(self, change):
        self.write("transition", change.host, change.uri, change.instance, change.old, change.new)

    def missing(self, host, ranges, dropped):
        self.write("dropped" if dropped else "missing", host, *("%d-%d" % one for one in ranges))

    def gap(self, notification):
        self.write("gap", notification.host, notification.uri, notification.text("reason"))

    def bad(self, message, why):
        self.write("bad", why)


if __name__ == "__main__":
    parser = vm_events.arguments(__doc__, "vm-events.db")
    parser.add_argument("--calls", required=True, help="where the lines go")
    parser.add_argument("--failures", type=float, default=0, help="how many of 1 of the callbacks fail")
    options = parser.parse_args()
    vm_events.run(options, Written(options.calls, options.failures))
