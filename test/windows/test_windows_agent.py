"""The agent for Windows as a whole, under Wine, with a real server: `scripts/windows.sh test`."""

import base64

from harness import Server, WorldTest, procfs
from wine import Wine, WindowsAgent, windows_path, windows_program

# A wait that costs nothing: Windows has no sleep for scripts.
_WAIT = "ping -n 2 127.0.0.1 >nul\r\n"


class WindowsAgentTest(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.wine = Wine(world)
        cls.addClassCleanup(cls.wine.close)  # before the world's: the last added is the first done
        cls.has_powershell = cls.wine.powershell_prints()
        if not cls.has_powershell:
            cls.wine.remove_powershell()
        cls.server = Server(world).start()
        cls.api = cls.server.api()
        cls.agent = WindowsAgent(world, cls.wine, cls.server, "win").register(cls.api)
        cls.agent.start().wait_until_connected(cls.api, 60)

    def setUp(self):
        super().setUp()
        if not self.agent.program.running():
            self.agent.start().wait_until_connected(self.api, 60)

    def command(self, script, kind="RunBatScript", **parameters):
        content = base64.b64encode(script.encode()).decode()
        return self.api.call("RunCommand", _form=True, Type=kind, CommandContent=content, ContentEncoding="Base64",
                             InstanceId=[self.agent.id], **parameters).ok()["InvokeId"]

    def end_of(self, invoke_id, seconds=60):
        return self.api.wait_until_final(invoke_id, self.agent.id, seconds)

    def test_a_machine_of_windows_is_listed_and_its_heart_beats(self):
        [row] = self.api.call("DescribeManagedInstances", InstanceId=[self.agent.id]).ok()["Instances"]
        self.assertTrue(row["Connected"])
        self.assertEqual(row["OsType"].lower(), "windows")
        answer = self.api.call("DescribeCloudAssistantStatus", InstanceId=[self.agent.id]).ok()
        [status] = answer["InstanceCloudAssistantStatusSet"]["InstanceCloudAssistantStatus"]
        self.assertEqual(status["CloudAssistantStatus"], "true")
        self.assertTrue(status["LastHeartbeatTime"])
        print(f"measured: assist-agent.exe under Wine: VmRSS {procfs.kilobytes(self.agent.program.pid, 'VmRSS')} kB")

    def test_a_batch_script_gives_its_output_and_its_exit_code(self):
        row = self.end_of(self.command("echo hello from %OS%\nexit /b 0\n"))
        self.assertEqual((row["InvocationStatus"], row["ExitCode"]), ("Success", 0), row)
        self.assertEqual(row["Bytes"], b"hello from Windows_NT\r\n")
        row = self.end_of(self.command("echo no\nexit /b 3010\n"))
        self.assertEqual((row["InvocationStatus"], row["ExitCode"]), ("Failed", 3010), row)

    def test_a_script_runs_where_it_is_told_to(self):
        row = self.end_of(self.command("cd\n", WorkingDir="C:\\windows"))
        self.assertEqual(row["Bytes"].lower(), b"c:\\windows\r\n", row)

    def test_a_stop_ends_the_whole_tree(self):
        invoke_id = self.command(f"echo up\nstart /b ping -n 997 127.0.0.1\n:again\n{_WAIT}goto again\n", Timeout=600)
        self.api.wait_for_output(invoke_id, self.agent.id, b"up", 30)
        self.wait_for(lambda: self.agent.pings(997), 30, "its child runs")
        self.api.call("StopInvocation", InvokeId=invoke_id, InstanceId=[self.agent.id]).ok()
        self.assertEqual(self.end_of(invoke_id)["InvocationStatus"], "Terminated")
        self.agent.wait_until_pings_end(997)

    def test_a_time_out_ends_the_whole_tree_and_keeps_the_output(self):
        invoke_id = self.command(f"echo before\nstart /b ping -n 998 127.0.0.1 >nul\n:again\n{_WAIT}goto again\n", Timeout=10)
        self.wait_for(lambda: self.agent.pings(998), 30, "its child runs")
        row = self.end_of(invoke_id)
        self.assertEqual(row["InvocationStatus"], "Timeout", row)
        self.assertEqual(row["Bytes"], b"before\r\n")
        self.agent.wait_until_pings_end(998)

    def test_a_megabyte_of_output_arrives_whole(self):
        content = b"".join(b"line %06d of a long file, told by type\r\n" % number for number in range(26_000))
        self.assertGreater(len(content), 1 << 20)
        path = self.world.path("big.txt")
        with open(path, "wb") as file:
            file.write(content)
        there = windows_path(path).replace("/", "\\")
        invoke_id = self.command(f"type {there}\n")
        self.assertEqual(self.end_of(invoke_id, 120)["InvocationStatus"], "Success")
        pieces = self.api.output(invoke_id, self.agent.id)
        self.assertEqual(sum(len(piece) for _, piece in pieces), len(content))
        self.assertEqual(b"".join(piece for _, piece in pieces), content)

    def test_a_script_goes_on_while_its_agent_is_killed_and_started_again(self):
        go = self.world.path("go")
        there = windows_path(go).replace("/", "\\")
        script = f"echo first\n:again\nif exist {there} goto on\n{_WAIT}goto again\n:on\necho second\n"
        invoke_id = self.command(script, Timeout=600)
        self.api.wait_for_output(invoke_id, self.agent.id, b"first", 30)
        self.agent.kill()
        with open(go, "wb"):
            pass
        self.agent.start().wait_until_connected(self.api, 60)
        row = self.end_of(invoke_id)
        self.assertEqual((row["InvocationStatus"], row["ExitCode"]), ("Success", 0), row)
        self.assertEqual(row["Bytes"], b"first\r\nsecond\r\n", "once, and all of it")

    def test_a_sent_file_lies_in_its_folder(self):
        sent = self.api.call("SendFile", Name="sent.txt", TargetDir="C:\\inbox", Content="from afar",
                             InstanceId=[self.agent.id]).ok()["InvokeId"]

        def shown():
            [row] = self.api.call("DescribeSendFileResults", InvokeId=sent).ok()["Invocations"]["Invocation"]
            [instance] = row["InvokeInstances"]["InvokeInstance"]
            return instance

        self.wait_for(lambda: shown()["InvocationStatus"] not in ("Pending", "Running"), 30, "the file is sent")
        self.assertEqual(shown()["InvocationStatus"], "Success", shown())
        with open(self.wine.in_windows("inbox", "sent.txt"), "rb") as file:
            self.assertEqual(file.read(), b"from afar")

    def test_powershell_runs_where_there_is_one(self):
        if not self.has_powershell:
            self.skipTest("no PowerShell here prints what it is told; Wine's own does not")
        row = self.end_of(self.command("Write-Output \"中文 $(6 * 7)\"\n[Console]::Error.WriteLine('no')\nexit 7\n",
                                       kind="RunPowerShellScript"))
        self.assertEqual((row["InvocationStatus"], row["ExitCode"]), ("Failed", 7), row)
        for line in ("中文 42\r\n", "no\r\n"):
            self.assertIn(line.encode(), row["Bytes"])

    def test_a_machine_without_powershell_says_so(self):
        if self.has_powershell:
            self.skipTest("there is one")
        row = self.end_of(self.command("Write-Output 1\n", kind="RunPowerShellScript"))
        self.assertEqual((row["InvocationStatus"], row["InvokeRecordStatus"]), ("Error", "Failed"), row)
        self.assertIn("PowershellNotFound", row["ErrorDetail"])

    def test_the_agent_ends_cleanly_at_ctrl_c(self):
        self.assertEqual(self.agent.interrupt(), 0)
        self.assertIn("agent.stopped", self.agent.program.log_text())

    def test_it_is_a_service_of_windows(self):
        agent = WindowsAgent(self.world, self.wine, self.server, "service").register(self.api)

        def connected():
            [row] = self.api.call("DescribeManagedInstances", InstanceId=[agent.id]).ok()["Instances"]
            return row["Connected"]

        def service(verb):
            done = agent.command("service", verb) if verb in ("install", "print") else self.wine.run(
                windows_program("assist-agent.exe"), "service", verb)
            return done.returncode, done.stdout + done.stderr

        self.assertEqual(service("status")[0], 4)
        code, said = service("start")
        self.assertEqual(code, 1)
        self.assertIn("service install", said)
        code, said = service("print")
        self.assertEqual(code, 0, said)
        self.assertIn("sc.exe create assist-agent binPath= ", said)
        for _ in range(2):  # again: it is set anew
            code, said = service("install")
            self.assertEqual(code, 0, said)
        self.assertEqual(service("status")[0], 3)
        code, said = service("start")
        self.assertEqual(code, 0, said)
        self.wait_for(connected, 60, "the service is connected")
        self.assertEqual(service("status")[0], 0)
        content = base64.b64encode(b"echo served").decode()
        served = self.api.call("RunCommand", _form=True, Type="RunBatScript", CommandContent=content,
                               ContentEncoding="Base64", InstanceId=[agent.id]).ok()["InvokeId"]
        row = self.api.wait_until_final(served, agent.id, 60)
        self.assertEqual(row["InvocationStatus"], "Success", row)
        self.assertEqual((row["InvocationStatus"], row["ExitCode"]), ("Success", 0), row)
        with open(agent.root + "/assist-agent.log", encoding="utf-8") as log:
            self.assertIn("agent.started", log.read())
        code, said = service("stop")
        self.assertEqual(code, 0, said)
        self.assertEqual(service("status")[0], 3)
        with open(agent.root + "/assist-agent.log", encoding="utf-8") as log:
            self.assertIn("agent.stopped", log.read())
        self.wait_for(lambda: not connected(), 30, "the server has seen it go")
        code, said = service("start")
        self.assertEqual(code, 0, said)
        self.wait_for(connected, 60, "the service is connected")
        code, said = service("uninstall")
        self.assertEqual(code, 0, said)
        self.assertEqual(service("status")[0], 4)
