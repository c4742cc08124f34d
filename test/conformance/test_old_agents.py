"""The C++ agents of 2018 and 2020 at a real server: known by their address, which the operator binds."""

import base64
import http.client
import json
import unittest

from harness import Server, WorldTest, raw
from harness.stock_agent import BoundAddress, CloudAgent, Key, StockAgent
from harness.world import free_port

ROUTES = ("task/fetch_task", "task/fetch_canceled_task", "task/fetch_active_period_task", "task/update_status",
          "task/upload_output", "update/update_check", "repo/query_software?", "exception/dump_report")


class OldAgents(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.plain_port = free_port()
        cls.server = Server(world, config=f"""
[plain]
listen = "127.0.0.1:{cls.plain_port}"
serve = ["legacy-agents"]
""").start()
        cls.api = cls.server.api()

    def plain(self, route, body="", method="POST", headers=()):
        """A request as libcurl of 2018 sends it. Status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.plain_port, timeout=10)
        try:
            path = route if route.startswith("/") else "/luban/api/v1/" + route
            connection.request(method, path, body, {"Content-Type": "application/json", **dict(headers)})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def fetch(self, route):
        status, body = self.plain(route)
        self.assertEqual(status, 200, body)
        return [entry["taskItem"] for entry in json.loads(body)]

    def upload(self, task_id, output, status="finished"):
        """Printed with line ends and tabs, as that agent does."""
        return self.plain("task/upload_output", json.dumps(
            {"taskID": task_id, "taskStatus": status, "taskOutput":
             {"taskInstanceOutput": base64.b64encode(output).decode(), "errNo": 0}}, indent="\t") + "\n")[0]

    def test_nobody_is_served_whose_address_is_not_bound(self):
        for route in ROUTES + ("/luban/api/connection_detect", "/luban/api/instance/register", "/luban/api/heart-beat",
                               "/luban/api/v1/task/list?reason=period"):
            with self.subTest(route):
                self.assertEqual(self.plain(route, headers=[("X-Client-Instance-Id", "mi-x")])[0], 404)
        answer = CloudAgent(self.server, BoundAddress(self.server)).send(
            "POST", "/luban/api/v1/task/list?reason=period", b"", [("X-Client-Instance-Id", "mi-x")])
        self.assertEqual(answer.status, 401)

    def test_the_plain_listener_serves_nothing_else(self):
        with BoundAddress(self.server):
            for route in ("/", "/metrics", "/luban/api/instance/register", "/luban/api/v1/task/list?reason=startup",
                          "/luban/notify_server", "/luban/api/v1/task/finish?taskId=t-1"):
                with self.subTest(route):
                    self.assertEqual(self.plain(route)[0], 404)

    def test_a_command_on_an_agent_of_2018(self):
        with BoundAddress(self.server) as bound:
            invoke_id = self.api.run("echo 123", [bound.id])
            self.assertEqual(self.fetch("task/fetch_canceled_task"), [])
            self.assertEqual(self.fetch("task/fetch_active_period_task"), [])
            (task,) = self.fetch("task/fetch_task")
            self.assertEqual((task["taskID"], task["type"], task["timeOut"], task["cron"]),
                             (invoke_id, "RunShellScript", "60", ""))
            self.assertEqual(base64.b64decode(task["commandContent"]), b"echo 123")
            self.assertEqual(self.fetch("task/fetch_task"), [], "once: it may be another run of the agent")
            self.assertEqual(self.upload(invoke_id, b"123\n"), 200)
            row = self.api.result(invoke_id, bound.id)
            self.assertEqual((row["InvocationStatus"], row["Bytes"], row["ExitCode"]), ("Success", b"123\n", 0))
            self.assertEqual(self.upload(invoke_id, b"again"), 200)
            self.assertEqual(self.api.result(invoke_id, bound.id)["Bytes"], b"123\n")
            self.assertEqual(self.upload("t-unknown", b""), 410)

    def test_a_schedule_on_an_agent_of_2018_and_its_end(self):
        with BoundAddress(self.server) as bound:
            invoke_id = self.api.run("echo tick", [bound.id], RepeatMode="Period", Frequency="0 * * * * *")
            for _ in range(2):  # every time: it is the list of what should be active
                (task,) = self.fetch("task/fetch_active_period_task")
                self.assertEqual((task["taskID"], task["cron"]), (invoke_id, "0 * * * * *"))
            self.assertEqual(self.upload(invoke_id, b"tick\n"), 200)
            (run,) = [row for row in self.api.results(invoke_id, bound.id, IncludeHistory=True) if row["Kind"] == "Run"]
            self.assertEqual((run["InvocationStatus"], base64.b64decode(run["Output"])), ("Success", b"tick\n"))
            self.api.call("StopInvocation", InvokeId=invoke_id).ok()
            self.assertEqual(self.fetch("task/fetch_active_period_task"), [])
            (stop,) = self.fetch("task/fetch_canceled_task")
            self.assertEqual(stop["taskID"], invoke_id)
            body = json.dumps({"taskStatus": "stopped", "taskID": invoke_id})
            self.assertEqual(self.plain("task/update_status", body)[0], 200)
            self.assertEqual(self.fetch("task/fetch_canceled_task"), [])
            self.assertIn(self.api.result(invoke_id, bound.id)["InvocationStatus"], ("Cancelled", "Terminated"))

    def test_a_task_for_a_user_is_not_handed_to_an_agent_that_would_run_it_as_root(self):
        with BoundAddress(self.server) as bound:
            invoke_id = self.api.run("id", [bound.id], Username="nobody")
            self.assertEqual(self.fetch("task/fetch_task"), [])
            row = self.api.result(invoke_id, bound.id)
            self.assertEqual((row["InvocationStatus"], row["ErrorCode"]), ("Aborted", "ClientNeedUpgrade"))

    def test_a_command_on_an_agent_of_2020(self):
        with BoundAddress(self.server) as bound:
            agent = CloudAgent(self.server, bound, [("X-Client-IP", "192.0.2.2;192.0.2.3")])
            agent.identity = lambda **_: agent.headers  # it has no User-Agent
            invoke_id = self.api.run("echo 123", [bound.id])
            beat = agent.signed("GET", "/luban/api/heart-beat?virt_type=KVM&os_type=linux&os_version=x&app_version=1.2"
                                "&uptime=1&timestamp=1")
            self.assertIs(beat.json["newTask"], True)
            self.assertGreaterEqual(beat.json["nextInterval"], 30_000)
            (entry,) = agent.signed("POST", "/luban/api/v1/task/list?reason=period").json["run"]
            self.assertEqual(entry["task"]["taskID"], invoke_id)
            self.assertIn("output", entry)
            prefix = "/luban/api/v1/task/"
            running = agent.signed("POST", f"{prefix}running?taskId={invoke_id}&start=1795353245479", b"12")
            self.assertEqual((running.json["received"], running.json["accepted"], running.json["current"]), (2, 2, 2))
            running = agent.signed("POST", f"{prefix}running?taskId={invoke_id}&start=1795353245479", b"3\n")
            self.assertEqual(running.json["current"], 4)
            end = agent.signed("POST", f"{prefix}finish?taskId={invoke_id}&start=1795353245479&end=1795353250716&exitCode=0"
                               "&dropped=0", b"end\n")
            self.assertEqual(end.status, 200)
            self.assertEqual(self.api.result(invoke_id, bound.id)["Bytes"], b"123\nend\n")

    def agent_of_2020(self, bound):
        agent = CloudAgent(self.server, bound, [("X-Client-IP", "192.0.2.2")])
        agent.identity = lambda **_: agent.headers  # it has no User-Agent
        return agent

    def test_the_heart_beat_tells_an_agent_of_2020_of_work_and_it_fetches(self):
        beat = "/luban/api/heart-beat?virt_type=KVM&os_type=linux&os_version=x&app_version=1.2&uptime=1&timestamp=1"
        with BoundAddress(self.server) as bound:
            agent = self.agent_of_2020(bound)
            agent.signed("POST", "/luban/api/v1/task/list?reason=period")
            invoke_id = self.api.run("echo 123", [bound.id])
            self.assertIs(agent.signed("GET", beat).json["newTask"], True)
            (entry,) = agent.signed("POST", "/luban/api/v1/task/list?reason=period").json["run"]
            self.assertEqual(entry["task"]["taskID"], invoke_id)
            self.assertIs(agent.signed("GET", beat).json["newTask"], False)
            self.api.call("StopInvocation", InvokeId=invoke_id).ok()
            self.assertIs(agent.signed("GET", beat).json["newTask"], True, "a stop is work")
            (entry,) = agent.signed("POST", "/luban/api/v1/task/list?reason=period").json["stop"]
            agent.signed("POST", f"/luban/api/v1/task/stopped?taskId={invoke_id}&start=1&end=2&dropped=0&result=killed")
            self.assertIs(agent.signed("GET", beat).json["newTask"], False)

    def test_the_whole_output_of_an_agent_of_2020_at_its_end_is_kept_once(self):
        """The answer to its last `running` was lost; its output is longer than its quota, so the server can know it."""
        with BoundAddress(self.server) as bound:
            agent = self.agent_of_2020(bound)
            invoke_id = self.api.run("yes", [bound.id])
            (entry,) = agent.signed("POST", "/luban/api/v1/task/list?reason=period").json["run"]
            quota = entry["output"]["logQuota"]
            prefix, lost = "/luban/api/v1/task/", 1000
            whole = b"%015d\n" * (quota // 16) % tuple(range(quota // 16)) + b"z" * lost
            agent.signed("POST", f"{prefix}running?taskId={invoke_id}&start=5", whole[:4000])
            end = agent.signed("POST", f"{prefix}finish?taskId={invoke_id}&start=5&end=6&exitCode=0&dropped={lost}",
                               whole[-quota:])
            self.assertEqual(end.status, 200)
            row = self.api.result(invoke_id, bound.id)
            self.assertEqual(len(row["Bytes"]) + row["Dropped"], len(whole), "nothing is counted twice")
            self.assertTrue(row["Bytes"].startswith(whole[:4000]))
            self.assertTrue(row["Bytes"].endswith(whole[-10_000:]))

    def test_a_repeated_request_of_a_registered_agent_adds_nothing(self):
        """Such an agent sends a `running` once. The same request again is a replay, not output; an equal one is output."""
        agent = StockAgent(self.server, Key(self.world.folder))
        self.assertEqual(agent.register(self.api.call("CreateActivation", InstanceCount=1).ok()).status, 200)
        invoke_id = self.api.run("echo tick", [agent.id])
        self.assertEqual(len(agent.fetch("startup").json["run"]), 1)
        target = f"/luban/api/v1/task/running?taskId={invoke_id}&invokeVersion=0&start=1795353245479"
        identity = agent.identity()
        self.assertEqual(agent.send("POST", target, b"tick\n", identity).status, 200)
        self.assertEqual(agent.send("POST", target, b"tick\n", identity).status, 401)
        self.assertEqual(agent.signed("POST", target, b"tick\n").status, 200)
        self.assertEqual(self.api.result(invoke_id, agent.id)["Bytes"], b"tick\ntick\n")

    def send_file(self, machine):
        return self.api.call("SendFile", Name="a.txt", TargetDir="/srv", Content="hello file\n",
                             InstanceId=[machine]).ok()["InvokeId"]

    def file_on(self, invoke_id):
        (row,) = self.api.call("DescribeSendFileResults", InvokeId=invoke_id).ok()["Invocations"]["Invocation"]
        (instance,) = row["InvokeInstances"]["InvokeInstance"]
        return instance["InvocationStatus"], instance["ErrorCode"]

    def test_an_agent_of_2018_knows_no_files_one_of_2020_does(self):
        with BoundAddress(self.server) as bound:
            invoke_id = self.send_file(bound.id)
            self.assertEqual(self.fetch("task/fetch_task"), [])
            self.assertEqual(self.file_on(invoke_id), ("Aborted", "ClientNeedUpgrade"))
            invoke_id = self.send_file(bound.id)
            agent = self.agent_of_2020(bound)
            beat = "/luban/api/heart-beat?virt_type=KVM&os_type=linux&os_version=x&app_version=1.2&uptime=1&timestamp=1"
            self.assertIs(agent.signed("GET", beat).json["newTask"], True)
            (entry,) = agent.signed("POST", "/luban/api/v1/task/list?reason=period").json["file"]
            self.assertEqual(entry["task"]["taskID"], invoke_id)
            self.assertEqual(base64.b64decode(entry["task"]["content"]), b"hello file\n")
            self.assertEqual(self.file_on(invoke_id), ("Running", ""))
            self.assertEqual(agent.signed("POST", "/luban/api/v1/task/list?reason=period").json["file"], [], "once")
            end = agent.signed("POST", f"/luban/api/v1/task/finish?taskId={invoke_id}&status=Success&taskType=sendfile"
                               "&errorcode=0")
            self.assertEqual(end.status, 200)
            self.assertEqual(self.file_on(invoke_id), ("Success", ""))

    def test_listings_mark_such_a_machine_and_a_key_keeps_an_address_away(self):
        with BoundAddress(self.server, "i-bp67acfmxazb4ph000") as bound:
            self.assertEqual(bound.id, "i-bp67acfmxazb4ph000")
            (row,) = self.api.call("DescribeCloudAssistantStatus", InstanceId=[bound.id]).ok()[
                "InstanceCloudAssistantStatusSet"]["InstanceCloudAssistantStatus"]
            self.assertIs(row["KnownByAddress"], True)
            self.assertIs(row["WeakSignature"], False)
            self.assertIn("i-bp67acfmxazb4ph000", bound.command("list"))
            with self.assertRaisesRegex(AssertionError, "is bound to"):
                bound.command("bind", "127.0.0.1", "i-another")
            with self.assertRaisesRegex(AssertionError, "no IP address"):
                bound.command("bind", "localhost")
            bound.command("bind", "::ffff:192.0.2.9", bound.id)
            self.assertIn("192.0.2.9 ", bound.command("list"))
            bound.command("unbind", "192.0.2.9")
        self.assertEqual(self.plain("task/fetch_task")[0] if self.wait_unbound() else 0, 404)

    def wait_unbound(self):
        self.wait_for(lambda: self.plain("/luban/api/connection_detect")[0] == 404, 10, "the address is nobody again")
        return True

    def test_plain_http_on_the_tls_port_stays_426(self):
        with BoundAddress(self.server):
            answer = raw.exchange(self.server.port, b"POST /luban/api/v1/task/fetch_task HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertEqual(raw.status_of(answer), 426)


if __name__ == "__main__":
    unittest.main()
