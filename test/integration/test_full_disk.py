"""Disks that are full: what is new is refused in clear words, what is under way ends and is told, and it heals by itself."""

import os
import threading
import time
import unittest

from harness import Agent, Server, WorldTest
from harness.chance import seed_of_this_run
from harness.tiny_disk import TinyDisk


class AgentsDisk(WorldTest):
    def setUp(self):
        super().setUp()
        self.server = Server(self.world).start()
        self.api = self.server.api()
        self.disk = TinyDisk(self.world, "tiny", 16)
        self.agent = Agent(self.world, self.server, "m1")
        self.agent.root = os.path.join(self.disk.path, "agent")
        self.agent.register(self.api).start().wait_until_connected(self.api)
        self.ran, self.go = self.world.path("ran"), self.world.path("go")

    def lines(self):
        try:
            with open(self.ran, encoding="ascii") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def let_go(self):
        with open(self.go, "wb"):
            pass

    def start_slow(self, name, after, **parameters):
        """A script that has begun and waits; then it does `after`."""
        script = (f"echo {name} >> {self.ran}; echo begun; while [ ! -e {self.go} ]; do sleep 0.05; done; {after}")
        invoke_id = self.api.run(script, [self.agent.id], **parameters)
        self.api.wait_for_output(invoke_id, self.agent.id, b"begun\n")
        return invoke_id

    def assert_refused(self, invoke_id):
        row = self.api.wait_until_final(invoke_id, self.agent.id, 20)
        self.assertEqual((row["InvocationStatus"], row["ErrorCode"], row["Outcome"]),
                         ("Error", "ExecutionException", "Final"), row)
        self.assertRegex(row["ErrorDetail"], "^NoEnoughSpace: ")

    def test_new_tasks_are_refused_running_ones_end_and_it_heals(self):
        few = self.start_slow("few", "echo end; exit 3")
        much = self.start_slow("much", "head -c 4000000 /dev/zero | tr '\\0' x; echo end")
        stopped = self.start_slow("stopped", "sleep 300")
        self.disk.fill()
        refused = [self.api.run(f"echo refused >> {self.ran}", [self.agent.id]) for _ in range(5)]
        for invoke_id in refused:
            self.assert_refused(invoke_id)
        # A stop holds, too.
        self.api.call("StopInvocation", InvokeId=stopped).ok()
        self.api.wait_for_status(stopped, self.agent.id, "Terminated", 20)
        self.let_go()
        row = self.api.wait_until_final(few, self.agent.id, 20)
        self.assertEqual((row["InvocationStatus"], row["ExitCode"]), ("Failed", 3))
        # Its ten bytes were not kept, perhaps: but then it says so.
        self.assertEqual(row["OutputSize"], len("begun\nend\n"))
        row = self.api.wait_until_final(much, self.agent.id, 30)
        self.assertEqual((row["InvocationStatus"], row["ExitCode"], row["Outcome"]), ("Success", 0, "Final"))
        kept = sum(len(piece) for _, piece in self.api.output(much, self.agent.id))
        self.assertEqual(row["OutputSize"], len("begun\n") + 4_000_000 + len("end\n"), "what was written")
        self.assertLess(kept, 4_000_000, "the disk was full")
        shown = self.api.result(much, self.agent.id)
        self.assertGreaterEqual(shown["Dropped"], row["OutputSize"] - kept, "and says how much of it is lost")
        self.disk.empty()
        row = self.api.run_and_wait("echo after", self.agent.id, 20)
        self.assertEqual((row["InvocationStatus"], row["Bytes"], row["Dropped"]), ("Success", b"after\n", 0))
        self.assertEqual(sorted(self.lines()), ["few", "much", "stopped"], "what was refused has not run")
        folder = os.path.join(self.agent.root, "tasks")
        self.wait_for(lambda: not os.listdir(folder), 20, "the agent has forgotten what it told")

    def test_a_restart_on_a_full_disk_loses_nothing(self):
        few = self.start_slow("few", "echo end; exit 3")
        self.disk.fill()
        refused = self.api.run(f"echo refused >> {self.ran}", [self.agent.id])
        self.agent.kill()
        self.agent.start().wait_until_connected(self.api)
        self.assert_refused(refused)
        self.agent.kill()
        self.let_go()
        self.wait_for(lambda: not self.agent.supervisors(), 10, "the script has ended")
        self.agent.start()
        row = self.api.wait_until_final(few, self.agent.id, 20)
        self.assertEqual((row["InvocationStatus"], row["ExitCode"], row["OutputSize"]), ("Failed", 3, 10))
        self.disk.empty()
        self.assertEqual(self.api.run_and_wait("echo after", self.agent.id, 20)["Bytes"], b"after\n")
        self.assertEqual(self.lines(), ["few"])

    def test_a_file_is_refused_too(self):
        self.disk.fill()
        sent = self.api.call("SendFile", Name="sent.txt", TargetDir=self.world.folder, Content="x" * 5000,
                             InstanceId=[self.agent.id]).ok()["InvokeId"]

        def row():
            [one] = self.api.call("DescribeSendFileResults", InvokeId=sent).ok()["Invocations"]["Invocation"]
            [instance] = one["InvokeInstances"]["InvokeInstance"]
            return instance if instance["InvocationStatus"] not in ("Pending", "Running") else None

        instance = self.wait_for(row, 20, "the file is refused")
        self.assertEqual((instance["InvocationStatus"], instance["ErrorCode"]), ("Failed", "FileCreateFail"))
        self.assertRegex(instance["ErrorDetail"] + instance["ErrorInfo"], "(?i)disk")
        self.assertFalse(os.path.exists(self.world.path("sent.txt")))
        self.disk.empty()
        self.assertEqual(self.api.run_and_wait("echo after", self.agent.id, 20)["Bytes"], b"after\n")


