#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Shows the hosts and the instances of a state file that vm_events.py keeps, again and again. Reads only."""

import argparse
import datetime
import os
import shutil
import sys
import time

import vm_events

#: Columns: the head, and the most that they take.
HOSTS = ("HOST", 40), ("AGENT", 8), ("LIBVIRT", 40), ("BEHIND", 9), ("MISSING", 9), ("LAST GAP", 60)
INSTANCES = ("INSTANCE", 36), ("NAME", 24), ("PROJECT", 32), ("HOST", 40), ("STATE", 12)
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(text):
    """Seconds of 90s, 15m, 1h, 7d."""
    if text[-1:] not in UNITS or not text[:-1].isdigit():
        raise argparse.ArgumentTypeError("%r is no time; say 90s, 15m, 1h or 7d" % text)
    return int(text[:-1]) * UNITS[text[-1]]


def clean(text, width):
    """Names are tenants' text: no escape sequences for the terminal, and not longer than the column."""
    text = "".join(letter if letter.isprintable() else "?" for letter in str(text)) or "-"
    return text if len(text) <= width else text[: width - 1] + "~"


def table(columns, rows):
    """Its lines, as wide as what is in them."""
    cells = [[clean(cell, most) for cell, (_, most) in zip(row, columns)] for row in rows]
    cells.insert(0, [head for head, _ in columns])
    widths = [max(map(len, column)) for column in zip(*cells)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in cells]


def host_row(host):
    down = [uri for uri, up in host["connections"].items() if not up]
    status = "silent" if host["silent"] else "live" if host["live"] else "stopped"
    gap = host["gap"] or {}
    return (
        host["host"],
        status,
        ", ".join(down) or "up",
        host["behind"],
        host["missing"],
        "%s to %s" % (gap.get("reason"), gap.get("to", "")[:19]) if gap else "",
    )


def page(view, crashed=False, since=None):
    """All lines of one look."""
    begin = ""
    if since is not None:
        now = datetime.datetime.now(datetime.timezone.utc)
        begin = (now - datetime.timedelta(seconds=since)).strftime("%Y-%m-%dT%H:%M:%S")
    when, why = ("crashed_at", "crash") if crashed else ("since", "cause")
    rows = [row for row in view.located() if (row["crash"] or not crashed) and row[when] >= begin]

    def instance_row(row):
        name, project = row["name"] or row["domain"], row["project"] or row["project_id"]
        return row["instance"], name, project, row["host"], row["state"], row[why], row[when][:19]

    rows.sort(key=lambda row: row[when], reverse=True)
    lines = table(HOSTS, map(host_row, view.hosts()))
    lines += ["", *table((*INSTANCES, ("CRASH" if crashed else "CAUSE", 20), ("SINCE", 19)), map(instance_row, rows))]
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", default="vm-events.db", help="the file that vm_events.py keeps (%(default)s)")
    parser.add_argument("--crashed", action="store_true", help="only instances that crashed, the last one first")
    parser.add_argument("--since", type=duration, help="only what happened since then: 90s, 15m, 1h, 7d")
    parser.add_argument("--interval", type=float, default=2, help="seconds between two looks (%(default)s)")
    parser.add_argument("--once", action="store_true", help="one look, for a file or a pipe")
    options = parser.parse_args()
    if not os.path.exists(options.state):
        sys.exit("%s is not there: start vm_events.py first" % options.state)
    view = vm_events.View(options.state)
    while True:
        lines = page(view, options.crashed, options.since)
        if options.once:
            print("\n".join(lines))
            return
        print("\033[H\033[2J" + "\n".join(lines[: max(3, shutil.get_terminal_size().lines - 1)]), flush=True)
        time.sleep(options.interval)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
