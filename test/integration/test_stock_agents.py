"""Machines with a stock agent at a real server: what is done when they do not hear, and how one becomes ours."""

import base64
import json
import subprocess
import time
import unittest
import zlib

from harness import Agent, Server, WorldTest
from harness.stock_agent import BoundAddress, Key, StockAgent
from harness.world import program_path


class Deafness(WorldTest):
    """A stock agent never polls; its WebSocket is all that reaches it (agent-protocol.md, 8.3)."""

    def setUp(self):
        super().setUp()
        self.server = Server(self.world).start()
        self.api = self.server.api()
        self.agent = StockAgent(self.server, Key(self.world.folder))
        self.assertEqual(self.agent.register(self.api.call("CreateActivation", InstanceCount=1).ok()).status, 200)
        self.agent.fetch("startup")
        self.began = time.time()

    def beat(self):
        uptime = int((time.time() - self.began) * 1000) + 60_000  # the process has run for a minute before
        answer = self.agent.signed("GET", "/luban/api/heart-beat?uptime=90000000&timestamp=1&pid=7"
                                   f"&process_uptime={uptime}&index=1&seq_no=1")
        self.assertEqual(answer.status, 200)

    def status(self):
        (row,) = self.api.call("DescribeCloudAssistantStatus", InstanceId=[self.agent.id]).ok()[
            "InstanceCloudAssistantStatusSet"]["InstanceCloudAssistantStatus"]
        return row

    def test_a_websocket_on_which_nobody_hears_is_closed_and_the_agent_is_deaf_until_it_comes_back(self):
        socket = self.agent.connect(seconds=30)
        self.beat()
        self.assertIs(self.status()["Deaf"], False)
        invoke_id = self.api.run("echo 1", [self.agent.id])
        kicks = []
        while True:  # takes in what comes and answers nothing, no ping either
            opcode, payload = socket.receive()
            if opcode == 8:
                break
            if opcode == 1:
                kicks.append(payload.decode())
        self.assertEqual(len(kicks), 3, kicks)
        self.assertTrue(all(kick == f"kick_vm task run {invoke_id}" or kick == "kick_vm" for kick in kicks), kicks)
        socket.close()

        def deaf():
            self.beat()
            return self.status()["Deaf"]

        self.wait_for(deaf, 20, "the listing says that it is deaf")
        row = self.status()
        self.assertEqual(row["CloudAssistantStatus"], "true", "it lives")
        back = time.mktime(time.strptime(row["ExpectedBackTime"], "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
        self.assertAlmostEqual(back, self.began - 60 + 30 * 60, delta=5, msg="30 minutes after its process began")
        self.assertEqual(self.api.result(invoke_id, self.agent.id)["InvocationStatus"], "Pending", "it waits")

        socket = self.agent.connect()
        self.assertTrue(socket.receive()[1].startswith(b"kick_vm"), "at once, with what has waited")
        (entry,) = self.agent.fetch().json["run"]
        self.assertEqual(entry["task"]["taskID"], invoke_id)
        self.assertIs(self.status()["Deaf"], False)
        socket.close()


class Inventory(WorldTest):
    """What a stock agent's state manager tells of its machine (agent-protocol.md, 18.3)."""

    def test_it_is_kept_shown_and_goes_with_the_machine(self):
        server = Server(self.world).start()
        api = server.api()
        agent = StockAgent(server, Key(self.world.folder))
        self.assertEqual(agent.register(api.call("CreateActivation", InstanceCount=1).ok()).status, 200)

        def put(*items):
            packer = zlib.compressobj(9, zlib.DEFLATED, -15)
            packed = packer.compress(json.dumps(items).encode()) + packer.flush()
            body = json.dumps({"items": base64.b64encode(packed).decode()}).encode()
            answer = agent.signed("POST", "/luban/api/instance/put_inventory", body)
            self.assertEqual((answer.status, answer.json["errCode"]), (200, "200"))

        def shown(**parameters):
            return api.call("DescribeAssistInventory", InstanceId=agent.id, **parameters).ok()["InventoryItems"][
                "InventoryItem"]

        packages = [{"Name": f"package-{n}", "Version": "1.0"} for n in range(3000)]
        item = {"CaptureTime": "2026-11-22T13:41:12Z", "ContentHash": "h1", "SchemaVersion": "1.0",
                "TypeName": "ACS:Application", "Content": packages}
        put(item, dict(item, TypeName="ACS:Network", Content=[{"Name": "eth0"}]))
        self.assertEqual([row["TypeName"] for row in shown()], ["ACS:Application", "ACS:Network"])
        self.assertNotIn("Content", shown()[0])
        (row,) = shown(TypeName="ACS:Application")
        self.assertEqual(json.loads(row["Content"]), packages)
        self.assertEqual((row["CaptureTime"], row["ContentHash"], row["Size"]),
                         ("2026-11-22T13:41:12Z", "h1", len(row["Content"])))
        put(dict(item, ContentHash="h2", Content=[]))  # short: blocks of fixed codes
        (row,) = shown(TypeName="ACS:Application")
        self.assertEqual((row["Content"], row["ContentHash"]), ("[]", "h2"))
        listed = subprocess.run([program_path("assist"), "ecs", "DescribeAssistInventory", "--InstanceId", agent.id,
                                 "--credentials", f"{server.data}/admin.json"], capture_output=True, text=True,
                                env=self.world.environment(), timeout=30)
        self.assertIn("ACS:Network", listed.stdout, listed.stderr)
        server.restart() if server.stop() == 0 else self.fail("the server did not stop")
        self.assertEqual(len(shown()), 2, "it survives a restart")

        answer = agent.signed("POST", "/luban/api/instance/put_inventory", b'{"items":"AAAA"}')
        self.assertEqual(answer.json["errCode"], "200", "accepted, and nothing of it kept")
        report = {"mode": "Monitor", "reportTime": "2026-11-22T13:41:12Z", "stateConfigurationId": "sc-1",
                  "status": "Compliant"}
        answer = agent.signed("POST", "/luban/api/instance/put_instance_state_report", json.dumps(report).encode())
        self.assertEqual(answer.json["errCode"], "200")
        self.assertEqual(len(shown()), 2)
        api.call("DeregisterManagedInstance", InstanceId=agent.id).ok()
        self.assertEqual(api.call("DescribeAssistInventory", InstanceId=agent.id).code, "InvalidInstance.NotFound")


class Move(WorldTest):
    """assist-agent takes a machine over from its stock agent; the instance id stays."""

    def setUp(self):
        super().setUp()
        self.server = Server(self.world).start()
        self.api = self.server.api()

    def code_for(self, machine):
        done = subprocess.run([program_path("assist-server"), "machine", "move", machine, "--data", self.server.data],
                              capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def take_over(self, agent, code):
        return agent.command("register", "--server", self.server.url, "--move", "-", *agent.trust_arguments(),
                             text_in=code + "\n")

    def runs(self, invoke_id, machine):
        rows = self.api.results(invoke_id, machine, IncludeHistory=True)
        return [row for row in rows[::-1] if row["Kind"] == "Run"]

    def test_commands_schedules_and_the_id_go_over_and_the_former_agent_is_refused(self):
        stock = StockAgent(self.server, Key(self.world.folder))
        activation = self.api.call("CreateActivation", InstanceCount=2, Tag=[{"Key": "role", "Value": "web"}]).ok()
        self.assertEqual(stock.register(activation).status, 200)
        stock.fetch("startup")
        running = self.api.run("sleep 60", [stock.id])
        schedule = self.api.run("echo tick", [stock.id], RepeatMode="Period", Frequency="* * * * * *")
        self.assertEqual({entry["task"]["taskID"] for entry in stock.fetch().json["run"]}, {running, schedule})
        report = "/luban/api/v1/task/"
        now = int(time.time() * 1000)
        for number in range(2):
            stock.signed("POST", f"{report}finish?taskId={schedule}&invokeVersion=0&start={now + 1000 * number}"
                         f"&end={now + 1000 * number + 5}&exitCode=0&dropped=0", b"tick\n")
        stock.signed("POST", f"{report}running?taskId={running}&invokeVersion=0&start={now}", b"begun\n")
        self.assertEqual([row["Occurrence"] for row in self.runs(schedule, stock.id)], [1, 2])
        waiting = self.api.run("echo moved", [stock.id])
        socket = stock.connect()

        agent = Agent(self.world, self.server, "moved")
        refused = self.take_over(agent, activation["ActivationCode"])
        self.assertEqual(refused.returncode, 1, "a stolen activation code moves nothing")
        self.assertIn("move code", refused.stderr)
        code = self.code_for(stock.id)
        done = self.take_over(agent, code)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"instance id: {stock.id}", done.stdout)
        agent.id = stock.id

        while socket.receive()[0] != 8:  # the former agent's WebSocket is closed
            pass
        socket.close()
        for method, target in (("GET", "/luban/api/heart-beat?uptime=1&timestamp=1&pid=1&process_uptime=1&index=1&seq_no=1"),
                               ("POST", "/luban/api/v1/task/list?reason=startup&cold_start=false&currentTime=1&offset=0"),
                               ("POST", f"{report}finish?taskId={running}&start={now}&end={now}&exitCode=0&dropped=0"),
                               ("POST", "/luban/api/instance/deregister")):
            with self.subTest(target):
                self.assertEqual(stock.signed(method, target).status, 401)
        row = self.api.result(running, agent.id)
        self.assertEqual((row["Outcome"], row["ErrorCode"], row["Bytes"]), ("Unknown", "ExecutionInterrupted", b"begun\n"))
        thief = Agent(self.world, self.server, "thief")
        self.assertEqual(self.take_over(thief, code).returncode, 1, "a code is good once")

        agent.start().wait_until_connected(self.api)
        self.assertEqual(self.api.wait_until_final(waiting, agent.id)["Bytes"], b"moved\n")
        rows = self.wait_for(lambda: found if len(found := self.runs(schedule, agent.id)) >= 4 else None, 20,
                             "the schedule goes on")
        numbers = [row["Occurrence"] for row in rows]
        self.assertEqual(numbers[:2], [1, 2])
        self.assertEqual(len(numbers), len(set(numbers)), "no number stands for two runs")
        self.assertGreaterEqual(numbers[2], 3)
        self.assertEqual(base64.b64decode(rows[2]["Output"]), b"tick\n")
        listed = self.api.call("DescribeManagedInstances").ok()
        self.assertEqual(listed["TotalCount"], 1, "no machine is new")
        self.assertEqual(listed["Instances"][0]["Tags"], [{"TagKey": "role", "TagValue": "web"}])
        (row,) = self.api.call("DescribeCloudAssistantStatus", InstanceId=[agent.id]).ok()[
            "InstanceCloudAssistantStatusSet"]["InstanceCloudAssistantStatus"]
        self.assertIs(row["WeakSignature"], False)

        # What was lost with the disk of our agent is replaced in the same way.
        agent.stop()
        heir = Agent(self.world, self.server, "heir")
        self.assertEqual(self.take_over(heir, self.code_for(agent.id)).returncode, 0)
        heir.id = agent.id
        agent.start()
        heir.start().wait_until_connected(self.api)
        invoke_id = self.api.run("echo $PPID; pwd > /dev/null", [heir.id])
        self.assertEqual(self.api.wait_until_final(invoke_id, heir.id)["InvocationStatus"], "Success")
        self.assertEqual(self.api.call("DescribeManagedInstances").ok()["TotalCount"], 1)

    def test_a_machine_known_by_its_address_proves_itself_from_then_on(self):
        bound = BoundAddress(self.server, "i-bp67acfmxazb4ph")
        bound.id = bound.command("bind", *bound.arguments).strip()
        agent = Agent(self.world, self.server, "moved")
        done = self.take_over(agent, self.code_for(bound.id))
        self.assertIn("instance id: i-bp67acfmxazb4ph", done.stdout, done.stderr)
        agent.id = bound.id
        agent.start().wait_until_connected(self.api)
        self.assertNotIn("127.0.0.1", bound.command("list"))
        invoke_id = self.api.run("echo mine", [agent.id])
        self.assertEqual(self.api.wait_until_final(invoke_id, agent.id)["Bytes"], b"mine\n")

    def test_options_that_contradict_each_other(self):
        agent = Agent(self.world, self.server, "moved")
        for arguments in (["--move", "m-1", "--activation-id", "A"], ["--move", "m-1", "--name", "x"],
                          ["--move", "m-1", "--stock-server"], ["--move", "-"], []):
            with self.subTest(arguments):
                done = agent.command("register", "--server", self.server.url, *arguments, *agent.trust_arguments(),
                                     text_in="")
                self.assertEqual(done.returncode, 2, done.stderr)


if __name__ == "__main__":
    unittest.main()
