"""nats-server as the peer of a fan-out: N subscribers, a request to each, an answer from each."""

import json
import shutil
import socket
import subprocess

from harness.waiting import wait_for
from harness.world import free_port


class NatsRounds:
    """A nats-server of its own on loopback; `round()` gives the seconds, or None where nats-server is not installed."""

    def __init__(self, scene, subscribers, reply_bytes):
        self.scene, self.subscribers, self.reply_bytes = scene, subscribers, reply_bytes
        program = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")
        self.port = None
        if program is None:
            print("no nats-server (scripts/deps.sh --bench installs it): no figures of NATS")
            return
        self.port = free_port()
        scene.world.start([program, "-a", "127.0.0.1", "-p", str(self.port)], "nats.log")
        wait_for(self._listens, 10, "nats-server listens")

    def _listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def round(self):
        if self.port is None:
            return None
        done = subprocess.run([self.scene.program("bench_limit_nats"), "--port", str(self.port), "--subscribers",
                               str(min(self.subscribers, 19_000)), "--rounds", "3", "--bytes", str(self.reply_bytes)],
                              capture_output=True, text=True, timeout=320, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"bench_limit_nats: {done.stderr}")
        rounds = [json.loads(line)["seconds"] for line in done.stdout.splitlines()]
        return sorted(rounds)[len(rounds) // 2]


__all__ = ["NatsRounds"]
