"""`assist why`: what happened to a run on a machine, by the real programs."""

import json
import unittest

from harness import Agent, Cli, Fleet, WorldTest
from harness.stock_agent import Key, StockAgent


class WhyTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.fleet = Fleet(self.world, 1)
        self.server, self.api = self.fleet.server, self.fleet.api
        self.agent = self.fleet.agents[0]
        self.cli = Cli(self.world, self.server)

    def why(self, *words, code=0):
        done = self.cli.run("why", *words)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def test_a_run_is_told_in_a_sentence_with_its_steps(self):
        row = self.api.run_and_wait("echo 123; sleep 0.3; exit 2", self.agent.id)
        text = self.why(row["InvokeId"], self.agent.id)
        self.assertRegex(text.splitlines()[0], r"^\S+ got it \d.* after the call and started it at \d\d:\d\d:\d\d\.\d+; "
                         r"it ended by itself with exit code 2 after .*; the result was committed .* later\.$")
        self.assertIn("\njournaled\t", text)
        self.assertNotIn("clock of the machine", text)
        (machine,) = json.loads(self.why(row["InvokeId"], "--output", "json"))["Why"]["Machines"]
        self.assertEqual((machine["Verdict"], machine["ExitCode"]), ("Ended", 2))
        self.assertEqual(machine["Timeline"], row["Timeline"]["TimelineEvent"])

    def test_an_offline_machine_and_a_cancelled_task(self):
        self.agent.stop()
        invoke_id = self.api.run("echo 1", [self.agent.id])
        self.wait_for(lambda: "the machine is offline" in self.why(invoke_id), 20, "the machine is shown as offline")
        text = self.why(invoke_id)
        self.assertIn("not delivered", text)
        self.assertIn(f"assist inv stop {invoke_id}", text)
        self.api.call("StopInvocation", InvokeId=invoke_id).ok()
        self.assertIn("it was cancelled before the machine had it", self.why(invoke_id))

    def test_an_unknown_end_has_its_reason(self):
        invoke_id = self.api.run("echo begin; sleep 30", [self.agent.id])
        self.api.wait_for_output(invoke_id, self.agent.id, b"begin\n")
        self.api.call("DeregisterManagedInstance", InstanceId=self.agent.id).ok()
        self.assertIn(self.api.result(invoke_id, self.agent.id)["ErrorDetail"], self.why(invoke_id))

    def test_over_its_budget_it_names_limit_and_what_was_measured(self):
        row = self.api.run_and_wait("sleep 300 & sleep 300 & sleep 300 & sleep 300 & wait", self.agent.id, 40,
                                    MaxProcesses="3", Timeout=120)
        text = self.why(row["InvokeId"], self.agent.id)
        self.assertRegex(text.splitlines()[0], r"; it was ended after .* because it used more than its budget: "
                         r"MaxProcesses is 3, there were [0-9]+; the result was committed ")
        (machine,) = json.loads(self.why(row["InvokeId"], "--output", "json"))["Why"]["Machines"]
        self.assertEqual((machine["Verdict"], machine["ErrorDetail"]), ("OverBudget", row["ErrorDetail"]))

    def test_a_run_that_runs_another_again_names_it(self):
        first = self.api.run_and_wait("exit 3", self.agent.id)["InvokeId"]
        again = self.api.call("RerunInvocation", InvokeId=first).ok()["InvokeId"]
        self.api.wait_until_final(again, self.agent.id)
        self.assertRegex(self.why(again), f"(?m)^It runs {first} again; what happened there before: assist why {first} ")
        self.assertEqual(json.loads(self.why(again, "--output", "json"))["Why"]["RerunOf"], first)

    def test_what_is_not_there_is_named_with_the_way_out(self):
        for words, expected in ((["t-nothing"], "t-nothing"), (["f-hz012345"], "DescribeSendFileResults")):
            done = self.cli.run("why", *words)
            self.assertEqual(done.returncode, 3, done.stdout)
            self.assertIn(expected, done.stderr)

    def test_several_machines_in_a_sentence_for_each_group(self):
        second = Agent(self.world, self.server, "second").register(self.api).start()
        second.wait_until_connected(self.api)
        invoke_id = self.api.run("echo 1", [self.agent.id, second.id])
        for agent in (self.agent, second):
            self.api.wait_until_final(invoke_id, agent.id)
        self.assertRegex(self.why(invoke_id), r"^2 machines \(.*\): it ended by itself with exit code 0\.\n$")
        self.assertRegex(self.why(invoke_id, "second"), "^second got it .*exit code 0")
        self.assertIn("退出码 0", self.why(invoke_id, "second", "--lang", "zh"))
        self.why(invoke_id, "nobody", code=3)

    def test_of_a_stock_agent_it_is_said_that_it_tells_no_times(self):
        stock = StockAgent(self.server, Key(self.world.folder))
        self.assertEqual(stock.register(self.api.call("CreateActivation", InstanceCount=1).ok()).status, 200)
        stock.fetch("startup")
        invoke_id = self.api.run("echo 1", [stock.id])
        stock.fetch()
        self.assertEqual(stock.signed("POST", f"/luban/api/v1/task/finish?taskId={invoke_id}&invokeVersion=0"
                                      "&start=1800000000000&end=1800000001500&exitCode=0&dropped=0", b"1\n").status, 200)
        text = self.why(invoke_id)
        self.assertIn("exit code 0 after 1.5 s.", text)
        self.assertIn("tells no times of its own but begin and end", text)


if __name__ == "__main__":
    unittest.main()
