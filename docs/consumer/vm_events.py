#!/usr/bin/python3
# Copyright the vm-event-agent contributors
# SPDX-License-Identifier: Apache-2.0
# https://www.apache.org/licenses/LICENSE-2.0
"""Folds the notifications of vm-event-agent into a view of all instances, and calls back on what changes.

Take this file; it needs Python 3.9 and oslo.messaging. Derive from Callbacks, and give yours to listen():

    import vm_events

    class Pager(vm_events.Callbacks):
        def crash(self, change):
            print(change.host, change.instance, change.cause)

    vm_events.listen("rabbit://user:password@broker/", Pager(), state="/var/lib/pager/view.db")

What it knows is in one SQLite file, written before a message is acknowledged. View reads it, from any process.
README.md beside this file says when which callback comes, docs/notifications.md of the agent what is folded how.
"""

import argparse
import collections
import contextlib
import datetime
import json
import logging
import os
import signal
import sqlite3
import sys
import threading
import time

LOG = logging.getLogger("vm_events")

#: Causes that end or stop a guest against its will. Their severity is "error", unless a filter of the agent sets it.
CRASHES = frozenset(("process_died", "guest_panic", "crashed", "daemon_lost", "watchdog"))
ACTIVE = frozenset(("running", "paused", "pmsuspended", "crashed"))

SCHEMA_VERSION = 1
FOREVER = 2**62
#: Domains that are gone, and numbers that never came, are forgotten after so many seconds.
KEEP = 30 * 24 * 3600
LONGEST_PAUSE = 30

TABLES = """
CREATE TABLE IF NOT EXISTS host (
    host TEXT PRIMARY KEY, live INTEGER DEFAULT 1, silent INTEGER DEFAULT 0, heartbeats INTEGER DEFAULT 0,
    gap TEXT DEFAULT 'null', seen TEXT DEFAULT '') WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS connection (
    host TEXT, uri TEXT, connected INTEGER, rank INTEGER, sequence INTEGER, PRIMARY KEY (host, uri)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS instance (
    host TEXT, uri TEXT, instance TEXT, rank INTEGER, sequence INTEGER, state TEXT, cause TEXT, since TEXT, seen TEXT,
    removal TEXT, crash TEXT, crashed_at TEXT, domain TEXT, name TEXT, project_id TEXT, project TEXT, user_id TEXT,
    user TEXT, folded REAL, PRIMARY KEY (host, uri, instance)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stream (
    host TEXT, stream TEXT, rank INTEGER, next INTEGER, PRIMARY KEY (host, stream)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS held (
    host TEXT, rank INTEGER, sequence INTEGER, name TEXT, message TEXT,
    PRIMARY KEY (host, rank, sequence)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hole (
    host TEXT, rank INTEGER, first INTEGER, last INTEGER, why TEXT, found REAL,
    PRIMARY KEY (host, rank, first)) WITHOUT ROWID;
"""

#: Columns of an instance that say who it is, and where the payload has them.
IDENTITY = {
    "domain": "domain",
    "name": "display_name",
    "project_id": "project_id",
    "project": "project_name",
    "user_id": "user_id",
    "user": "user_name",
}

Change = collections.namedtuple("Change", "host uri instance old new cause notification")
Change.__doc__ = """An instance on a host, its state before ("" if it was not known) and now, and what says so."""


class Callbacks:
    """What a program wants to know. Each may come again after a crash; one that raises comes again for certain."""

    def notification(self, notification):
        """Every one that is folded, once, in the order of its host; before the callbacks that it causes."""

    def transition(self, change):
        """The view of an instance has another state than before."""

    def crash(self, change):
        """A guest ended or stopped against its will."""

    def removed(self, change):
        """An instance is gone from the host; stop billing for the removal "deleted" only."""

    def gap(self, notification):
        """For a time the agent could not listen; what it missed has been published before this."""

    def missing(self, host, ranges, dropped):
        """Numbers that didn't come. Dropped: the agent says so and repairs the view. Else they are lost."""

    def silent(self, host):
        """A host that sends heartbeats has sent nothing for too long."""

    def back(self, host):
        """A host that was silent is not any more."""

    def bad(self, message, why):
        """A notification of the agent that can't be read; it is skipped."""


