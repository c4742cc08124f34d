"""Programs as services: start, status, a clean stop, rest."""

import time
import unittest

from harness import Agent, Fleet, WorldTest, procfs
from harness.world import judges_memory, optimized


class Lives(WorldTest):
    def test_both_stop_cleanly_on_sigterm(self):
        fleet = Fleet(self.world, 1)
        fleet.api.run_and_wait("echo 1", fleet.ids[0])
        begin = time.monotonic()
        self.assertEqual(fleet.agents[0].stop(), 0)
        self.assertEqual(fleet.server.stop(), 0)
        self.assertLess(time.monotonic() - begin, 8)

    def test_the_server_stops_with_agents_connected_and_commands_running(self):
        fleet = Fleet(self.world, 2)
        invoke_id = fleet.api.run("echo begin; sleep 3; echo end", fleet.ids)
        fleet.api.wait_for_output(invoke_id, fleet.ids[0], b"begin")
        self.assertEqual(fleet.server.stop(), 0)
        fleet.server.restart()
        for instance_id in fleet.ids:
            self.assertEqual(fleet.api.wait_until_final(invoke_id, instance_id, 30)["Bytes"], b"begin\nend\n")

    def test_an_agent_that_has_stopped_is_shown_so_at_once(self):
        fleet = Fleet(self.world, 1)
        agent, api = fleet.agents[0], fleet.api

        def shown():
            row = api.call("DescribeManagedInstances", InstanceId=[agent.id]).ok()["Instances"][0]
            status = api.call("DescribeCloudAssistantStatus", InstanceId=[agent.id]).ok()
            status = status["InstanceCloudAssistantStatusSet"]["InstanceCloudAssistantStatus"][0]
            return row["Connected"], status["CloudAssistantStatus"]

        agent.wait_until_connected(api)
        self.assertEqual(agent.stop(), 0)
        self.wait_for(lambda: shown() == (False, "false"), 2, "shown as offline after SIGTERM")
        agent.start()
        self.wait_for(lambda: shown() == (True, "true"), 5, "shown as online again")
        agent.kill()
        self.wait_for(lambda: shown() == (False, "false"), 2, "shown as offline after kill -9")

    def test_an_agent_stops_while_no_server_is_there(self):
        fleet = Fleet(self.world, 1)
        fleet.server.kill()
        self.assertEqual(fleet.agents[0].stop(), 0)

    def test_status_says_who_it_is_and_whether_it_runs(self):
        fleet = Fleet(self.world, 1)
        agent = fleet.agents[0]
        up = self.wait_for(lambda: (lambda done: done if done.returncode == 0 else None)(agent.command("status")), 10,
                           "status says that all is well")
        self.assertIn(agent.id, up.stdout)
        self.assertIn(str(fleet.server.port), up.stdout)
        agent.stop()
        down = agent.command("status")
        self.assertIn(agent.id, down.stdout)
        self.assertNotEqual((down.returncode, down.stdout), (up.returncode, up.stdout))
        stranger = Agent(self.world, fleet.server, "stranger").command("status")
        self.assertNotEqual(stranger.returncode, 0)
        self.assertRegex(stranger.stdout + stranger.stderr, "(?i)not registered|register")

    def test_a_second_agent_on_the_same_root_is_refused(self):
        fleet = Fleet(self.world, 1)
        again = fleet.agents[0].command("run")
        self.assertGreater(again.returncode, 0)
        self.assertRegex(again.stdout + again.stderr, "(?i)already|another|in use|lock")
        self.assertEqual(fleet.api.run_and_wait("echo 1", fleet.ids[0])["Bytes"], b"1\n")

    def test_deregister_takes_the_machine_away_and_it_can_come_again(self):
        fleet = Fleet(self.world, 1)
        agent = fleet.agents[0]
        before = agent.id
        agent.stop()
        done = agent.command("deregister")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(fleet.api.call("DescribeManagedInstances").ok()["TotalCount"], 0)
        refused = fleet.api.call("RunCommand", Type="RunShellScript", CommandContent="echo 1", InstanceId=[before])
        self.assertEqual((refused.status, refused.code), (404, "InvalidInstance.NotFound"))
        self.assertNotEqual(agent.command("run").returncode, 0)
        agent.register(fleet.api).start()
        self.assertNotEqual(agent.id, before)
        agent.wait_until_connected(fleet.api)
        self.assertEqual(fleet.api.run_and_wait("echo back", agent.id)["Bytes"], b"back\n")

    def test_plain_http_on_loopback_works_the_same(self):
        fleet = Fleet(self.world, 1, insecure_http=True)
        self.assertEqual(fleet.api.run_and_wait("echo plain", fleet.ids[0])["Bytes"], b"plain\n")


class AtRest(WorldTest):
    def test_an_idle_agent_is_one_small_quiet_process(self):
        fleet = Fleet(self.world, 1)
        agent = fleet.agents[0]
        for _ in range(3):  # at rest after work, not before its first
            fleet.api.run_and_wait("echo 1", agent.id)
        self.wait_for(lambda: agent.program.family() == [agent.program.pid] and not agent.supervisors(), 10,
                      "one process is left")
        pid = agent.program.pid
        # Its request connection is closed after 5 s; rest begins then.
        self.wait_for(lambda: self._still(pid, 1.0), 20, "a quiet second", interval=0.5)
        before, begin = procfs.context_switches(pid), time.monotonic()
        time.sleep(10)  # the measurement itself
        switches, seconds = procfs.context_switches(pid) - before, time.monotonic() - begin
        memory = procfs.kilobytes(pid, "VmRSS")
        print(f"agent at rest: {memory} kB, {switches} context switches in {seconds:.0f} s")
        self.assertEqual(agent.program.family(), [pid])
        # A heart-beat or a ping may fall into these seconds; a busy loop gives thousands.
        self.assertLess(switches, 100)
        if judges_memory():
            self.assertLess(memory, (8 if optimized() else 24) * 1024)

    @staticmethod
    def _still(pid, seconds):
        before = procfs.context_switches(pid)
        time.sleep(seconds)
        return procfs.context_switches(pid) - before < 10


if __name__ == "__main__":
    unittest.main()
