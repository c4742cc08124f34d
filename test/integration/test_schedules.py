"""Schedules on real programs: every time at which something is due is accounted for once, whoever dies meanwhile;
changes and stops reach machines at once, or when they return."""

import calendar
import re
import time
import unittest

from harness import Fleet, WorldTest, procfs

EVERY_SECOND = "* * * * * *"
YEARLY = "0 0 0 1 1 *"


class ScheduleTest(WorldTest):
    AGENTS = 1

    def setUp(self):
        super().setUp()
        self.fleet = Fleet(self.world, self.AGENTS, config='limits = "large"\n')
        self.server, self.api, self.cli = self.fleet.server, self.fleet.api, self.fleet.cli
        self.agent = self.fleet.agents[0]

    def lines(self, name="ran"):
        """What the scripts have appended to a file of the test's folder."""
        try:
            with open(self.world.path(name), encoding="ascii") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def noting(self, text, name="ran"):
        """A script that appends a line to the file and says the same."""
        return f"echo {text} >> {self.world.path(name)}; echo {text}"

    def start(self, script, agents=None, **terms):
        return self.api.run(script, [agent.id for agent in agents or self.fleet.agents], **terms)

    def history(self, invoke_id, agent=None):
        """Rows of the history of one machine, oldest first."""
        rows = self.api.results(invoke_id, (agent or self.agent).id, IncludeHistory=True, ContentEncoding="PlainText")
        return rows[::-1]

    def runs(self, invoke_id, agent=None):
        return [row for row in self.history(invoke_id, agent) if row["Kind"] == "Run"]

    def schedule(self, invoke_id, agent=None):
        """The row of DescribeSchedules."""
        rows = self.api.call("DescribeSchedules", InvokeId=invoke_id, InstanceId=(agent or self.agent).id,
                             IncludeEnded=True).ok()["Schedules"]["Schedule"]
        self.assertEqual(len(rows), 1, rows)
        return rows[0]

    def wait_until_taken(self, invoke_id, agent=None):
        agent = agent or self.agent
        self.wait_for(lambda: self.api.result(invoke_id, agent.id)["InvocationStatus"] in ("Scheduled", "Running"), 15,
                      "the agent has the schedule")

    def wait_for_runs(self, invoke_id, count, seconds=15, agent=None):
        """Waits until so many runs have ended."""
        def ended():
            rows = [row for row in self.runs(invoke_id, agent) if row["FinishedTime"]]
            return rows if len(rows) >= count else None
        return self.wait_for(ended, seconds, f"{count} runs of {invoke_id} have ended", 0.1)

    def assert_numbers_without_gap(self, rows):
        """Each number from 1 on is used once: by a run or within a range that did not run."""
        following = 1
        for row in rows:
            self.assertEqual(row["Occurrence"], following, rows)
            following += row.get("MissedCount", 1)
        return following - 1


def seconds_of(text):
    """A time of the API as seconds."""
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


