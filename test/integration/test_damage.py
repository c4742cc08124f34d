"""Bits flip, files are cut or torn, while the agent is away: nothing starts twice, and everything ends, known or not.

ASSIST_TEST_SEED=N repeats the damage, ASSIST_TEST_ROUNDS=N is how often it is tried.
"""

import collections
import glob
import os
import random
import unittest

from harness import Fleet, WorldTest
from harness.chance import seed_of_this_run

ROUNDS = int(os.environ.get("ASSIST_TEST_ROUNDS", "24"))
LINES = 3000


class Damage:
    """Ways to spoil a file; each says what it did."""

    def __init__(self, chance):
        self.chance = chance
        self.ways = (self.flip, self.flip, self.cut, self.zero, self.tear)

    def spoil(self, path):
        with open(path, "rb") as file:
            data = bytearray(file.read())
        if not data:
            return "was empty"
        told = self.chance.choice(self.ways)(data)
        with open(path, "r+b") as file:  # the same file: its lock may be held
            file.write(data)
            file.truncate(len(data))
        return told

    def place(self, data):
        """Anywhere; often in the first bytes, where marks and heads stand, or in the last."""
        return self.chance.choice((self.chance.randrange(len(data)), self.chance.randrange(min(len(data), 1600)),
                                   len(data) - 1 - self.chance.randrange(min(len(data), 200))))

    def flip(self, data):
        at, bit = self.place(data), self.chance.randrange(8)
        data[at] ^= 1 << bit
        return f"bit {bit} of byte {at} flipped"

    def cut(self, data):
        at = max(1, self.place(data))  # an empty spool is one whose supervisor has not begun
        del data[at:]
        return f"cut at {at}"

    def zero(self, data):
        at = self.place(data)
        count = min(self.chance.randrange(1, 5000), len(data) - at)
        data[at:at + count] = bytes(count)
        return f"{count} bytes from {at} on zeroed"

    def tear(self, data):
        garbage = bytes(self.chance.randrange(256) for _ in range(self.chance.randrange(1, 300)))
        data += garbage
        return f"{len(garbage)} bytes of something appended"


class DamagedFiles(WorldTest):
    def setUp(self):
        super().setUp()
        self.seed = seed_of_this_run()
        self.chance = random.Random(self.seed)
        self.damage = Damage(self.chance)
        self.fleet = Fleet(self.world, 1)
        self.server, self.api, self.agent = self.fleet.server, self.fleet.api, self.fleet.agents[0]
        self.ran = self.world.path("ran")

    def starts(self):
        with open(self.ran, encoding="ascii") as file:
            return collections.Counter(file.read().splitlines())

    def held(self, name):
        """A script that has begun and waits for a file of its name."""
        script = (f"echo {name} >> {self.ran}; seq 1 {LINES}; while [ ! -e {self.world.path(name)} ]; do sleep 0.05; "
                  f"done; seq {LINES + 1} {2 * LINES}")
        return self.api.run(script, [self.agent.id])

    def let_go(self, name):
        with open(self.world.path(name), "wb"):
            pass

    def spoil(self, ends, runs):
        """Something of the agent's, or more than that; the tasks that it can have harmed."""
        journal = glob.glob(os.path.join(self.agent.root, "journal", "*.log"))
        spools = {invoke_id: os.path.join(self.agent.root, "tasks", invoke_id, "spool") for invoke_id in (ends, runs)}
        what = self.chance.choice(("journal", "journal", "ends", "runs", "all"))
        paths = {"journal": journal, "ends": [spools[ends]], "runs": [spools[runs]],
                 "all": journal + list(spools.values())}[what]
        told = [f"{os.path.relpath(path, self.agent.root)}: {self.damage.spoil(path)}" for path in paths]
        return {"journal": {ends, runs}, "ends": {ends}, "runs": {runs}, "all": {ends, runs}}[what], told

    def judge(self, row, harmed):
        """What is wrong with the end of a task, or None."""
        whole = "".join(f"{number}\n" for number in range(1, 2 * LINES + 1)).encode()
        kept = b"".join(piece for _, piece in self.api.output(row["InvokeId"], self.agent.id))
        if row["Outcome"] == "Unknown":
            if not harmed:
                return "unknown, though nothing of it was damaged"
            if row["ErrorCode"] != "ExecutionInterrupted" or not row["ErrorInfo"]:
                return f"unknown without a reason: {row['ErrorCode']} {row['ErrorInfo']}"
            return None if whole.startswith(kept) else "other bytes than were written"
        if (row["InvocationStatus"], row["Outcome"], row["OutputSize"]) != ("Success", "Final", len(whole)):
            return f"{row['InvocationStatus']} {row['Outcome']} with {row['OutputSize']} bytes"
        if kept != whole and not harmed:
            return "bytes are missing, though nothing of it was damaged"
        return None if whole.startswith(kept) else "other bytes than were written"

    def test_nothing_starts_twice_and_everything_ends(self):
        ends_seen, wrong = collections.Counter(), []
        for number in range(ROUNDS):
            ends, runs = self.held(f"ends-{number}"), self.held(f"runs-{number}")
            for invoke_id in (ends, runs):
                self.api.wait_for_output(invoke_id, self.agent.id, f"{LINES}\n".encode())
            self.server.kill()
            self.let_go(f"ends-{number}")
            self.wait_for(lambda: len(self.agent.supervisors()) == 1, 10, "one of both has ended, unheard")
            self.agent.kill()
            harmed, told = self.spoil(ends, runs)
            self.server.restart()
            late = self.api.run(f"echo late-{number} >> {self.ran}; echo late", [self.agent.id])
            self.agent.start()
            row = self.api.wait_until_final(late, self.agent.id, 20)
            self.assertEqual((row["InvocationStatus"], row["Bytes"]), ("Success", b"late\n"), told)
            self.let_go(f"runs-{number}")
            for name, invoke_id in (("ends", ends), ("runs", runs)):
                row = self.api.wait_until_final(invoke_id, self.agent.id, 30)
                count = self.starts()[f"{name}-{number}"]
                if count != 1:
                    wrong.append((number, name, told, f"started {count} times"))
                fault = self.judge(row, invoke_id in harmed)
                ends_seen[row["Outcome"]] += 1
                if fault:
                    wrong.append((number, name, told, fault))
            self.wait_for(lambda: not self.agent.supervisors(), 10, "the scripts have ended")
        print(f"{ROUNDS} times damaged, ends {dict(ends_seen)}; seed {self.seed}")
        self.assertEqual(wrong, [])
        self.assertEqual(self.starts(), collections.Counter(f"{name}-{number}" for number in range(ROUNDS)
                                                            for name in ("ends", "runs", "late")))
        folder = os.path.join(self.agent.root, "tasks")
        self.wait_for(lambda: not os.listdir(folder), 20, "the agent has forgotten what it told")


if __name__ == "__main__":
    unittest.main()