class Notification(collections.namedtuple("Notification", "name message_id payload rank late")):
    """One of the agent's. name: domain.stopped, agent.gap. late: its place in the order has passed."""

    host = property(lambda self: self.payload["host"])
    stream = property(lambda self: self.payload["stream"])
    sequence = property(lambda self: self.payload["sequence"])
    uri = property(lambda self: self.text("connection_uri"))
    instance = property(lambda self: self.text("instance_id"))
    #: How many events it stands for: equal ones are counted, the surplus of a guest is suppressed.
    times = property(lambda self: max(1, self.payload.get("count", 1)) + self.payload.get("suppressed", 0))

    def text(self, key):
        """Empty where there is none."""
        return self.payload.get(key, "")


def moment(text):
    """The datetime of a time in a notification; ValueError if it is none."""
    found = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    if not found.tzinfo:
        raise ValueError("%s has no time zone" % text)
    return found


def printable(text):
    """ASCII without control characters: names are others' text, and a terminal obeys escape sequences."""
    text = text.encode("ascii", "backslashreplace").decode()
    return "".join(letter if letter.isprintable() else "\\x%02x" % ord(letter) for letter in text)


def parse(message):
    """The notification of a message as an endpoint gets it; None if somebody else sent it, ValueError if it is bad."""
    if not str(message.get("publisher_id")).startswith("vm-event-agent."):
        return None
    payload = message.get("payload")
    if not isinstance(payload, dict):
        raise ValueError("no payload")
    name = ".".join(str(message.get("event_type")).split(".")[-2:])
    if payload.get("schema_version") != SCHEMA_VERSION:
        raise ValueError("schema_version is %r" % payload.get("schema_version"))
    needed = ["host", "stream", "observed_at"]
    if name.startswith("domain."):
        needed += ["instance_id", "connection_uri", "domain_state"]
    elif name in ("agent.gap", "agent.connected", "agent.disconnected"):
        needed += ["connection_uri", "reason"]
    for key in needed:
        if not isinstance(payload.get(key), str) or not payload[key]:
            raise ValueError("no %s" % key)
    moment(payload["observed_at"])
    for key in [*IDENTITY.values(), "old_domain_state", "cause", "removal", "severity"]:
        if not isinstance(payload.get(key, ""), str):
            raise ValueError("%s is no text" % key)
    numbers = {"sequence": payload.get("sequence")}
    numbers.update((key, payload[key]) for key in ("count", "suppressed") if key in payload)
    ranges = payload.get("ranges", []) if name == "agent.overflow" else []
    if not isinstance(ranges, list) or not all(isinstance(one, dict) for one in ranges):
        raise ValueError("ranges is no list of objects")
    for one in ranges:
        numbers.update({"first %s" % one: one.get("first"), "last %s" % one: one.get("last")})
    for key, number in numbers.items():
        if type(number) is not int or not 0 < number < FOREVER:
            raise ValueError("%s is %r" % (key, number))
    json.dumps(payload, ensure_ascii=False).encode()  # half a surrogate is a ValueError, here and not in the database
    return Notification(name, str(message.get("metadata", {}).get("message_id")), payload, 0, False)


class View:
    """What a state file says; to read only. Rows are dicts."""

    def __init__(self, path):
        self.db = sqlite3.connect("file:%s?mode=ro" % path.replace("?", "%3f").replace("#", "%23"), uri=True)
        self.db.row_factory = sqlite3.Row

    def sql(self, statement, *values):
        return self.db.execute(statement, values)

    def rows(self, statement, *values):
        return [dict(row) for row in self.sql(statement, *values)]

    def hosts(self):
        """Each host: live, silent, its last gap, its connections, how many numbers wait and how many never came."""
        hosts = self.rows("SELECT host, live, silent, gap, seen FROM host ORDER BY host")
        for host in hosts:
            name = host["host"]
            host["gap"] = json.loads(host["gap"])
            host["connections"] = dict(
                map(tuple, self.sql("SELECT uri, connected FROM connection WHERE host = ?", name))
            )
            (host["behind"],) = self.sql(
                """SELECT coalesce(max(held.sequence) + 1 - stream.next, 0)
                FROM stream JOIN held USING (host, rank) WHERE host = ?""",
                name,
            ).fetchone()
            (host["missing"],) = self.sql(
                "SELECT coalesce(sum(last + 1 - first), 0) FROM hole WHERE host = ? AND why = 'missing'", name
            ).fetchone()
        return hosts

    def instances(self, removed=False):
        """Each instance on each host, those that were removed only if wanted."""
        return self.rows("SELECT * FROM instance WHERE ? OR removal = '' ORDER BY host, uri, instance", removed)

    def located(self):
        """Each instance once: where it runs, else where it is active, else where it was last."""
        best = {}
        for row in self.instances():
            rank = (row["state"] == "running", row["state"] in ACTIVE, row["cause"] != "migrated_out", row["since"])
            if row["instance"] not in best or rank > best[row["instance"]][0]:
                best[row["instance"]] = rank, row
        return [row for _, row in best.values()]