class EverySecondForAMinute(ScheduleTest):
    def test_with_the_server_killed_in_the_middle_and_the_agent_once(self):
        script = f'date +%s >> {self.world.path("ran")}; echo out'
        invoke_id = self.start(script, Frequency=EVERY_SECOND, Timeout=60)
        self.wait_until_taken(invoke_id)
        began = time.monotonic()
        self.until(began, 20)
        self.server.kill()
        self.until(began, 30)
        self.server.restart()
        self.until(began, 42)
        self.agent.kill()
        self.until(began, 46)
        self.agent.start()
        self.until(began, 61)
        self.api.call("StopInvocation", InvokeId=invoke_id).ok()
        self.wait_for(lambda: self.api.result(invoke_id, self.agent.id)["InvocationStatus"] in
                      ("Cancelled", "Terminated"), 20, "the schedule is over")

        def all_told():
            rows = self.history(invoke_id)
            ended = all(row["FinishedTime"] for row in rows if row["Kind"] == "Run")
            return rows if ended and len([row for row in rows if row["Kind"] == "Run"]) == len(self.lines()) else None

        rows = self.wait_for(all_told, 30, "each line of the script's file has a row in the history", 0.2)
        counted = self.assert_numbers_without_gap(rows)

        # Every second from the first due time to the last is there once, in order.
        due = []
        for row in rows:
            first, last = seconds_of(row["DueTime"]), seconds_of(row.get("LastDueTime", row["DueTime"]))
            self.assertEqual(last - first + 1, row.get("MissedCount", 1), row)
            due += range(first, last + 1)
        self.assertEqual(due, list(range(due[0], due[-1] + 1)))
        self.assertEqual(len(due), counted)
        self.assertGreaterEqual(counted, 60)

        # What ran is what the script has noted: each once, begun in its second or soon after.
        runs = [row for row in rows if row["Kind"] == "Run"]
        missed = [row for row in rows if row["Kind"] == "Missed"]
        noted = sorted(map(int, self.lines()))
        self.assertEqual(len(noted), len(runs))
        for row, at in zip(runs, noted):
            self.assertGreaterEqual(at, seconds_of(row["DueTime"]))
            self.assertLessEqual(at - seconds_of(row["DueTime"]), 60)
            if row["InvocationStatus"] == "Success":
                self.assertEqual(row["Output"], "out\n", row)
        # A run that the stop found at work was killed; every other one went through.
        self.assertEqual({row["InvocationStatus"] for row in runs} - {"Success", "Terminated"}, set())
        self.assertLessEqual(len([row for row in runs if row["InvocationStatus"] != "Success"]), 1)

        # The server's absence is no reason to miss anything; the agent's is.
        while_server_away = [row for row in runs if 20 < self.offset(row, runs) < 30]
        self.assertGreaterEqual(len(while_server_away), 7)
        self.assertIn("AgentDown", {row["MissedReason"] for row in missed})
        for row in missed:
            self.assertIn(row["MissedReason"], ("AgentDown", "Late", "Overlap"), row)
        schedule = self.schedule(invoke_id)
        self.assertEqual((schedule["Runs"], schedule["Missed"]),
                         (len(runs), sum(row["MissedCount"] for row in missed)))
        reasons = ", ".join(f"{row['MissedCount']} {row['MissedReason']}" for row in missed)
        print(f"{counted} times due, {len(runs)} ran, missed: {reasons}; lateness p50 {schedule['LatenessP50Ms']} ms, "
              f"p99 {schedule['LatenessP99Ms']} ms")

    def until(self, began, seconds):
        """The minute has to pass."""
        self.wait_for(lambda: time.monotonic() - began >= seconds, seconds + 1, f"second {seconds}", 0.05)

    @staticmethod
    def offset(row, runs):
        return seconds_of(row["DueTime"]) - seconds_of(runs[0]["DueTime"])


