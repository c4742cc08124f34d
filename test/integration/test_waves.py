"""Waves: a command that is on few machines at a time, and that ends early when too many of them fail."""

import glob
import os

from harness import Fleet, WorldTest

# Says that it is at it, counts who else is, and stays until it is told to go on.
CROWD = """cd {folder}
touch in-$ACS
ls | grep -c '^in-' > seen-$ACS
while [ ! -e go ]; do sleep 0.05; done
rm in-$ACS
"""


class Waves(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.fleet = Fleet(world, 6)
        cls.api, cls.ids = cls.fleet.api, cls.fleet.ids

    def folder(self):
        path = self.world.path(f"{self._testMethodName}-files")
        os.makedirs(path, exist_ok=True)
        return path

    def instances(self, invoke_id):
        row = self.api.call("DescribeInvocations", InvokeId=invoke_id).ok()["Invocations"]["Invocation"][0]
        return row, row["InvokeInstances"]["InvokeInstance"]

    def test_no_more_machines_are_at_it_than_may_be(self):
        folder = self.folder()
        script = "ACS=$$\n" + CROWD.format(folder=folder)
        invoke_id = self.api.run(script, self.ids, MaxConcurrency="2", Timeout=60)
        self.wait_for(lambda: len(glob.glob(f"{folder}/seen-*")) == 2, 20, "two of them have begun")

        def two_run():
            row, _ = self.instances(invoke_id)
            return row["InstanceStatusCounts"] == {"Running": 2, "Pending": 4}

        self.wait_for(two_run, 10, "two are shown as running")
        row, instances = self.instances(invoke_id)
        self.assertEqual(row["MaxConcurrency"], "2")
        waiting = [one["WaitsFor"] for one in instances if one["InvocationStatus"] == "Pending"]
        self.assertEqual(waiting, ["MaxConcurrency"] * 4)
        self.assertEqual(len(glob.glob(f"{folder}/seen-*")), 2, "nobody else has begun meanwhile")
        with open(f"{folder}/go", "w", encoding="ascii"):
            pass
        for machine in self.ids:
            self.api.wait_for_status(invoke_id, machine, "Success", 30)
        seen = []
        for name in glob.glob(f"{folder}/seen-*"):
            with open(name, encoding="ascii") as file:
                seen.append(int(file.read()))
        self.assertEqual(len(seen), 6)
        self.assertLessEqual(max(seen), 2)

    def test_when_too_many_fail_the_rest_is_not_started_and_says_why(self):
        folder = self.folder()
        script = f"echo x >> {folder}/$$; exit 7"
        invoke_id = self.api.run(script, self.ids, MaxConcurrency="1", MaxErrors="1")

        def ended():
            row, _ = self.instances(invoke_id)
            return row["InvocationStatus"] not in ("Pending", "Running")

        self.wait_for(ended, 30, "the invocation has ended")
        row, instances = self.instances(invoke_id)
        self.assertEqual(row["InstanceStatusCounts"], {"Failed": 2, "Cancelled": 4})
        self.assertEqual(len(os.listdir(folder)), 2, "two machines ran it")
        left = [(one["ErrorCode"], one["ErrorDetail"]) for one in instances if one["InvocationStatus"] == "Cancelled"]
        self.assertEqual(left, [("MaxErrorsExceeded", "2 of the machines failed, MaxErrors is 1")] * 4)

    def test_a_machine_that_is_away_holds_nobody_up_and_gets_its_turn(self):
        away = self.fleet.agents[0]
        away.stop()
        try:
            invoke_id = self.api.run("true", self.ids, MaxConcurrency="1")
            for machine in self.ids[1:]:
                self.api.wait_for_status(invoke_id, machine, "Success", 30)
            row, _ = self.instances(invoke_id)
            self.assertEqual(row["InstanceStatusCounts"], {"Pending": 1, "Success": 5})
        finally:
            away.start()
        self.api.wait_for_status(invoke_id, self.ids[0], "Success", 30)