class CallbackFailed(Exception):
    """One of the program's callbacks raised; what caused it comes again."""


class Fold(View):
    """Makes the view. Thread-safe, but one process at a time writes a state file.

    patience: how many seconds it waits for a number that is missing. silence: after how many it calls a host silent.
    """

    def __init__(self, path, callbacks, patience=10, silence=180):
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.executescript(TABLES)
        self.callbacks = callbacks
        self.patience = patience
        self.silence = silence
        self.lock = threading.RLock()
        self.heard = {}  # host: when it last sent something new
        self.waiting = {}  # host: the number it waits for, since when

    # -- what is called from outside; now is a clock of seconds that nobody sets

    def take(self, messages, now):
        """Folds them in one transaction, in any order. False: a callback raised; all of them are to come again."""
        with self._transaction():
            for message in messages:
                try:
                    notification = parse(message)
                except (ValueError, RecursionError) as e:
                    if not self._one(self._call, "bad", message, str(e)):
                        return False
                    continue
                if notification and not self._one(self._arrived, notification, now):
                    return False
        return True

    def tick(self, now):
        """What time alone brings: numbers it no longer waits for, hosts that fell silent. To be called every second."""
        with self._transaction():
            held = dict(
                map(tuple, self.db.execute("SELECT DISTINCT host, next FROM stream JOIN held USING (host, rank)"))
            )
            self.waiting = {
                host: self.waiting[host] for host in held if self.waiting.get(host, [None])[0] == held[host]
            }
            for host, number in held.items():
                if now - self.waiting.setdefault(host, (number, now))[1] >= self.patience:
                    self._one(self._give_up, host, self._newest(host))
            for (host,) in self.db.execute("SELECT host FROM host WHERE live AND heartbeats AND NOT silent").fetchall():
                if now - self.heard.setdefault(host, now) >= self.silence:
                    self._one(self._silent, host)
            old = time.time() - KEEP
            gone = "removal <> '' OR state IN ('undefined', 'unknown')"
            self.sql("DELETE FROM instance WHERE (%s) AND folded < ?" % gone, old)
            self.sql("DELETE FROM hole WHERE found < ?", old)

    # -- transactions and callbacks

    @contextlib.contextmanager
    def _transaction(self):
        with self.lock:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def _one(self, step, *values):
        """Does it whole or not at all, callbacks included. False: not at all, because a callback raised."""
        self.db.execute("SAVEPOINT one")
        try:
            step(*values)
            return True
        except CallbackFailed as e:
            LOG.exception("Callback %s failed; it comes again", e)
            self.db.execute("ROLLBACK TO one")
            return False
        finally:
            self.db.execute("RELEASE one")

    def _call(self, name, *values):
        try:
            getattr(self.callbacks, name)(*values)
        except Exception as e:
            raise CallbackFailed(name) from e

    # -- the order of each host

    def _newest(self, host):
        return self.sql("SELECT max(rank) FROM stream WHERE host = ?", host).fetchone()[0]

    def _arrived(self, notification, now):
        """Puts it in its place, and folds what has its turn then. A repetition has no place."""
        host, number = notification.host, notification.sequence
        row = self.sql(
            "SELECT rank, next FROM stream WHERE host = ? AND stream = ?", host, notification.stream
        ).fetchone()
        rank, expected = row or self._begin(notification)
        if number >= expected:
            notification = notification._replace(rank=rank)
            self.heard[host] = now
            self._back(host)
            self.sql(
                "INSERT OR IGNORE INTO held VALUES (?, ?, ?, ?, ?)",
                host,
                rank,
                number,
                notification.name,
                json.dumps(notification),
            )
            self._advance(host, rank)
        elif self._cut(host, rank, number, number):
            self._fold(notification._replace(rank=rank, late=True))

    def _begin(self, notification):
        """A new stream. Of a new host, it begins where we came in; else at 1, and the one before has ended."""
        host, before = notification.host, self._newest(notification.host)
        if before:
            while self.sql("SELECT 1 FROM held WHERE host = ?", host).fetchone():
                self._give_up(host, before)
            self._hole(host, before, self._next(host, before), FOREVER, "unknown")
            self._set_next(host, before, FOREVER)
        else:
            self.sql("INSERT INTO host (host) VALUES (?)", host)
            self._hole(host, 1, 1, notification.sequence - 1, "unknown")
        begin = (before or 0) + 1, 1 if before else notification.sequence
        self.sql("INSERT INTO stream VALUES (?, ?, ?, ?)", host, notification.stream, *begin)
        return begin

    def _next(self, host, rank):
        return self.sql("SELECT next FROM stream WHERE host = ? AND rank = ?", host, rank).fetchone()[0]

    def _set_next(self, host, rank, number):
        self.sql("UPDATE stream SET next = ? WHERE host = ? AND rank = ?", number, host, rank)

    def _advance(self, host, rank):
        """Folds what is held up to the next number that is missing and that no overflow has named."""
        number = self._next(host, rank)
        while True:
            row = self.sql(
                "SELECT sequence, message FROM held WHERE host = ? AND rank = ? ORDER BY sequence LIMIT 1", host, rank
            ).fetchone()
            if not row:
                return
            if row["sequence"] == number:
                number += 1
                self.sql("DELETE FROM held WHERE host = ? AND rank = ? AND sequence = ?", host, rank, row["sequence"])
                self._set_next(host, rank, number)
                self._fold(Notification(*json.loads(row["message"])))
                continue
            last = min(self._dropped(host, rank, number), row["sequence"] - 1)
            if last < number:
                return
            self._hole(host, rank, number, last, "dropped")
            number = last + 1
            self._set_next(host, rank, number)

    def _dropped(self, host, rank, number):
        """The last number of the range, of an overflow that is held, which has this one; 0 where none has."""
        overflows = self.sql(
            "SELECT message FROM held WHERE host = ? AND rank = ? AND name = 'agent.overflow'", host, rank
        )
        ranges = [one for row in overflows for one in Notification(*json.loads(row[0])).payload.get("ranges", [])]
        return max((one["last"] for one in ranges if one["first"] <= number <= one["last"]), default=0)

    def _give_up(self, host, rank):
        """What is missing before the first that is held is not waited for any longer."""
        number = self._next(host, rank)
        (held,) = self.sql("SELECT min(sequence) FROM held WHERE host = ? AND rank = ?", host, rank).fetchone()
        self._hole(host, rank, number, held - 1, "missing")
        self._set_next(host, rank, held)
        self._call("missing", host, [(number, held - 1)], False)
        self._advance(host, rank)

    def _hole(self, host, rank, first, last, why):
        if first <= last:
            self.sql("INSERT INTO hole VALUES (?, ?, ?, ?, ?, ?)", host, rank, first, last, why, time.time())

    def _cut(self, host, rank, first, last, why=None):
        """Takes the range out of all holes it meets, or gives it another reason. False: it met none."""
        met = self.sql(
            "SELECT * FROM hole WHERE host = ? AND rank = ? AND first <= ? AND last >= ?", host, rank, last, first
        ).fetchall()
        for hole in met:
            self.sql("DELETE FROM hole WHERE host = ? AND rank = ? AND first = ?", host, rank, hole["first"])
            self._hole(host, rank, hole["first"], first - 1, hole["why"])
            self._hole(host, rank, last + 1, hole["last"], hole["why"])
            if why:
                self._hole(host, rank, max(first, hole["first"]), min(last, hole["last"]), why)
        return bool(met)

    # -- one notification that has its turn, or has missed it

    def _fold(self, notification):
        self._call("notification", notification)
        if notification.name.startswith("agent."):
            self._agent(notification)
        elif notification.name.startswith("domain."):
            self._domain(notification)

    def _agent(self, notification):
        host, name, payload = notification.host, notification.name[len("agent.") :], notification.payload
        if not notification.late:
            self.sql(
                "UPDATE host SET live = ?, heartbeats = heartbeats OR ?, seen = ? WHERE host = ?",
                name != "stopped",
                name == "heartbeat",
                payload["observed_at"],
                host,
            )
            place = notification.rank, notification.sequence
            if name == "connected":
                self.sql("INSERT OR REPLACE INTO connection VALUES (?, ?, 1, ?, ?)", host, notification.uri, *place)
                self._forget(notification, 0)
            elif name == "disconnected":
                self.sql("INSERT OR IGNORE INTO connection VALUES (?, ?, 0, 0, 0)", host, notification.uri)
                self.sql("UPDATE connection SET connected = 0 WHERE host = ? AND uri = ?", host, notification.uri)
        if name == "gap":
            if not notification.late:
                self.sql("UPDATE host SET gap = ? WHERE host = ?", json.dumps(payload), host)
            self._call("gap", notification)
            if payload["reason"] == "database" and not notification.late:
                row = self.sql(
                    "SELECT sequence FROM connection WHERE host = ? AND uri = ? AND rank = ?",
                    host,
                    notification.uri,
                    notification.rank,
                ).fetchone()
                self._forget(notification, row["sequence"] if row else 0)
        elif name == "overflow":
            ranges = [(one["first"], one["last"]) for one in payload.get("ranges", [])]
            for first, last in ranges:
                self._cut(host, notification.rank, first, last, "dropped")
            self._call("missing", host, ranges, True)

    def _forget(self, notification, sequence):
        """The agent's database is new. It knows nothing of what it published before that number or stream."""
        rows = self.sql(
            """SELECT * FROM instance WHERE host = ? AND uri = ? AND (rank, sequence) < (?, ?)
            AND removal = '' AND state NOT IN ('undefined', 'unknown')""",
            notification.host,
            notification.uri,
            notification.rank,
            sequence,
        )
        for row in rows.fetchall():
            key = row["host"], row["uri"], row["instance"]
            self.sql(
                """UPDATE instance SET state = 'unknown', cause = 'database', since = ?
                WHERE host = ? AND uri = ? AND instance = ?""",
                notification.text("observed_at"),
                *key
            )
            self._call("transition", Change(*key, row["state"], "unknown", "database", notification))

    def _domain(self, notification):
        payload, state, cause = notification.payload, notification.text("domain_state"), notification.text("cause")
        key = notification.host, notification.uri, notification.instance
        crashed = cause in CRASHES and payload.get("severity") == "error"
        row = self.db.execute("SELECT * FROM instance WHERE host = ? AND uri = ? AND instance = ?", key).fetchone()
        row = dict(row) if row else None
        if row and (row["rank"], row["sequence"]) > (notification.rank, notification.sequence):
            old = notification.text("old_domain_state") or state  # the view is newer and stays
        else:
            if not notification.late:
                self.sql("UPDATE host SET live = 1, seen = ? WHERE host = ?", payload["observed_at"], notification.host)
            old = row["state"] if row else ""
            row = row or dict.fromkeys(("crash", "crashed_at", *IDENTITY), "")
            row.update({column: payload[where] for column, where in IDENTITY.items() if where in payload})
            row.update(
                zip(("host", "uri", "instance"), key),
                rank=notification.rank,
                sequence=notification.sequence,
                state=state,
                seen=payload["observed_at"],
                removal=notification.text("removal"),
                folded=time.time(),
            )
            if old != state:
                row.update(cause=cause, since=payload["observed_at"])
            if crashed:
                row.update(crash=cause, crashed_at=payload["observed_at"])
            self.db.execute(
                "INSERT OR REPLACE INTO instance (%s) VALUES (%s)" % (", ".join(row), ", ".join("?" * len(row))),
                tuple(row.values()),
            )
        change = Change(*key, old, state, cause, notification)
        if old != state:
            self._call("transition", change)
        if crashed:
            self._call("crash", change)
        if notification.name == "domain.removed":
            self._call("removed", change)

    def _silent(self, host):
        self.sql("UPDATE host SET silent = 1 WHERE host = ?", host)
        self._call("silent", host)

    def _back(self, host):
        if self.sql("UPDATE host SET silent = 0 WHERE host = ? AND silent", host).rowcount:
            self._call("back", host)