class ChangesAndStops(ScheduleTest):
    AGENTS = 2

    def test_a_change_reaches_a_running_agent_at_once(self):
        invoke_id = self.start(self.noting("never"), Frequency=YEARLY)
        for agent in self.fleet.agents:
            self.wait_until_taken(invoke_id, agent)
        self.api.call("ModifyInvocationAttribute", InvokeId=invoke_id, Frequency=EVERY_SECOND,
                      CommandContent=self.noting("now")).ok()
        asked = time.monotonic()
        self.wait_for(lambda: len(self.lines()) >= 2, 10, "both agents run it")
        print(f"a changed schedule ran {time.monotonic() - asked:.2f} s after the change was answered")
        for agent in self.fleet.agents:
            first = self.wait_for_runs(invoke_id, 1, agent=agent)[0]
            self.assertEqual((first["Occurrence"], first["Output"]), (1, "now\n"))
        self.api.call("StopInvocation", InvokeId=invoke_id).ok()
        self.assertEqual(set(self.lines()), {"now"})

    def test_a_change_reaches_an_agent_that_was_away_when_it_returns(self):
        here, away = self.fleet.agents
        invoke_id = self.start(self.noting("old"), Frequency=YEARLY)
        self.wait_until_taken(invoke_id, away)
        away.stop()
        self.api.call("ModifyInvocationAttribute", InvokeId=invoke_id, Frequency=EVERY_SECOND,
                      CommandContent=self.noting("new")).ok()
        self.wait_for_runs(invoke_id, 2, agent=here)
        self.assertEqual(self.runs(invoke_id, away), [])
        away.start()
        rows = self.wait_for_runs(invoke_id, 2, agent=away)
        self.assertEqual({row["Output"] for row in rows}, {"new\n"})
        self.assert_numbers_without_gap(self.history(invoke_id, away))
        self.api.call("StopInvocation", InvokeId=invoke_id).ok()

    def test_a_stop_reaches_a_running_agent_at_once(self):
        here, other = self.fleet.agents
        invoke_id = self.start(self.noting("$$"), Frequency=EVERY_SECOND)
        for agent in self.fleet.agents:
            self.wait_for_runs(invoke_id, 1, agent=agent)
        self.api.call("StopInvocation", InvokeId=invoke_id, InstanceId=[here.id]).ok()
        self.wait_for(lambda: self.api.result(invoke_id, here.id)["InvocationStatus"] in ("Cancelled", "Terminated"), 10,
                      "it is stopped there")
        ended = len(self.runs(invoke_id, here))
        more = len(self.runs(invoke_id, other)) + 3
        self.wait_for_runs(invoke_id, more, agent=other)  # there it goes on
        self.assertEqual(len(self.runs(invoke_id, here)), ended)
        self.api.call("StopInvocation", InvokeId=invoke_id).ok()
        self.wait_for(lambda: self.api.result(invoke_id, other.id)["InvocationStatus"] in ("Cancelled", "Terminated"),
                      10, "it is stopped everywhere")

    def test_a_stop_reaches_an_agent_that_was_away_when_it_returns(self):
        away = self.fleet.agents[1]
        invoke_id = self.start(self.noting("x", "away"), [away], Frequency=EVERY_SECOND)
        self.wait_for_runs(invoke_id, 1, agent=away)
        away.kill()
        self.api.call("StopInvocation", InvokeId=invoke_id).ok()
        away.start()
        self.wait_for(lambda: self.api.result(invoke_id, away.id)["InvocationStatus"] in ("Cancelled", "Terminated"), 20,
                      "the agent has heard of the stop")
        lines = len(self.lines("away"))
        marker = self.start(self.noting("y", "marker"), [away], Frequency=EVERY_SECOND)
        self.wait_for_runs(marker, 3, agent=away)  # time has passed on that machine
        self.assertEqual(len(self.lines("away")), lines)
        self.assertEqual(len([row for row in self.runs(invoke_id, away) if row["FinishedTime"]]), lines)
        self.api.call("StopInvocation", InvokeId=marker).ok()

    def test_a_stop_ends_the_run_that_goes_on(self):
        pid_file = self.world.path("pid")
        invoke_id = self.start(f"echo $$ > {pid_file}; echo begin; sleep 300", [self.agent], Frequency=EVERY_SECOND,
                               Timeout=600)

        def pid():
            lines = self.lines("pid")
            return int(lines[0]) if lines else None

        script = self.wait_for(pid, 10, "it runs")
        self.addCleanup(procfs.end, script)
        self.wait_for(lambda: [row for row in self.history(invoke_id) if row["Kind"] == "Missed"], 10,
                      "a second time is due while it runs")
        self.api.call("StopInvocation", InvokeId=invoke_id).ok()
        self.wait_for(lambda: not procfs.alive(script), 10, "the script is killed")
        self.wait_for(lambda: self.api.result(invoke_id, self.agent.id)["InvocationStatus"] == "Terminated", 10,
                      "the server has heard of it")
        rows = self.history(invoke_id)
        self.assert_numbers_without_gap(rows)
        self.assertEqual((rows[0]["InvocationStatus"], rows[0]["Output"]), ("Terminated", "begin\n"))
        self.assertEqual({row["MissedReason"] for row in rows[1:]}, {"Overlap"})


class AgentRestarts(ScheduleTest):
    def test_schedules_survive_it_and_the_numbers_go_on(self):
        invoke_id = self.start(self.noting("x"), Frequency=EVERY_SECOND)
        self.wait_for_runs(invoke_id, 2)
        self.assertEqual(self.agent.stop(), 0)
        before = len(self.lines())
        self.agent.start()
        self.wait_for(lambda: len(self.lines()) >= before + 2, 15, "it runs again")
        self.api.call("StopInvocation", InvokeId=invoke_id).ok()
        self.wait_for(lambda: self.schedule(invoke_id)["InvocationStatus"] in ("Cancelled", "Terminated"), 10,
                      "it is over")
        rows = self.history(invoke_id)
        self.assert_numbers_without_gap(rows)
        self.assertEqual(len([row for row in rows if row["Kind"] == "Run"]), len(self.lines()))

    def test_a_schedule_that_was_asked_for_while_it_was_away_begins_when_it_comes(self):
        self.agent.stop()
        invoke_id = self.start(self.noting("x"), Frequency=EVERY_SECOND)
        self.assertEqual(self.api.result(invoke_id, self.agent.id)["InvocationStatus"], "Pending")
        self.agent.start()
        rows = self.wait_for_runs(invoke_id, 2)
        self.assertEqual(rows[0]["Occurrence"], 1)
        self.api.call("StopInvocation", InvokeId=invoke_id).ok()

    def test_missed_times_are_made_up_for_once_when_asked_to(self):
        invoke_id = self.start(self.noting("x"), Frequency="rate(3s)", MissedPolicy="RunOnce")
        self.wait_for_runs(invoke_id, 1)
        self.agent.kill()
        gone = time.monotonic()
        self.wait_for(lambda: time.monotonic() - gone >= 7, 8, "two times pass", 0.1)
        self.agent.start()
        self.wait_for_runs(invoke_id, 3, 20)
        self.api.call("StopInvocation", InvokeId=invoke_id).ok()
        rows = self.history(invoke_id)
        self.assert_numbers_without_gap(rows)
        self.assertEqual([row["MissedReason"] for row in rows if row["Kind"] == "Missed"][:1], ["AgentDown"])


