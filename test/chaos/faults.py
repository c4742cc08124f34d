"""What goes wrong during a run. One thread (the run's) breaks things and heals them; each fault lasts a few seconds."""

import heapq
import itertools
import os
import re
import signal
import time

from harness import procfs
from proxy import Mode

_TASK = re.compile(r"/tasks/(t-[0-9a-f]+)(?:@(\d+))?$")


def task_of(folder):
    """(invoke_id, occurrence) of a task's folder, or None."""
    found = _TASK.search(folder)
    return (found.group(1), int(found.group(2) or 0)) if found else None


class Faults:
    def __init__(self, chance, server, server_disk, agents, gates, disks):
        """`gates` and `disks` by agent; not every agent has a disk of its own."""
        self.chance, self.server, self.server_disk = chance, server, server_disk
        self.agents, self.gates, self.disks = agents, gates, disks
        self.counts = {}
        self.shot = set()
        self._busy = set()        # what is broken now, by name: one fault at a time each
        self._heal = []           # (when, number, what, how)
        self._numbers = itertools.count()
        self._next_try = 0.0
        self._ways = ([self.kill_agent] * 10 + [self.halt_agent] * 4 + [self.stall] * 5 + [self.deafen] * 4 +
                      [self.cut] * 5 + [self.refuse] * 3 + [self.kill_server] * 4 + [self.halt_server] * 2 +
                      [self.restart_server] + [self.fill_agent] * 3 + [self.fill_server] + [self.kill_supervisor] * 2 +
                      [self.halt_supervisor] * 3)

    def one(self):
        """Breaks something, if it is whole."""
        self.chance.choice(self._ways)()

    def heal_due(self):
        while self._heal and self._heal[0][0] <= time.monotonic():
            self._heal_first()
        if "server" not in self._busy:
            self.keep_server()

    def keep_server(self):
        """On a full disk the server refuses to start. The service manager tries again, and so does this."""
        if not self.server.program.running() and time.monotonic() >= self._next_try:
            self.counts["server did not start"] = self.counts.get("server did not start", 0) + 1
            self._next_try = time.monotonic() + 0.5
            self.server.spawn()

    def heal_all(self):
        while self._heal:
            self._heal_first()

    def _heal_first(self):
        _, _, what, how = heapq.heappop(self._heal)
        how()
        self._busy.discard(what)

    def _break(self, name, what, how, heal, shortest, longest):
        if what in self._busy:
            return
        self._busy.add(what)
        self.counts[name] = self.counts.get(name, 0) + 1
        how()
        until = time.monotonic() + self.chance.uniform(shortest, longest)
        heapq.heappush(self._heal, (until, next(self._numbers), what, heal))

    def _agent(self):
        return self.chance.choice(self.agents)

    # --- processes -----------------------------------------------------------------------------------------------

    def kill_agent(self):
        agent = self._agent()
        self._break("agent killed", agent.name, agent.kill, agent.start, 0, self.chance.choice((0.01, 0.5, 4)))

    def halt_agent(self):
        agent = self._agent()
        self._break("agent halted", agent.name, lambda: procfs.end(agent.program.pid, signal.SIGSTOP),
                    lambda: procfs.end(agent.program.pid, signal.SIGCONT), 0.1, 6)

    def kill_server(self):
        self._break("server killed", "server", self.server.kill, self.server.spawn, 0, 2)

    def restart_server(self):
        self._break("server restarted", "server", lambda: self.server.stop(30), self.server.spawn, 0, 1)

    def halt_server(self):
        self._break("server halted", "server", lambda: procfs.end(self.server.program.pid, signal.SIGSTOP),
                    lambda: procfs.end(self.server.program.pid, signal.SIGCONT), 0.1, 4)

    def _supervisor(self):
        agent = self._agent()
        found = []
        for pid in agent.supervisors():
            arguments = (procfs.command_line(pid) or b"").split(b"\0")
            task = task_of(arguments[1].decode()) if len(arguments) > 1 else None
            if task and arguments[1].decode().startswith(agent.root + "/"):
                found.append((pid, (agent.id,) + task))
        return self.chance.choice(found) if found else (None, None)

    def kill_supervisor(self):
        pid, task = self._supervisor()
        if pid is not None:
            self.shot.add(task)
            self.counts["supervisor killed"] = self.counts.get("supervisor killed", 0) + 1
            procfs.end(pid, signal.SIGKILL)

    def halt_supervisor(self):
        pid, _ = self._supervisor()
        if pid is not None:
            self._break("supervisor halted", f"supervisor {pid}", lambda: procfs.end(pid, signal.SIGSTOP),
                        lambda: procfs.end(pid, signal.SIGCONT), 0.1, 4)

    # --- network -------------------------------------------------------------------------------------------------

    def _gate(self, name, mode, longest):
        agent = self._agent()
        gate = self.gates[agent]
        self._break(name, f"gate of {agent.name}", lambda: gate.set(mode), lambda: gate.set(Mode.OPEN), 0.2, longest)

    def stall(self):
        self._gate("network stalled", Mode.STALLED, 8)

    def deafen(self):
        self._gate("network deaf", Mode.DEAF, 6)

    def refuse(self):
        self._gate("network refused", Mode.REFUSED, 5)

    def cut(self):
        self.counts["connections cut"] = self.counts.get("connections cut", 0) + 1
        self.gates[self._agent()].reset()

    # --- disks ---------------------------------------------------------------------------------------------------

    def fill_agent(self):
        if self.disks:
            agent = self.chance.choice(sorted(self.disks, key=lambda one: one.name))
            disk = self.disks[agent]
            self._break("agent's disk full", f"disk of {agent.name}", disk.fill, disk.empty, 1, 6)

    def fill_server(self):
        if self.server_disk is not None:
            disk = self.server_disk
            self._break("server's disk full", "disk of the server", disk.fill, disk.empty, 0.5, 4)


def start_of(line, ids):
    """(name, agent's id, invoke_id, occurrence) of a line that a script wrote; `ids` by the folder of the agents."""
    name, path = line.split(" ", 1)
    folder = os.path.dirname(path)
    task = task_of(folder)
    root = folder[:folder.index("/tasks/")]
    return (name, ids[root]) + task