class Endpoint:
    """What oslo.messaging calls with batches. It acknowledges them after this returns, so after the commit."""

    def __init__(self, fold):
        self.fold = fold
        self.stopping = threading.Event()
        self.pause = 0

    def info(self, messages):
        from oslo_messaging import NotificationResult

        try:
            if self.fold.take(messages, time.monotonic()):
                self.pause = 0
                return NotificationResult.HANDLED
        except sqlite3.Error:
            LOG.exception("The state can't be written; the messages come again")
        self.pause = min(LONGEST_PAUSE, 2 * self.pause or 1)
        self.stopping.wait(self.pause)
        return NotificationResult.REQUEUE

    error = info


def listen(
    url,
    callbacks,
    state,
    queue="vm-events",
    exchange="vm-event-agent",
    topics=("notifications",),
    durable=False,
    patience=10,
    silence=180,
    stop=None,
    ready=None,
):
    """Folds what comes to a queue of its own, until stop, a threading.Event, is set. ready is called once it listens.

    queue: None is the collector's, notifications.info. One program may have that, and one must: agents wait for it.
    """
    import oslo_messaging
    from oslo_config import cfg

    stop = stop or threading.Event()
    fold = Fold(state, callbacks, patience, silence)
    endpoint = Endpoint(fold)
    conf = cfg.ConfigOpts()
    conf([], project="vm_events", default_config_files=[])
    # without a bound oslo.messaging takes all that waits into its memory
    url += "%srabbit_qos_prefetch_count=100&amqp_durable_queues=%s" % ("&" if "?" in url else "?", durable)
    listener = oslo_messaging.get_batch_notification_listener(
        oslo_messaging.get_notification_transport(conf, url=url),
        [oslo_messaging.Target(exchange=exchange, topic=topic) for topic in topics],
        [endpoint],
        executor="threading",
        allow_requeue=True,
        pool=queue,
        batch_size=100,
        batch_timeout=0.1,
    )
    listener.start(override_pool_size=1)
    try:
        if ready:
            ready()
        while not stop.wait(1):
            try:
                fold.tick(time.monotonic())
            except sqlite3.Error:
                LOG.exception("The state can't be written")
    finally:
        endpoint.stopping.set()
        listener.stop()
        listener.wait()
        fold.db.close()


