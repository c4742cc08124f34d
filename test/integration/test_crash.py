"""Either side dies at any moment: every task runs once, and its result arrives."""

import random
import threading
import time
import unittest

from harness import Fleet, WorldTest, procfs
from harness.api import query_of


class CrashTest(WorldTest):
    AGENTS = 1

    def setUp(self):
        super().setUp()
        self.fleet = Fleet(self.world, self.AGENTS)
        self.server, self.api = self.fleet.server, self.fleet.api
        self.agent = self.fleet.agents[0]

    def lines(self, name="ran"):
        """What the scripts have appended to a file of the test's folder."""
        try:
            with open(self.world.path(name), encoding="ascii") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def slow_script(self, exit_code=5):
        """Notes its start, waits for the file `go`, notes its end. With it the test decides when things happen."""
        return (f"echo start >> {self.world.path('ran')}; echo begin; "
                f"while [ ! -e {self.world.path('go')} ]; do sleep 0.05; done; "
                f"echo middle; echo end >> {self.world.path('ran')}; echo last; exit {exit_code}")

    def let_go(self):
        with open(self.world.path("go"), "wb"):
            pass

    def assert_ran_once_with_everything(self, row, exit_code=5):
        self.assertEqual((row["InvocationStatus"], row["ExitCode"], row["Bytes"], row["Repeats"], row["Dropped"]),
                         ("Failed" if exit_code else "Success", exit_code, b"begin\nmiddle\nlast\n", 1, 0), row)
        self.assertEqual(self.lines(), ["start", "end"])


class ServerDies(CrashTest):
    def test_between_start_and_finish(self):
        invoke_id = self.api.run(self.slow_script(), [self.agent.id])
        self.api.wait_for_output(invoke_id, self.agent.id, b"begin\n")
        self.server.kill()
        self.let_go()
        self.wait_for(lambda: self.lines() == ["start", "end"], 10, "the script has ended while no server was there")
        self.server.restart()
        self.assert_ran_once_with_everything(self.api.wait_until_final(invoke_id, self.agent.id, 30))

    def test_at_any_moment_after_the_answer(self):
        moments = random.Random(7)
        invocations = []
        for number in range(8):
            script = f"echo {number} >> {self.world.path('ran')}; echo out {number}"
            invocations.append(self.api.run(script, [self.agent.id]))
            time.sleep(moments.choice([0, 0.001, 0.003, 0.006, 0.01, 0.02]))  # the moment is what is tried
            self.server.kill()
            self.server.restart()
        for number, invoke_id in enumerate(invocations):
            row = self.api.wait_until_final(invoke_id, self.agent.id, 40)
            self.assertEqual((row["InvocationStatus"], row["Bytes"]), ("Success", f"out {number}\n".encode()), row)
        self.assertEqual(sorted(self.lines()), [str(number) for number in range(len(invocations))])

    def test_a_command_runs_soon_after_a_restart(self):
        for way in (self.server.kill, self.server.stop):
            way()
            self.server.restart()
            ready = time.monotonic()
            row = self.api.run_and_wait("echo again", self.agent.id, 20)
            took = time.monotonic() - ready
            print(f"a command has run {took:.2f} s after the restarted server answered")
            self.assertEqual(row["Bytes"], b"again\n")
            self.assertLess(took, 6)

    def test_what_was_answered_is_there_after_the_restart(self):
        command = self.api.call("CreateCommand", Type="RunShellScript", Name="kept", CommandContent="ZWNobyAx").ok()
        self.server.kill()
        self.server.restart()
        listed = self.api.call("DescribeCommands", CommandId=command["CommandId"]).ok()
        self.assertEqual(listed["TotalCount"], 1)

    def test_a_nonce_of_a_changing_call_stays_used(self):
        parameters = self.api.v1_parameters("CreateCommand", [("RegionId", "cn-hangzhou"), ("Type", "RunShellScript"),
                                                              ("Name", "once"), ("CommandContent", "ZWNobyAx")])
        target = "/?" + query_of(parameters)
        self.api.send("POST", target).ok()
        self.server.kill()
        self.server.restart()
        again = self.api.send("POST", target)
        self.assertEqual((again.status, again.code), (400, "SignatureNonceUsed"))
        self.assertEqual(self.api.call("DescribeCommands", Name="once").ok()["TotalCount"], 1)


