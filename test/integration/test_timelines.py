"""When what happened to a task, as both sides tell it."""

import unittest
from datetime import datetime, timedelta

from harness import Fleet, Server, WorldTest
from harness.stock_agent import Key, StockAgent

OURS = ["Created Server", "Woken Server", "Fetched Server", "Journaled Agent", "Accepted Server", "Started Agent",
        "Started Server", "FirstOutput Agent", "FirstOutput Server", "Exited Agent", "Reported Agent",
        "Reported Server", "Committed Server"]


def events(row):
    """The events of a row of DescribeInvocationResults, as (name, clock, time)."""
    return [(event["Event"], event["Clock"], datetime.strptime(event["Time"], "%Y-%m-%dT%H:%M:%S.%fZ"))
            for event in row["Timeline"]["TimelineEvent"]]


def named(row):
    return [f"{name} {clock}" for name, clock, _ in events(row)]


class TimelineTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.fleet = Fleet(self.world, 1)
        self.server, self.api = self.fleet.server, self.fleet.api
        self.agent = self.fleet.agents[0]

    def waiting_script(self):
        return (f"echo begin; while [ ! -e {self.world.path('go')} ]; do sleep 0.05; done; exit 2")

    def let_go(self):
        with open(self.world.path("go"), "wb"):
            pass

    def assert_monotone(self, row):
        for clock in ("Server", "Agent"):
            times = [time for _, whose, time in events(row) if whose == clock]
            self.assertEqual(times, sorted(times), (clock, row["Timeline"]))

    def test_both_sides_of_a_run(self):
        row = self.api.run_and_wait("echo 123; sleep 0.3; exit 2", self.agent.id)
        self.assertEqual(named(row), OURS)
        self.assert_monotone(row)
        when = {f"{name} {clock}": time for name, clock, time in events(row)}
        ran = when["Exited Agent"] - when["Started Agent"]
        self.assertTrue(timedelta(seconds=0.25) < ran < timedelta(seconds=5), ran)
        # One machine, so one clock: the two sides are comparable here.
        self.assertLess(abs(when["Reported Agent"] - when["Reported Server"]), timedelta(seconds=2))

    def test_times_survive_the_agent_that_is_killed_in_the_middle(self):
        invoke_id = self.api.run(self.waiting_script(), [self.agent.id])
        self.api.wait_for_output(invoke_id, self.agent.id, b"begin\n")
        before = events(self.api.result(invoke_id, self.agent.id))
        self.agent.kill()
        self.let_go()
        self.wait_for(lambda: not self.agent.supervisors(), 10, "the supervisor has ended while no agent was there")
        ended = datetime.utcnow()
        self.agent.start()
        row = self.api.wait_until_final(invoke_id, self.agent.id, 20)
        self.assertEqual(row["ExitCode"], 2)
        self.assertEqual(named(row), OURS)
        self.assert_monotone(row)
        self.assertEqual([event for event in events(row) if event in before], before, "nothing told is taken back")
        when = {f"{name} {clock}": time for name, clock, time in events(row)}
        self.assertLessEqual(when["Exited Agent"], ended, "it is the end of the script, not of the agent's absence")
        self.assertGreaterEqual(when["Reported Agent"], when["Exited Agent"])

    def test_what_the_server_never_heard_is_told_by_the_next_run_of_the_agent(self):
        invoke_id = self.api.run(self.waiting_script(), [self.agent.id])
        self.api.wait_for_output(invoke_id, self.agent.id, b"begin\n")
        told = dict((f"{name} {clock}", time) for name, clock, time in events(self.api.result(invoke_id, self.agent.id)))
        self.server.kill()
        self.agent.kill()
        self.let_go()
        self.wait_for(lambda: not self.agent.supervisors(), 10, "the supervisor has ended")
        self.server.restart()
        self.agent.start()
        row = self.api.wait_until_final(invoke_id, self.agent.id, 30)
        when = {f"{name} {clock}": time for name, clock, time in events(row)}
        for event, time in told.items():
            self.assertEqual(when[event], time, event)
        self.assertEqual(named(row), OURS)

    def test_an_offline_machine_and_a_cancelled_task(self):
        self.agent.stop()
        invoke_id = self.api.run("echo 1", [self.agent.id])
        self.assertEqual(named(self.api.result(invoke_id, self.agent.id)), ["Created Server"])
        self.api.call("StopInvocation", InvokeId=invoke_id).ok()
        row = self.api.result(invoke_id, self.agent.id)
        self.assertEqual(named(row), ["Created Server", "StopAsked Server", "Concluded Server"])

    def test_unknown_has_its_reason(self):
        invoke_id = self.api.run(self.waiting_script(), [self.agent.id])
        self.api.wait_for_output(invoke_id, self.agent.id, b"begin\n")
        self.api.call("DeregisterManagedInstance", InstanceId=self.agent.id).ok()
        row = self.api.result(invoke_id, self.agent.id)
        self.assertEqual((row["Outcome"], row["ErrorCode"]), ("Unknown", "ExecutionInterrupted"))
        self.assertIn("deregistered while its agent had the task", row["ErrorDetail"])
        self.let_go()


class StockTimelineTest(WorldTest):
    def test_of_a_stock_agent_only_what_it_tells(self):
        server = Server(self.world).start()
        api = server.api()
        agent = StockAgent(server, Key(self.world.folder))
        self.assertEqual(agent.register(api.call("CreateActivation", InstanceCount=1).ok()).status, 200)
        agent.fetch("startup")
        invoke_id = api.run("echo 1", [agent.id])
        self.assertEqual(len(agent.fetch("kickoff").json["run"]), 1)
        self.assertEqual(agent.signed("POST", f"/luban/api/v1/task/finish?taskId={invoke_id}&invokeVersion=0"
                                      "&start=1800000000000&end=1800000001500&exitCode=0&dropped=0"
                                      "&journaled=1800000000000&sent=1800000000000", b"1\n").status, 200)
        row = api.result(invoke_id, agent.id)
        self.assertEqual(named(row), ["Created Server", "Fetched Server", "Accepted Server", "Started Agent",
                                      "Started Server", "FirstOutput Server", "Exited Agent", "Reported Server",
                                      "Committed Server"])


if __name__ == "__main__":
    unittest.main()
