"""A release of the agent brought to a fleet by waves, as an operator does it: published and signed by `assist
agent-release`, rolled out while tasks and a schedule run; a broken one is left again by the machine itself, pauses its
rollout, and never reaches the rest."""

import json
import os
import shutil

from harness import Cli, Fleet, WorldTest
from harness.agent import Agent
from harness.world import program_path

NEXT = "1.1.0"
BROKEN = "1.5.0"


class AgentRelease(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.fleet = Fleet(world, 0, config='limits = "large"\n')
        cls.api, cls.cli = cls.fleet.api, Cli(world, cls.fleet.server)
        cls.key = world.path("publisher.pem")
        made = cls.cli.run("pkg", "key", "create", cls.key, "--output", "json")
        assert made.returncode == 0, made.stderr
        cls.public = json.loads(made.stdout)["PublicKey"]
        cls.agents = []
        for number in range(1, 4):
            agent = Agent(world, cls.fleet.server, f"m{number}", tags=[f"number={number}"])
            folder = world.path(f"installed-{number}")
            os.makedirs(folder)
            for name in ("assist-agent", "assist-supervisor", "assist-container"):
                shutil.copy(program_path(name), folder)
            agent.program_file = os.path.join(folder, "assist-agent")
            agent.register(cls.api).start()
            trusted = agent.command("trust", "add", cls.public, "--name", "test", "--for", "packages,agent")
            assert trusted.returncode == 0, trusted.stdout + trusted.stderr
            cls.agents.append(agent)
        for agent in cls.agents:
            agent.wait_until_connected(cls.api)
        cls.ids = [agent.id for agent in cls.agents]

    def assist(self, *arguments, code=0, **more):
        done = self.cli.run(*arguments, **more)
        self.assertEqual(done.returncode, code, f"{arguments}:\n{done.stdout}{done.stderr}")
        return done

    def publish(self, variant, version):
        folder = self.world.path(f"release-{version}")
        os.makedirs(folder)
        shutil.copy(program_path(f"test-agents/{variant}/assist-agent"), folder)
        for name in ("assist-supervisor", "assist-container"):
            shutil.copy(program_path(name), folder)
        self.assist("agent-release", "publish", folder, "--version", version, "--os", "linux", "--arch", "amd64", "--key",
                    self.key, seconds=120)

    def rollout(self, version, *options):
        done = self.assist("agent-release", "rollout", version, "--output", "json", *options)
        return json.loads(done.stdout)["RolloutId"]

    def row(self, rollout):
        answer = self.api.call("DescribeAgentRollouts", RolloutId=rollout, PageSize=50).ok()
        machines = answer["RolloutMachines"]["RolloutMachine"]
        return answer["AgentRollouts"]["AgentRollout"][0], {one["InstanceId"]: one for one in machines}

    def wait_for_state(self, rollout, states, seconds):
        def there():
            row, machines = self.row(rollout)
            return (row, machines) if row["State"] in states else None

        try:
            return self.wait_for(there, seconds, f"the rollout is {states}", 0.2)
        except AssertionError as error:
            raise AssertionError(f"{error}: {json.dumps(self.row(rollout), indent=1)}") from None

    def versions(self):
        rows = self.api.call("DescribeCloudAssistantStatus", InstanceId=self.ids).ok()
        found = rows["InstanceCloudAssistantStatusSet"]["InstanceCloudAssistantStatus"]
        return {one["InstanceId"]: one["CloudAssistantVersion"] for one in found}

    def test_a_release_goes_out_by_waves_while_tasks_run_and_a_broken_one_is_left_again(self):
        before = set(self.versions().values())
        ticks = self.world.path("ticks")
        os.makedirs(ticks)
        long = self.api.run("echo begun; sleep 25; echo ended", self.ids, Timeout=120)
        schedule = self.api.run(f"echo tick >> {ticks}/$$", self.ids, RepeatMode="Period", Frequency="rate(2s)")
        for machine in self.ids:
            self.api.wait_for_status(long, machine, "Running", 20)

        self.publish("signed-next", NEXT)
        rollout = self.rollout(NEXT, "--waves", "30,100", "--wait", "1s")
        row, machines = self.wait_for_state(rollout, ("Finished", "Paused"), 240)
        self.assertEqual((row["State"], row["Counts"]["Updated"]), ("Finished", 3), json.dumps([row, machines], indent=1))
        self.assertEqual(sorted(one["Wave"] for one in machines.values()), [1, 2, 2])
        self.assertEqual(set(self.versions().values()), {NEXT})
        self.assertNotIn(NEXT, before)

        # What ran went on, once, with all of its output; the schedule lost nothing.
        for machine in self.ids:
            row = self.api.wait_for_status(long, machine, "Success", 60)
            self.assertEqual(b"".join(piece for _, piece in self.api.output(long, machine)), b"begun\nended\n")

        # A version that ends two seconds after it has connected: the machine goes back by itself, the rest never gets it.
        self.publish("signed-crashes", BROKEN)
        rollout = self.rollout(BROKEN, "--waves", "30,100", "--wait", "1s")
        row, machines = self.wait_for_state(rollout, ("Finished", "Paused"), 240)
        self.assertEqual((row["State"], row["Reason"]), ("Paused", "Gate"), json.dumps([row, machines], indent=1))
        failed = [one for one in machines.values() if one["State"] == "Failed"]
        self.assertEqual([one["Reason"] for one in failed], ["NotHealthy"])
        self.assertEqual(sum(one["State"] == "Waiting" for one in machines.values()), 2)
        # (Where it ended, the guard has started it: it is no child of this test any more.)
        def all_back():
            rows = self.api.call("DescribeManagedInstances", InstanceId=self.ids).ok()["Instances"]
            return all(row["Connected"] for row in rows) and set(self.versions().values()) == {NEXT}

        self.wait_for(all_back, 30, f"all are connected, with {NEXT}")

        # The schedule has every occurrence once: a run that succeeded, or a miss with its reason.
        self.api.call("StopInvocation", InvokeId=schedule).ok()
        for machine in self.ids:
            rows = self.api.results(schedule, machine, IncludeHistory="true")
            numbers = [row["Repeats"] for row in rows if row["InvocationStatus"] == "Success"]
            self.assertEqual(len(numbers), len(set(numbers)))
            self.assertGreater(len(numbers), 10)
            lost = [row for row in rows if row["InvocationStatus"] in ("Failed", "Timeout", "Error")]
            self.assertEqual(lost, [])
        runs = sum(open(os.path.join(ticks, name), encoding="ascii").read().count("tick") for name in os.listdir(ticks))
        told = sum(row["InvocationStatus"] == "Success" for machine in self.ids
                   for row in self.api.results(schedule, machine, IncludeHistory="true"))
        self.assertLessEqual(abs(runs - told), 3, "what ran is what was told, but for runs that were stopped")

    def test_nothing_is_taken_from_a_publisher_that_no_machine_knows(self):
        other = self.world.path("other.pem")
        self.assist("pkg", "key", "create", other)
        folder = self.world.path("software")
        os.makedirs(folder)
        with open(os.path.join(folder, "install.sh"), "w", encoding="ascii") as file:
            file.write("#!/bin/sh\ntouch \"$PACKAGE_DIR/installed\"\n")
        os.chmod(os.path.join(folder, "install.sh"), 0o755)
        self.assist("pkg", "publish", folder, "--name", "software", "--version", "1.0", "--os", "linux", "--install",
                    "install.sh", "--key", other, "--channel", "stable")
        done = self.assist("pkg", "install", "software", "-i", self.ids[0], code=1)
        self.assertIn("UntrustedPublisher", done.stdout + done.stderr)
        audit = self.api.call("DescribeAuditRecords", PageSize=100).ok()
        self.assertIn("UntrustedPublisher", json.dumps(audit))