class AgentDies(CrashTest):
    def test_in_the_middle_of_a_task(self):
        invoke_id = self.api.run(self.slow_script(), [self.agent.id])
        self.api.wait_for_output(invoke_id, self.agent.id, b"begin\n")
        self.agent.kill()
        self.agent.start()
        self.agent.wait_until_connected(self.api)
        self.assertEqual(self.api.result(invoke_id, self.agent.id)["InvocationStatus"], "Running")
        self.let_go()
        self.assert_ran_once_with_everything(self.api.wait_until_final(invoke_id, self.agent.id, 20))

    def test_and_the_script_ends_while_it_is_away(self):
        invoke_id = self.api.run(self.slow_script(), [self.agent.id])
        self.api.wait_for_output(invoke_id, self.agent.id, b"begin\n")
        self.agent.kill()
        self.let_go()
        self.wait_for(lambda: self.lines() == ["start", "end"] and not self.agent.supervisors(), 10,
                      "script and supervisor have ended")
        self.agent.start()
        self.assert_ran_once_with_everything(self.api.wait_until_final(invoke_id, self.agent.id, 20))

    def test_a_stopped_agent_leaves_its_tasks_running(self):
        invoke_id = self.api.run(self.slow_script(0), [self.agent.id])
        self.api.wait_for_output(invoke_id, self.agent.id, b"begin\n")
        self.assertEqual(self.agent.stop(), 0)
        self.assertEqual(len(self.agent.supervisors()), 1)
        self.agent.start()
        self.let_go()
        self.assert_ran_once_with_everything(self.api.wait_until_final(invoke_id, self.agent.id, 20), 0)

    def test_a_time_out_is_kept_while_it_is_away(self):
        pid_file = self.world.path("pid")
        invoke_id = self.api.run(f"echo $$ > {pid_file}; echo begin; sleep 300", [self.agent.id], Timeout=10)
        self.api.wait_for_output(invoke_id, self.agent.id, b"begin\n")
        self.agent.kill()
        with open(pid_file, encoding="ascii") as file:
            script = int(file.read())
        self.wait_for(lambda: not procfs.alive(script), 15, "the supervisor has ended the script at its time-out")
        self.agent.start()
        row = self.api.wait_for_status(invoke_id, self.agent.id, "Timeout", 20)
        self.assertEqual(row["Bytes"], b"begin\n")

    def test_a_task_that_was_asked_for_while_it_was_away_is_delivered(self):
        self.agent.stop()
        invoke_id = self.api.run(f"echo start >> {self.world.path('ran')}; echo late", [self.agent.id])
        row = self.api.result(invoke_id, self.agent.id)
        self.assertEqual(row["InvocationStatus"], "Pending")
        self.agent.start()
        row = self.api.wait_until_final(invoke_id, self.agent.id, 20)
        self.assertEqual((row["InvocationStatus"], row["Bytes"]), ("Success", b"late\n"))
        self.assertEqual(self.lines(), ["start"])

    def test_again_and_again_under_a_stream_of_commands(self):
        moments = random.Random(11)
        asked, stop = [], threading.Event()

        def ask():
            while not stop.is_set():
                number = len(asked)
                script = f"echo {number} >> {self.world.path('ran')}; echo out {number}; sleep 0.05; exit {number % 3}"
                asked.append(self.api.run(script, [self.agent.id]))
                stop.wait(0.1)

        stream = threading.Thread(target=ask)
        stream.start()
        try:
            for _ in range(20):
                time.sleep(moments.uniform(0.02, 0.6))  # the moment is what is tried
                self.agent.kill()
                self.agent.start()
        finally:
            stop.set()
            stream.join()
        print(f"{len(asked)} commands while the agent was killed 20 times")
        self.assertGreater(len(asked), 20)
        wrong = []
        for number, invoke_id in enumerate(asked):
            row = self.api.wait_until_final(invoke_id, self.agent.id, 60)
            if (row["ExitCode"], row["Bytes"]) != (number % 3, f"out {number}\n".encode()):
                wrong.append((number, row))
        self.assertEqual(wrong, [])
        self.assertEqual(sorted(map(int, self.lines())), list(range(len(asked))))  # each once, none twice


class BothDie(CrashTest):
    AGENTS = 2

    def test_the_whole_building_loses_power_but_the_scripts_machines(self):
        first, second = self.fleet.agents
        invoke_id = self.api.run(f"echo x >> {self.world.path('ran')}; echo begin; "
                                 f"while [ ! -e {self.world.path('go')} ]; do sleep 0.05; done; echo end", self.fleet.ids)
        for agent in self.fleet.agents:
            self.api.wait_for_output(invoke_id, agent.id, b"begin\n")
        for program in (first, self.server, second):
            program.kill()
        self.let_go()
        first.start()
        self.server.restart()
        second.start()
        for agent in self.fleet.agents:
            row = self.api.wait_until_final(invoke_id, agent.id, 60)
            self.assertEqual((row["InvocationStatus"], row["Bytes"]), ("Success", b"begin\nend\n"), row)
        self.assertEqual(self.lines(), ["x", "x"])


if __name__ == "__main__":
    unittest.main()
