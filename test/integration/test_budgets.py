"""Budgets of runs: CPU time, memory, processes and output, kept by the real programs."""

import unittest

from harness import Fleet, Server, WorldTest, procfs
from harness.stock_agent import Key, StockAgent


def exceeded(row):
    return row["InvocationStatus"], row["ErrorCode"], row["Outcome"]


OVER = ("Failed", "BudgetExceeded", "Final")


class Budgets(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.fleet = Fleet(world, config='limits = "large"\n')
        cls.api, cls.cli, cls.agent = cls.fleet.api, cls.fleet.cli, cls.fleet.agents[0]

    def pid_in(self, name):
        with open(self.world.path(name), encoding="ascii") as file:
            return int(file.read())

    def test_cpu_time_of_the_child_of_a_child(self):
        pid_file = self.world.path("burner")
        script = f"echo begin; (sh -c 'echo $$ > {pid_file}; while :; do :; done' &); exec sleep 300"
        row = self.api.run_and_wait(script, self.agent.id, 40, MaxCpuTime="1", Timeout=120)
        self.assertEqual(exceeded(row), OVER, row)
        self.assertEqual((row["ExitCode"], row["Bytes"], row["Dropped"]), (137, b"begin\n", 0))
        self.assertRegex(row["ErrorInfo"], r": MaxCpuTime is 1 s, used were [0-9.]+ s$")
        self.assertFalse(procfs.alive(self.pid_in("burner")))

    def test_memory_of_the_whole_tree(self):
        hold = "x=$(head -c 20971520 /dev/zero | tr '\\0' x); sleep 300"
        script = f"for i in 1 2 3; do sh -c \"{hold.replace('$', chr(92) + '$')}\" & done; wait"
        row = self.api.run_and_wait(script, self.agent.id, 40, MaxMemory="48", Timeout=120)
        self.assertEqual(exceeded(row), OVER, row)
        self.assertRegex(row["ErrorDetail"], r"^MaxMemory is 48 MiB, used were [0-9.]+ MiB$")

    def test_processes(self):
        script = "i=0; while [ $i -lt 60 ]; do sleep 300 & i=$((i+1)); done; echo all; wait"
        row = self.api.run_and_wait(script, self.agent.id, 40, MaxProcesses="20", Timeout=120)
        self.assertEqual(exceeded(row), OVER, row)
        self.assertRegex(row["ErrorDetail"], r"^MaxProcesses is 20, there were [0-9]+$")
        self.wait_for(lambda: not self.agent.supervisors(), 10, "its supervisor has left")

    def test_output_is_kept_up_to_the_budget(self):
        script = "i=0; while :; do echo line-$i; i=$((i+1)); done"
        row = self.api.run_and_wait(script, self.agent.id, 40, MaxOutput="16", Timeout=120)
        self.assertEqual(exceeded(row), OVER, row)
        whole = b"".join(b"line-%d\n" % number for number in range(3000))
        self.assertEqual((row["Bytes"], row["Dropped"]), (whole[:16384], 0))
        self.assertRegex(row["ErrorDetail"], r"^MaxOutput is 16 KiB, written were at least [0-9.]+ KiB$")

    def test_within_them_a_command_ends_as_it_would(self):
        row = self.api.run_and_wait("seq 1 10 | sort -n | tail -n 1; exit 5", self.agent.id, 20, MaxCpuTime="60",
                                    MaxMemory="512", MaxProcesses="50", MaxOutput="64")
        self.assertEqual((row["InvocationStatus"], row["ErrorCode"], row["ExitCode"], row["Bytes"]),
                         ("Failed", "ExitCodeNonzero", 5, b"10\n"))
        shown = self.api.call("DescribeInvocations", InvokeId=row["InvokeId"]).ok()["Invocations"]["Invocation"][0]
        self.assertEqual([shown[name] for name in ("MaxCpuTime", "MaxMemory", "MaxProcesses", "MaxOutput")],
                         [60, 512, 50, 64])

    def test_the_supervisor_keeps_them_while_the_agent_is_away(self):
        pid_file = self.world.path("away")
        go = self.world.path("go")
        script = f"echo $$ > {pid_file}; echo begin; while [ ! -e {go} ]; do sleep 0.05; done; while :; do :; done"
        invoke_id = self.api.run(script, [self.agent.id], MaxCpuTime="1", Timeout=120)
        self.api.wait_for_output(invoke_id, self.agent.id, b"begin\n")
        self.agent.kill()
        with open(go, "wb"):
            pass
        pid = self.pid_in("away")
        self.wait_for(lambda: not procfs.alive(pid), 40, "the supervisor has ended it")
        self.agent.start()
        self.agent.wait_until_connected(self.api)
        row = self.api.wait_until_final(invoke_id, self.agent.id, 20)
        self.assertEqual(exceeded(row), OVER, row)
        self.assertEqual(row["Bytes"], b"begin\n")

    def test_an_agent_that_comes_back_in_the_middle_tells_it_too(self):
        go = self.world.path("go-on")
        script = f"echo begin; while [ ! -e {go} ]; do sleep 0.05; done; while :; do :; done"
        invoke_id = self.api.run(script, [self.agent.id], MaxCpuTime="1", Timeout=120)
        self.api.wait_for_output(invoke_id, self.agent.id, b"begin\n")
        self.agent.kill()
        self.agent.start()
        self.agent.wait_until_connected(self.api)
        with open(go, "wb"):
            pass
        self.assertEqual(exceeded(self.api.wait_until_final(invoke_id, self.agent.id, 40)), OVER)

    def test_runs_of_a_schedule_have_them(self):
        script = "echo run; while :; do :; done"
        invoke_id = self.api.run(script, [self.agent.id], MaxCpuTime="1", Frequency="* * * * * *")

        def ended():
            rows = self.api.results(invoke_id, self.agent.id, IncludeHistory=True)
            rows = [row for row in rows if row.get("Kind") == "Run" and row["FinishedTime"]]
            return rows if len(rows) >= 2 else None

        rows = self.wait_for(ended, 60, "two runs have ended", 0.2)
        self.api.call("StopInvocation", InvokeId=invoke_id).ok()
        for row in rows[:2]:
            self.assertEqual((row["InvocationStatus"], row["ErrorCode"]), ("Failed", "BudgetExceeded"), row)

    def test_the_command_line_says_which_one(self):
        done = self.cli.run("run", "-i", self.agent.id, "--max-processes", "3", "--max-memory", "512M", "--max-output",
                            "1M", "--max-cpu", "60", "--", "echo hello; for i in 1 2 3 4 5; do sleep 300 & done; wait")
        self.assertEqual(done.returncode, 1)
        self.assertIn("hello", done.stdout)
        self.assertRegex(done.stdout + done.stderr, r"over its budget: MaxProcesses is 3, there were [456]")
        refused = self.cli.run("run", "-i", self.agent.id, "--max-memory", "512", "--", "true")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("--max-memory takes a size", refused.stderr)


class StockAgents(WorldTest):
    def test_they_are_not_given_what_they_cannot_keep(self):
        server = Server(self.world).start()
        api = server.api()
        agent = StockAgent(server, Key(self.world.folder))
        self.assertEqual(agent.register(api.call("CreateActivation", InstanceCount=1).ok()).status, 200)
        agent.fetch("startup")
        limited = api.run("echo 1", [agent.id], MaxCpuTime="5")
        plain = api.run("echo 2", [agent.id])
        entries = agent.fetch().json["run"]
        self.assertEqual([entry["task"]["taskID"] for entry in entries], [plain])
        row = api.result(limited, agent.id)
        self.assertEqual((row["InvocationStatus"], row["ErrorCode"], row["Outcome"]),
                         ("Aborted", "ClientNeedUpgrade", "Final"))
        self.assertIn("keeps no budgets", row["ErrorDetail"])


if __name__ == "__main__":
    unittest.main()
