"""The server is killed at random moments under load: what it answered is there, what it took runs once.

ASSIST_TEST_SEED=N repeats the moments, a tenth of ASSIST_TEST_KILLS=N is the number of kills.
"""

import collections
import http.client
import os
import random
import threading
import time
import unittest
import uuid

from harness import Fleet, WorldTest
from harness.api import FINAL
from harness.chance import seed_of_this_run

KILLS = max(1, int(os.environ.get("ASSIST_TEST_KILLS", "200")) // 10)
CALLERS = 3
LOST = (OSError, http.client.HTTPException)  # no answer: the server is away, or died before or after its commit


class Caller(threading.Thread):
    """Asks for one command after the other. Each has a ClientToken, and is asked for until there is an answer."""

    def __init__(self, number, api, ids, seed, ran, over):
        super().__init__()
        self.number, self.api, self.ids, self.ran, self.over = number, api, ids, ran, over
        self.chance = random.Random(seed)
        self.asked = {}      # name: (InvokeId, machines)
        self.answers = collections.Counter()
        self.escaped = None

    def run(self):
        try:
            while not self.over.is_set():
                self.one(f"{self.number}-{len(self.asked)}")
                self.over.wait(self.chance.choice((0, 0, 0.01, 0.05)))
        except BaseException as error:  # pylint: disable=broad-except
            self.escaped = error

    def one(self, name):
        machines = self.chance.sample(self.ids, self.chance.randrange(1, len(self.ids) + 1))
        token = uuid.uuid4().hex
        script = f"echo {name}-{{{{ACS::InstanceId}}}} >> {self.ran}; echo out {name}"
        invoke_id = self.ask(script, machines, name, token)
        while self.chance.random() < 0.3:  # a client that did not hear the answer asks again
            again = self.ask(script, machines, name, token)
            if again != invoke_id:
                raise AssertionError(f"the repeat of {invoke_id} gave another invocation, {again}")
        self.asked[name] = (invoke_id, machines)

    def ask(self, script, machines, name, token):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                answer = self.api.call("RunCommand", Type="RunShellScript", CommandContent=script, Name=name,
                                       ContentEncoding="PlainText", ClientToken=token, InstanceId=machines,
                                       EnableParameter=True)
            except LOST as error:
                self.answers[type(error).__name__] += 1
                time.sleep(0.01)
                continue
            self.answers[answer.status] += 1
            if answer.status == 200:
                return answer.json["InvokeId"]
            if answer.status != 503:
                raise AssertionError(f"RunCommand of {name}: {answer}")
            time.sleep(0.01)
        raise AssertionError(f"no answer within a minute to RunCommand of {name}: {self.answers}")


class Kills(WorldTest):
    def setUp(self):
        super().setUp()
        self.seed = seed_of_this_run()
        self.fleet = Fleet(self.world, 3)
        self.server, self.api = self.fleet.server, self.fleet.api
        self.ran = self.world.path("ran")
        with open(self.ran, "wb"):
            pass

    def test_everything_that_was_answered_is_there_and_ran_once(self):
        moments = random.Random(self.seed)
        over = threading.Event()
        callers = [Caller(number, self.server.api(), self.fleet.ids, self.seed + number, self.ran, over)
                   for number in range(CALLERS)]
        begun = time.monotonic()
        for caller in callers:
            caller.start()
        try:
            for _ in range(KILLS):
                # Right after its start, when the agents come back, or at work. The moment is what is tried.
                time.sleep(moments.uniform(0, moments.choice((0.05, 0.5, 1.5))))
                if any(caller.escaped for caller in callers):
                    break
                self.server.kill()
                self.server.restart()
        finally:
            over.set()
            for caller in callers:
                caller.join()
        for caller in callers:
            if caller.escaped:
                raise caller.escaped
        asked = {name: one for caller in callers for name, one in caller.asked.items()}
        expected = collections.Counter(f"{name}-{machine}" for name, (_, machines) in asked.items()
                                       for machine in machines)
        answers = sum((caller.answers for caller in callers), collections.Counter())
        print(f"{KILLS} kills in {time.monotonic() - begun:.1f} s, {len(asked)} invocations, {len(expected)} tasks; "
              f"answers {dict(answers)}; seed {self.seed}")
        self.assertGreater(len(asked), KILLS)
        # From here on nobody asks for anything: the rest is delivered by the server alone.
        wrong, deadline = [], time.monotonic() + 90
        for name, (invoke_id, machines) in asked.items():
            while True:
                rows = self.api.results(invoke_id)
                if all(row["InvocationStatus"] in FINAL for row in rows):
                    break
                self.assertLess(time.monotonic(), deadline, f"{name} {invoke_id} has not ended")
                time.sleep(0.05)
            rows = [self.api.result(invoke_id, machine) for machine in machines]
            for row in rows:
                if (row["InvocationStatus"], row["Bytes"], row["Outcome"], row["Repeats"]) != (
                        "Success", f"out {name}\n".encode(), "Final", 1):
                    wrong.append((name, invoke_id, row["InvocationStatus"], row["Bytes"], row["Outcome"]))
        self.assertEqual(wrong, [])
        with open(self.ran, encoding="ascii") as file:
            self.assertEqual(collections.Counter(file.read().splitlines()), expected)
        listed = self.api.call("DescribeInvocations", PageSize=50).ok()
        self.assertEqual(listed["TotalCount"], len(asked), "an invocation that nobody has an answer for")


if __name__ == "__main__":
    unittest.main()