class Log(Callbacks):
    """A line for each callback, for a person or a log file."""

    def line(self, what, host, *words):
        text = " ".join([time.strftime("%H:%M:%S"), "%-10s" % what, host, *map(str, words)])
        print(printable(text.rstrip()), flush=True)

    def transition(self, change):
        name = json.dumps(
            change.notification.text("display_name") or change.notification.text("domain")
        )  # tenants' text
        self.line("transition", change.host, change.instance, name, change.old or "-", "->", change.new, change.cause)

    def crash(self, change):
        self.line("CRASH", change.host, change.instance, change.cause)

    def removed(self, change):
        self.line("removed", change.host, change.instance, change.notification.text("removal"))

    def gap(self, notification):
        self.line(
            "gap",
            notification.host,
            notification.uri,
            notification.text("reason"),
            notification.text("from") or "?",
            "..",
            notification.text("to"),
        )

    def missing(self, host, ranges, dropped):
        self.line("dropped" if dropped else "MISSING", host, *("%d-%d" % one for one in ranges))

    def silent(self, host):
        self.line("SILENT", host)

    def back(self, host):
        self.line("back", host)

    def bad(self, message, why):
        self.line("BAD", json.dumps(str(message.get("publisher_id"))), why)


def arguments(description, state):
    """The options that every program has which listens; parsed by options()."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--url", default=os.environ.get("TRANSPORT_URL"), help="as transport_url of Nova; or $TRANSPORT_URL"
    )
    parser.add_argument("--state", default=state, help="the SQLite file that keeps the view (%(default)s)")
    parser.add_argument(
        "--queue", default=os.path.splitext(state)[0], help="a queue of its own beside the collector's (%(default)s)"
    )
    parser.add_argument(
        "--collector", action="store_true", help="be the collector: where no Ceilometer or other program is"
    )
    parser.add_argument("--topic", action="append", help="of the agents, all of them (notifications)")
    parser.add_argument("--durable", action="store_true", help="the agents have amqp_durable_queues = true")
    parser.add_argument("--patience", type=float, default=10, help="seconds to wait for a missing number (%(default)s)")
    parser.add_argument(
        "--silence", type=float, default=180, help="seconds until a host is called silent (%(default)s)"
    )
    return parser


class Formatter(logging.Formatter):
    """Each line of a record is printable."""

    def format(self, record):
        return "\n".join(map(printable, super().format(record).split("\n")))


def run(options, callbacks):
    """Listens with these options until SIGTERM or SIGINT."""
    handler = logging.StreamHandler()
    handler.setFormatter(Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler])
    if not options.url:
        sys.exit("--url or TRANSPORT_URL is needed")
    stop = threading.Event()
    for number in signal.SIGTERM, signal.SIGINT:
        signal.signal(number, lambda *_: stop.set())
    listen(
        options.url,
        callbacks,
        options.state,
        queue=None if options.collector else options.queue,
        topics=options.topic or ("notifications",),
        durable=options.durable,
        patience=options.patience,
        silence=options.silence,
        stop=stop,
        ready=lambda: print("listening", file=sys.stderr, flush=True),
    )


if __name__ == "__main__":
    run(arguments(__doc__.split("\n")[0], "vm-events.db").parse_args(), Log())
