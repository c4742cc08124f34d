"""Where a scenario plays: a folder, a server with fresh data on loopback, its bare counterpart, what they used."""

import contextlib
import http.client
import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import time

from harness import procfs
from harness.server import Server
from harness.waiting import wait_for
from harness.world import World, free_port, program_path

from .swarm import Swarm
from .talker import Talker

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time of all threads; one is 1 / 100 s."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def anonymous_bytes(pid):
    """Memory of its own that the process has in use."""
    return procfs.kilobytes(pid, "RssAnon") * 1024


class Scene:
    """close() ends what was started here, and nothing else."""

    def __init__(self, tls=False, server_config=None):
        self.world = World()
        self.tls = tls
        self.config = server_config
        self.server = None
        self._talkers = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for talker in reversed(self._talkers):
            talker.close()
        self.world.close()

    def path(self, name):
        return self.world.path(name)

    def program(self, name):
        return program_path(name)

    def own(self, talker):
        self._talkers.append(talker)
        return talker

    def end(self, talker):
        talker.close()
        self._talkers.remove(talker)

    # --- assist-server

    def start_server(self):
        self.server = Server(self.world, "server", insecure_http=not self.tls, config=self.config).start()
        self.api = self.server.api(seconds=120)
        return self.server

    @property
    def server_pid(self):
        return self.server.program.pid

    def swarm(self, agents, kind, signatures, **more):
        """Registered with the server, signed ahead, not connected."""
        swarm = Swarm(self, self.server.port, agents, kind, self.server.ca_file if self.tls else None, **more)
        self.ids = []
        activation = self.api.call("CreateActivation", InstanceCount=agents, TimeToLiveInHours=24).ok()
        self.ids, self.registered = swarm.register(activation["ActivationId"], activation["ActivationCode"])
        note(f"{agents} registered in {self.registered['last'] - self.registered['began']:.1f} s")
        swarm.sign(signatures)
        return swarm

    def run_on_all(self, script):
        """RunCommand on every machine of swarm(); the InvokeId."""
        answer = self.api.call("RunCommand", _form=True, Type="RunShellScript", CommandContent=script, ContentEncoding="PlainText",
                               InstanceId=self.ids)
        return answer.ok()["InvokeId"]

    def all_succeeded(self, invoke_id, count):
        """The store's word for it: the invocation has so many results, and all are successes."""
        row = self.api.call("DescribeInvocations", InvokeId=invoke_id).ok()["Invocations"]["Invocation"][0]
        page = self.api.call("DescribeInvocationResults", InvokeId=invoke_id, MaxResults=1).ok()["Invocation"]
        if (row["InvocationStatus"], page["TotalCount"]) != ("Success", count):
            raise AssertionError(f"{invoke_id}: {row['InvocationStatus']}, {page['TotalCount']} of {count} results")

    def metrics(self):
        """Values of /metrics without labels, by name."""
        kind = http.client.HTTPSConnection if self.tls else http.client.HTTPConnection
        more = {"context": self.server.tls()} if self.tls else {}
        connection = kind("127.0.0.1", self.server.port, timeout=30, **more)
        try:
            connection.request("GET", "/metrics")
            text = connection.getresponse().read().decode()
        finally:
            connection.close()
        return {name: float(value) for name, value in re.findall(r"^(\w+) ([0-9.e+-]+)$", text, re.M)}

    def store_bytes(self):
        """What is in use of the store's file, after what is in the WAL is in it."""
        with contextlib.closing(sqlite3.connect(f"file:{self.server.data}/store.db?mode=ro", uri=True)) as database:
            (pages,), (size,), (free,) = (database.execute(f"PRAGMA {name}").fetchone()
                                          for name in ("page_count", "page_size", "freelist_count"))
        return (pages - free) * size

    # --- the bare counterpart

    def limit_server(self):
        port = free_port()
        arguments = [self.program("bench_limit_server"), "--port", port, "--threads", os.cpu_count()]
        if self.tls:
            certificate, key = self._certificate()
            arguments += ["--certificate", certificate, "--key", key]
        limit = self.own(Talker(arguments, self.path("limit.log")))
        limit.wait("ready", 20)
        limit.port = port
        return limit

    def _certificate(self):
        """As assist-server's: EC P-256, a leaf of an authority of its own; here the leaf is its own authority."""
        certificate, key = self.path("limit.pem"), self.path("limit.key")
        if not os.path.exists(certificate):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-keyout", key, "-out", certificate, "-subj", "/CN=limit", "-days", "2", "-addext",
                            "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        return certificate, key

    def limit_swarm(self, limit, agents, kind, signatures, **more):
        swarm = Swarm(self, limit.port, agents, kind, self.path("limit.pem") if self.tls else None, **more)
        swarm.register("limit", "limit")
        swarm.sign(signatures)
        return swarm


def spread(values):
    """(median, smallest, largest)"""
    return statistics.median(values), min(values), max(values)


def show(title, rows, columns):
    """A table of Markdown; rows are dictionaries."""
    print(f"\n{title}\n")
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for row in rows:
        print("| " + " | ".join(_text(row.get(column, "")) for column in columns) + " |")


def _text(value):
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def note(text):
    """How far it is, for who waits."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def surroundings():
    """What a figure stands beside."""
    with open("/proc/loadavg", encoding="ascii") as file:
        load = float(file.read().split()[0])
    return {"date": time.strftime("%Y-%m-%d"), "cores": os.cpu_count(), "load_before": load}


def write_json(path, result):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


__all__ = ["Scene", "anonymous_bytes", "cpu_seconds", "note", "show", "spread", "surroundings", "wait_for", "write_json"]
