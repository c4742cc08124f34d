"""Once more where it did not succeed: `assist inv rerun` and RerunInvocation, on the real programs."""

import json
import os
import re

from harness import Fleet, WorldTest

# Says on which machine it is, and goes well there once a file of the machine's name lies in the folder.
SCRIPT = """echo {{{{ACS::InstanceId}}}} >> {folder}/ran
echo run {{{{number}}}}
[ -e {folder}/{{{{ACS::InstanceId}}}} ] || exit 9
"""


class Rerun(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.fleet = Fleet(world, 3)
        cls.api, cls.cli, cls.ids = cls.fleet.api, cls.fleet.cli, cls.fleet.ids

    def first_run(self):
        """A script that goes well on the first machine and fails on the other two; its id and folder."""
        folder = self.world.path(f"{self._testMethodName}-files")
        os.makedirs(folder)
        self.mend(folder, self.ids[0])
        invoke_id = self.api.run(SCRIPT.format(folder=folder), self.ids, EnableParameter=True,
                                 Parameters=json.dumps({"number": "7"}))
        for machine, status in zip(self.ids, ("Success", "Failed", "Failed")):
            self.api.wait_for_status(invoke_id, machine, status)
        return invoke_id, folder

    def mend(self, folder, machine):
        with open(f"{folder}/{machine}", "w", encoding="ascii"):
            pass

    def ran(self, folder):
        with open(f"{folder}/ran", encoding="ascii") as file:
            return sorted(file.read().split())

    def test_the_command_line_runs_it_where_it_failed_and_nowhere_else(self):
        first, folder = self.first_run()
        self.mend(folder, self.ids[1])
        done = self.cli.run("inv", "rerun", first, "--failed")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)  # one fails again
        again = re.search(r"t-[0-9a-z]+", done.stderr.replace(first, "")).group()
        row = self.api.call("DescribeInvocations", InvokeId=again).ok()["Invocations"]["Invocation"][0]
        self.assertEqual(row["RerunOf"], first)
        self.assertEqual({one["InstanceId"]: one["InvocationStatus"] for one in row["InvokeInstances"]["InvokeInstance"]},
                         {self.ids[1]: "Success", self.ids[2]: "Failed"})
        self.assertEqual(self.api.output(again, self.ids[1]), [(0, b"run 7\n")])
        self.assertEqual(self.ran(folder), sorted(self.ids + self.ids[1:]))

        # The first one stays as it was; a rerun can be run again, until nothing is left.
        self.assertEqual(self.api.result(first, self.ids[1])["InvocationStatus"], "Failed")
        self.mend(folder, self.ids[2])
        done = self.cli.run("inv", "rerun", again)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        third = re.search(r"t-[0-9a-z]+", done.stderr.replace(again, "")).group()
        done = self.cli.run("inv", "rerun", third)
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertIn("1 succeeded", done.stderr)
        self.assertEqual(len(self.ran(folder)), 6)

    def test_a_repeated_call_with_a_token_runs_it_once(self):
        first, folder = self.first_run()
        made = [self.api.call("RerunInvocation", InvokeId=first, ClientToken="once").ok() for _ in range(2)]
        self.assertEqual(made[0]["InvokeId"], made[1]["InvokeId"])
        self.assertEqual(made[0]["InstanceCount"], 2)
        self.assertEqual(made[0]["LeftOut"], {"Succeeded": 1, "NotEnded": 0, "Unknown": 0, "Deregistered": 0})
        for machine in self.ids[1:]:
            self.api.wait_for_status(made[0]["InvokeId"], machine, "Failed")
        self.assertEqual(len(self.ran(folder)), 5)

    def test_what_is_of_unknown_outcome_is_run_again_only_when_that_is_asked_for(self):
        folder = self.world.path("unknown-files")
        os.makedirs(folder)
        agent = self.fleet.agents[2]
        invoke_id = self.api.run(f"echo x >> {folder}/ran; while [ ! -e {folder}/go ]; do sleep 0.05; done",
                                 [agent.id], Timeout=60)
        self.wait_for(lambda: os.path.exists(f"{folder}/ran"), 20, "the script has begun")
        self.api.wait_for_status(invoke_id, agent.id, "Running")
        agent.stop()
        for pid in agent.supervisors():  # as a power cut would
            os.kill(pid, 9)
        with open(f"{folder}/go", "w", encoding="ascii"):
            pass
        agent.start()
        agent.wait_until_connected(self.api)
        self.wait_for(lambda: self.api.result(invoke_id, agent.id)["Outcome"] == "Unknown", 30, "it is unknown")
        refused = self.api.call("RerunInvocation", InvokeId=invoke_id)
        self.assertEqual((refused.status, refused.code), (400, "InvalidInvocation.NothingToRerun"), refused)
        self.assertIn("IncludeUnknown", refused.body.decode())
        again = self.api.call("RerunInvocation", InvokeId=invoke_id, IncludeUnknown=True).ok()["InvokeId"]
        self.api.wait_for_status(again, agent.id, "Success")
