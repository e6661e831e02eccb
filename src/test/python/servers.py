"""Real servers for the tests of docs/consumer, on the loopback, each ended by its test."""

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
import uuid

START = 60


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def get(url, headers=None):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=START) as answer:
        return answer.read().decode()


def wait_for(condition, what, seconds=START):
    """Waits until it is true; what it was then."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("in vain: %s" % what)
        time.sleep(0.05)


class Server:
    """A process that answers at an address, in a directory of its own for its files and its log."""

    def __init__(self, directory, command, ready):
        if not shutil.which(command[0]):
            raise AssertionError("%s is not installed; devstack/prerequisites.sh test" % command[0])
        self.command = command
        self.ready = ready
        self.log = os.path.join(directory, os.path.basename(command[0]) + ".log")
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, start_new_session=True)
        try:
            wait_for(self.answers, self.ready)
        except AssertionError:
            self.stop()
            raise

    def answers(self):
        if self.process.poll() is not None:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                raise AssertionError("%s has ended: %s" % (self.command[0], log.read()[-3000:]))
        try:
            get(self.ready)
            return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def stop(self):
        os.killpg(self.process.pid, signal.SIGKILL)  # its workers, too
        self.process.wait()


def alertmanager(directory):
    """Debian's Alertmanager, and its address."""
    port = free_port()
    config = os.path.join(directory, "alertmanager.yml")
    with open(config, "w", encoding="utf-8") as file:
        json.dump({"route": {"receiver": "none"}, "receivers": [{"name": "none"}]}, file)  # JSON is YAML
    url = "http://127.0.0.1:%d" % port
    command = [
        "prometheus-alertmanager",
        "--config.file=" + config,
        "--storage.path=" + os.path.join(directory, "data"),
        "--web.listen-address=127.0.0.1:%d" % port,
        "--cluster.listen-address=",
    ]
    return Server(directory, command, url + "/-/ready"), url


MASAKARI_PASTE = """
[composite:masakari_api]
use = call:masakari.api.urlmap:urlmap_factory
/v1: api
[composite:api]
use = call:masakari.api.auth:pipeline_factory_v1
noauth2 = noauth2 app
[filter:noauth2]
paste.filter_factory = masakari.api.auth:NoAuthMiddleware.factory
[app:app]
paste.app_factory = masakari.api.openstack.ha:APIRouterV1.factory
"""

MASAKARI_CONF = """
[DEFAULT]
auth_strategy = noauth2
masakari_api_listen = 127.0.0.1
masakari_api_listen_port = {port}
masakari_api_workers = 1
transport_url = fake:///
state_path = {directory}
[wsgi]
api_paste_config = {directory}/api-paste.ini
[database]
connection = sqlite:///{directory}/masakari.db
[taskflow]
connection = sqlite:///{directory}/taskflow.db
[oslo_concurrency]
lock_path = {directory}
"""


def masakari(directory, hosts):
    """Debian's masakari-api with these hosts, and its address; without Keystone, and without its engine."""
    port = free_port()
    for name, text in ("api-paste.ini", MASAKARI_PASTE), ("masakari.conf", MASAKARI_CONF):
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            file.write(text.format(port=port, directory=directory))
    config = "--config-file=" + os.path.join(directory, "masakari.conf")
    subprocess.run(["masakari-manage", config, "db", "sync"], check=True, capture_output=True, timeout=2 * START)
    # its API asks Nova before it takes a host
    with contextlib.closing(sqlite3.connect(os.path.join(directory, "masakari.db"))) as db, db:
        segment = str(uuid.uuid4())
        db.execute(
            """INSERT INTO failover_segments (deleted, uuid, name, service_type, recovery_method, enabled)
            VALUES (0, ?, 'all', 'compute', 'auto', 1)""",
            (segment,),
        )
        for host in hosts:
            db.execute(
                """INSERT INTO hosts (deleted, uuid, name, reserved, type, control_attributes, failover_segment_id,
                on_maintenance) VALUES (0, ?, ?, 0, 'compute', 'none', ?, 0)""",
                (str(uuid.uuid4()), host, segment),
            )
    url = "http://127.0.0.1:%d/v1" % port
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "masakari_api.py")
    return Server(directory, ["/usr/bin/python3", program, config], url + "/segments"), url