class Once(ScheduleTest):
    def test_an_at_runs_once_and_is_over(self):
        now = self.cli.run("schedule", "preview", "rate(3s)", "-n", "1", "--output", "json").stdout
        moment = re.search(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)Z", now)
        invoke_id = self.start(self.noting("once"), Frequency=f"at({moment.group(1)} {moment.group(2)} UTC)")
        row = self.api.wait_until_final(invoke_id, self.agent.id, 20)
        self.assertEqual((row["InvocationStatus"], row["Bytes"], row["Repeats"]), ("Success", b"once\n", 1))
        self.assertEqual(self.lines(), ["once"])
        [invocation] = self.api.call("DescribeInvocations", InvokeId=invoke_id).ok()["Invocations"]["Invocation"]
        self.assertEqual((invocation["InvocationStatus"], invocation["Timed"], invocation["InvokeStatus"]),
                         ("Success", False, "Finished"))


class Overlap(ScheduleTest):
    def test_a_time_that_comes_while_the_run_before_goes_on_is_told_or_waits(self):
        for policy in ("Skip", "Queue"):
            with self.subTest(policy=policy):
                script = f"echo {policy} >> {self.world.path(policy)}; sleep 2.5"
                invoke_id = self.start(script, Frequency=EVERY_SECOND, OverlapPolicy=policy, Timeout=60)
                self.wait_for_runs(invoke_id, 3, 30)
                self.api.call("StopInvocation", InvokeId=invoke_id).ok()
                self.wait_for(lambda i=invoke_id: self.schedule(i)["InvocationStatus"] in ("Cancelled", "Terminated"), 15,
                              "it is over")
                rows = self.history(invoke_id)
                self.assert_numbers_without_gap(rows)
                self.assertIn("Overlap", {row.get("MissedReason") for row in rows})
                runs = [row for row in rows if row["Kind"] == "Run"]
                self.assertEqual(len(runs), len(self.lines(policy)))
                if policy == "Queue":  # each begins when the one before has ended
                    gaps = [seconds_of(second["StartTime"]) - seconds_of(first["FinishedTime"])
                            for first, second in zip(runs, runs[1:])]
                    self.assertLessEqual(max(gaps), 1)


class CommandLine(ScheduleTest):
    AGENTS = 2

    def test_lists_and_calendar(self):
        invoke_id = self.start("exit 3", Name="nightly", Frequency="*/2 * * * * * UTC")
        self.wait_for_runs(invoke_id, 1)
        done = self.cli.run("schedule", "ls", invoke_id, "--zone", "UTC")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        self.assertIn(f"nightly  {invoke_id}  */2 * * * * * UTC", done.stdout)
        row = next(line for line in done.stdout.splitlines() if line.startswith("  m1 "))
        self.assertRegex(row, r"m1 +(Scheduled|Running) +\d{4}-\d\d-\d\d [0-9:]{8} +3 +\d{4}-\d\d-\d\d [0-9:]{8} +\d+ +\d+")
        self.assertIn("  m2 ", done.stdout)
        done = self.cli.run("schedule", "calendar", "--hours", "1", "--bucket", "600", "--zone", "UTC")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        self.assertIn("  1800 due on 2 machines; next: ", done.stdout)  # every other second of an hour
        listed = self.cli.ecs("DescribeSchedules", "--InvokeId", invoke_id)["Schedules"]["Schedule"]
        self.assertEqual({row["InstanceId"] for row in listed}, set(self.fleet.ids))
        self.cli.ecs("StopInvocation", "--InvokeId", invoke_id)
        self.wait_for(lambda: "no such schedules" in self.cli.run("schedule", "ls", invoke_id).stderr, 10,
                      "what is over is not listed")

    def test_a_preview_needs_no_server(self):
        done = self.cli.run("schedule", "preview", "0 0 25 * * *", ASSIST_ENDPOINT=None, ASSIST_ACCESS_KEY_ID=None)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr, "assist: field 3 (hour): '25' is not in 0-23\n  0 0 25 * * *\n      ^^\n")
        done = self.cli.run("schedule", "preview", "0 */10 * * * * Asia/Shanghai", "-n", "2", ASSIST_ENDPOINT=None)
        self.assertEqual((done.returncode, len(done.stdout.splitlines())), (0, 4), done)


if __name__ == "__main__":
    unittest.main()