class ServersDisk(WorldTest):
    def setUp(self):
        super().setUp()
        self.disk = TinyDisk(self.world, "tiny", 32)
        self.server = Server(self.world, data=os.path.join(self.disk.path, "server")).start()
        self.api = self.server.api()
        self.agent = Agent(self.world, self.server, "m1").register(self.api).start().wait_until_connected(self.api)
        self.ran, self.go = self.world.path("ran"), self.world.path("go")

    def test_calls_are_refused_reports_wait_and_it_heals(self):
        seed_of_this_run()
        script = f"echo ran >> {self.ran}; echo begun; while [ ! -e {self.go} ]; do sleep 0.05; done; " \
                 "head -c 3000000 /dev/zero | tr '\\0' x; echo end; exit 4"
        running = self.api.run(script, [self.agent.id])
        self.api.wait_for_output(running, self.agent.id, b"begun\n")
        self.disk.fill()
        refused, accepted = {}, []
        for number in range(400):
            # Until the log's own pages are used up; each call has a token, so that it can be repeated.
            token = f"token-{number}"
            answer = self.api.call("RunCommand", Type="RunShellScript", CommandContent=f"echo {number} >> {self.ran}",
                                   ContentEncoding="PlainText", ClientToken=token, InstanceId=[self.agent.id])
            if answer.status == 200:
                accepted.append(number)
                continue
            self.assertEqual((answer.status, answer.code), (503, "ServiceUnavailable"), answer)
            self.assertRegex(answer.json["Message"], "(?i)disk")
            refused[number] = token
            if len(refused) == 5:
                break
        self.assertEqual(len(refused), 5, "400 commands went onto a full disk")
        with open(self.go, "wb"):
            pass
        self.wait_for(lambda: not self.agent.supervisors(), 20, "the script has ended")
        # Nothing of it can be committed, so the agent keeps it; reading goes on.
        self.assertEqual(self.api.result(running, self.agent.id)["InvocationStatus"], "Running")
        self.assertTrue(self.server.program.running())
        self.disk.empty()
        row = self.api.wait_until_final(running, self.agent.id, 60)
        self.assertEqual((row["InvocationStatus"], row["ExitCode"], row["OutputSize"]),
                         ("Failed", 4, len("begun\nend\n") + 3_000_000))
        kept = sum(len(piece) for _, piece in self.api.output(running, self.agent.id))
        self.assertEqual(kept, row["OutputSize"])
        for number, token in refused.items():
            answer = self.wait_for(lambda n=number, t=token: (lambda a: a if a.status == 200 else None)(self.api.call(
                "RunCommand", Type="RunShellScript", CommandContent=f"echo {n} >> {self.ran}",
                ContentEncoding="PlainText", ClientToken=t, InstanceId=[self.agent.id])), 20, "the repeat is taken")
            self.api.wait_for_status(answer.json["InvokeId"], self.agent.id, "Success", 30)

        def all_ran():
            with open(self.ran, encoding="ascii") as file:
                lines = sorted(file.read().splitlines())
            return lines == sorted(["ran"] + [str(number) for number in accepted + list(refused)])

        self.wait_for(all_ran, 30, "what was taken, and only that, has run, once")
        self.assertEqual(self.server.stop(), 0)
        self.server.start()
        self.assertEqual(self.api.call("DescribeInvocations").ok()["TotalCount"], 1 + len(accepted) + len(refused))


if __name__ == "__main__":
    unittest.main()
