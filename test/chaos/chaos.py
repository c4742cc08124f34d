"""A server and many agents on loopback, and everything that goes wrong: processes are killed and halted, connections
are cut, stalled and swallowed, disks fill up. Afterwards all is healed, and the history must be without fault.

    python3 chaos.py [--minutes M] [--seed N] [--agents N]

Needs ASSIST_BIN_DIR and test/support on PYTHONPATH (ctest sets both). Ends with 0, or with 1 and the faults that the
checkers found. The seed says what is tried and when; how the machine schedules it is another matter.
"""

import argparse
import collections
import os
import random
import sys
import threading
import time

import checkers
from faults import Faults, start_of
from harness import Agent, Server, World
from harness.tiny_disk import TinyDisk
from harness.waiting import NotInTime, wait_for
from harness.world import free_port
from history import History, Row, Start
from load import LOST, Load, Patient, Watcher, facts_of, rows_of
from proxy import Proxy

TINY_AGENTS = 4
PATIENCE = 180  # seconds until everything has ended after all was healed


class BehindGate:
    """The server as an agent sees it: through its gate."""

    def __init__(self, server, gate):
        self.insecure_http, self.ca_file = server.insecure_http, server.ca_file
        self.url = f"https://127.0.0.1:{gate.port}"


class Run:
    def __init__(self, world, options):
        self.world, self.options = world, options
        self.chance = random.Random(options.seed)
        self.folder = world.path("written")
        os.makedirs(self.folder)
        self.disks, self.server_disk = {}, None
        small = os.geteuid() == 0
        if small:
            self.server_disk = TinyDisk(world, "servers-disk", 256)
        else:
            print("not root, so no small file systems: disks do not fill up in this run", flush=True)
        data = os.path.join(self.server_disk.path, "data") if small else None
        self.server = Server(world, data=data, config='limits = "large"\n').start()
        self.api = self.server.api(seconds=10)
        self.proxy = Proxy(self.server.port)
        self.agents, self.gates = [], {}
        for number in range(1, options.agents + 1):
            gate = self.proxy.gate(free_port())
            agent = Agent(world, BehindGate(self.server, gate), f"m{number}")
            self.gates[agent] = gate
            if small and number <= TINY_AGENTS:
                self.disks[agent] = TinyDisk(world, f"disk-{agent.name}", 24)
                agent.root = os.path.join(self.disks[agent].path, "agent")
            self.agents.append(agent)
        self.proxy.start()
        for agent in self.agents:
            agent.register(self.api).start()
        for agent in self.agents:
            agent.wait_until_connected(self.api)

    def run(self):
        asking, watching = threading.Event(), threading.Event()
        load = Load(self.server.api(seconds=10), self.agents, self.options.seed + 1, self.folder, asking)
        watcher = Watcher(self.server.api(seconds=10), load, checkers.FINAL, self.options.seed + 2, watching)
        faults = Faults(self.chance, self.server, self.server_disk, self.agents, self.gates, self.disks)
        begun = time.monotonic()
        load.start()
        watcher.start()
        following = begun + 2
        while time.monotonic() < begun + 60 * self.options.minutes and not (load.escaped or watcher.escaped):
            faults.heal_due()
            if time.monotonic() >= following:
                faults.one()
                following = time.monotonic() + self.chance.uniform(0, 0.6)
            time.sleep(0.02)  # the clock of this loop
        asking.set()
        faults.heal_all()
        wait_for(lambda: faults.keep_server() or self.answers(), 60, "the server is back", 0.1)
        load.join(150)
        if load.is_alive():
            raise AssertionError("a call was not answered after everything was healed")
        load.stop_some(every=True)
        healed = time.monotonic()
        self.wait_for_the_end(load)
        print(f"{time.monotonic() - begun:.0f} s, {len(load.asks)} invocations, "
              f"{sum(len(ask.machines) for ask in load.asks)} tasks; everything had ended "
              f"{time.monotonic() - healed:.1f} s after it was healed", flush=True)
        watching.set()
        watcher.join(150)
        for thread in (load, watcher):
            if thread.escaped:
                raise thread.escaped
        print(f"faults: {dict(sorted(faults.counts.items()))}; calls without an answer "
              f"{load.patient.unanswered + watcher.patient.unanswered}, refused "
              f"{load.patient.refused + watcher.patient.refused}, looks {watcher.looks}", flush=True)
        return self.history(load, watcher, faults)

    def answers(self):
        try:
            return self.api.call("DescribeInvocations").status == 200
        except LOST:
            return False

    def wait_for_the_end(self, load):
        def nothing_open():
            for thread in (load,):
                if thread.escaped:
                    raise thread.escaped
            for agent in self.agents:
                if not agent.program.running():
                    raise AssertionError(f"{agent.name} has ended by itself: {agent.program.exit_code()}")
            return not load.open
        try:
            wait_for(nothing_open, PATIENCE, "every task has ended", 0.2)
        except NotInTime:
            print("some have not ended; the checkers say which", flush=True)

    def history(self, load, watcher, faults):
        patient = Patient(self.server.api(), threading.Event())
        history = History(asks=load.asks, shot=faults.shot, tiny={agent.id for agent in self.disks})
        history.seen = watcher.seen
        ids = {agent.root: agent.id for agent in self.agents}
        try:
            with open(os.path.join(self.folder, "ran"), encoding="ascii") as file:
                history.starts = [Start(*start_of(line.rstrip("\n"), ids)) for line in file]
        except FileNotFoundError:
            pass
        for ask in load.asks:
            for row in rows_of(patient, ask):
                history.rows.append(self.row(ask, row))
                if row["InvocationStatus"] in checkers.FINAL and row["Outcome"] == "Final":
                    history.seen.append((ask.invoke_id, row["InstanceId"], facts_of(row)))
            if ask.kind == "schedule":
                for machine in ask.machines:
                    history.occurrences += self.occurrences(ask, machine)
            if ask.kind == "file" and os.path.exists(ask.path):
                with open(ask.path, "rb") as file:
                    history.files[ask.path] = file.read()
        history.listed = sum(patient.call(action)["TotalCount"]
                             for action in ("DescribeInvocations", "DescribeSendFileResults"))
        return history

    def row(self, ask, told):
        row = Row(ask.invoke_id, told["InstanceId"], told["InvocationStatus"], told["Outcome"], told["ErrorCode"],
                  told.get("ErrorInfo") or told.get("ErrorDetail") or "")
        if ask.kind != "file":
            row.exit_code, row.size = told.get("ExitCode", 0), told.get("OutputSize", 0)
        if ask.kind == "run" and row.size:
            row.pieces = self.api.output(ask.invoke_id, row.machine)
        return row

    def occurrences(self, ask, machine):
        """Rows of the history of a schedule. The output of a run is short: it is shown in whole."""
        rows = []
        for told in self.api.results(ask.invoke_id, machine, IncludeHistory=True, ContentEncoding="PlainText"):
            row = Row(ask.invoke_id, machine, told["InvocationStatus"], told["Outcome"], told["ErrorCode"],
                      told["ErrorInfo"] or told["ErrorDetail"], told.get("ExitCode", 0), told.get("OutputSize", 0))
            row.occurrence = told["Occurrence"]
            if told["Kind"] == "Run":
                row.pieces = [(0, told["Output"].encode())] if told["Output"] else []
            else:
                row.missed = told.get("MissedCount", 1)
            rows.append(row)
        return rows


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given = os.environ.get
    parser.add_argument("--minutes", type=float, default=float(given("ASSIST_CHAOS_MINUTES", "2")))
    fresh = random.SystemRandom().randrange(1 << 31)
    parser.add_argument("--seed", type=int, default=int(given("ASSIST_TEST_SEED", fresh)))
    parser.add_argument("--agents", type=int, default=20)
    return parser.parse_args()


def main():
    options = parse()
    print(f"seed {options.seed}, {options.agents} agents, {options.minutes} minutes", flush=True)
    world = World()
    found = []
    try:
        run = Run(world, options)
        history = run.run()
        found = checkers.check(history)
        ends = collections.Counter(row.status if row.outcome == "Final" else row.outcome for row in history.rows)
        kept = sum(len(piece) for row in history.rows for _, piece in row.pieces)
        lost = sum(row.size - sum(len(piece) for _, piece in row.pieces) for row in history.rows)
        print(f"{len(history.starts)} starts, ends {dict(sorted(ends.items()))}, {len(history.occurrences)} rows of "
              f"schedules, {kept} bytes of output compared, {lost} stated as lost, "
              f"{len(history.seen)} final words seen", flush=True)
        if not history.starts:
            found.append("nothing has run")
        for fault in found[:100]:
            print(f"FAULT {fault}")
    except BaseException:
        print(world.logs(20), file=sys.stderr)
        raise
    finally:
        if found:
            os.environ["ASSIST_TEST_KEEP"] = "1"
        world.close()
    print(f"seed {options.seed}: {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
