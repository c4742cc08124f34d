"""assist-agent at a server that speaks only the stock protocol: what it sends is what the stock agent was seen to send.

Each conversation is a capture of the stock agent: the server's kicks go out at their times, its answers are the captured
ones, and the requests are compared in their order with their query members and bodies. What may differ is named here.
"""

import base64
import json
import os
import re
import time
import unittest

from harness import Agent, WorldTest
from harness.stock_server import HEARTBEAT, LIST, NOTIFY, REGISTER, RUNNING, StockServer

CAPTURES = os.path.join(os.path.dirname(__file__), "..", "data", "captures")

# Members of a registration that are another machine's, another key's, another agent's.
OF_THE_MACHINE = {"machineId", "hostname", "intranetIp", "osVersion", "agentVersion", "publicKey"}
# Members of a query that are times, or numbers of a process.
OF_THE_MOMENT = {"currentTime", "start", "end", "timestamp", "uptime", "pid", "process_uptime"}
OF_THE_PLACE = {"offset", "timeZone", "os_version", "machineid", "cold_start"}
# Headers whose values change with each request or machine; Accept-Encoding: our agent reads no compressed answers.
CHANGING_HEADERS = {"host", "user-agent", "content-length", "sec-websocket-key", "x-acs-instance-id",
                    "x-acs-request-id", "x-acs-signature", "x-acs-timestamp", "x-client-ip"}
NOT_SENT = {"accept-encoding"}
# What the stock agent tells about itself and ours does not: updates, metrics, inventory, channel reports.
NOT_ASKED = ("/luban/api/v1/update/", "/luban/api/metrics", "/luban/api/v1/exception/", "/luban/api/instance/list_",
             "/luban/api/v1/plugin/")


def capture(name):
    with open(os.path.join(CAPTURES, name + ".json"), encoding="utf-8") as file:
        exchanges = json.load(file)["exchanges"]
    return [exchange for exchange in exchanges if not exchange.get("path", "").startswith(NOT_ASKED)]


def body_of(exchange):
    body = exchange["body"] or ""
    return base64.b64decode(body["base64"]) if isinstance(body, dict) else body.encode()


def headers_of(pairs):
    """Names in lower case to values; None where the value changes."""
    named = {name.lower(): value for name, value in pairs if name.lower() not in NOT_SENT}
    return {name: None if name in CHANGING_HEADERS else value for name, value in named.items()}


# Refusals whose `value` ends in words of the program's own: compared up to here.
OWN_WORDS = {"CommandContentInvalid": "", "UsernameOrPasswordInvalid": ":"}


def settled(path, query):
    """The members in their order, those of moment and place without their values."""
    end = OWN_WORDS.get(dict(query).get("param"))
    told = [path]
    for name, value in query:
        if name == "value" and end is not None:
            value = value.partition(end)[0] if end else None
        told.append((name, None if name in OF_THE_MOMENT | OF_THE_PLACE else value))
    return told


def story(requests):
    """[(what was asked, bytes)]. How output was cut is a matter of time: what was sent of a task before its end is put
    before the bytes of its last report. So the empty `running` of a start counts for nothing, too: of a script that has
    ended when the first report is due, ours sends only the last."""
    told, early = [], {}
    for path, query, body in requests:
        task = dict(query).get("taskId")
        if path == HEARTBEAT:
            continue
        if path == RUNNING:
            early[task] = early.get(task, b"") + body
            continue
        sent = early.pop(task, b"") if path not in (LIST, RUNNING) else b""
        told.append((settled(path, query), SCRIPT.sub(b"SCRIPT", sent + body)))
    return told


# Many at once end in any order: compared by task.
IN_ANY_ORDER = {"run-many"}
# Where a script lies is the agent's own matter.
SCRIPT = re.compile(rb"/\S+/(?:script/deploy-t-run0012\.iv2|tasks/t-run0012/t-run0012)\.sh")

PLAYED = (
    "kick-plain", "list-empty", "list-400", "list-408", "list-500", "list-bad-type",
    "run-binary-output", "run-burst", "run-children", "run-duplicate-running", "run-many", "run-no-output-settings",
    "run-quota", "run-skip-empty", "run-stop", "run-timeout", "run-timeout-zero", "run-working-dir", "params-builtin",
    "params-unknown", "finish-400", "finish-retry", "stop-unknown",
    "error-powershell", "invalid-content", "invalid-type", "invalid-user", "invalid-working-dir",
    "invalid-container", "invalid-container-id",
    "test-invalid", "test-verified",
    "schedule-at-bad", "schedule-at-past", "schedule-at-short", "schedule-cron-bad", "schedule-cron-badgmt",
    "schedule-cron-badzone", "schedule-cron-badzone2", "schedule-cron-expired", "schedule-cron-fields",
    "schedule-rate-bad", "schedule-rate-large", "schedule-rate-zero", "schedule-repeat-unknown")


class AtAStockServer(WorldTest):
    def register(self, *arguments):
        self.server = StockServer(self.world)
        self.addCleanup(self.server.close)
        self.agent = Agent(self.world, self.server, "m1")
        done = self.agent.command(
            "register", "--server", self.server.url, "--activation-id", "11111111-2222-4333-8444-555555555555",
            "--activation-code", "-", "--name", "web-01", "--region", "cn-test100", "--tag", "env=test", "--tag",
            "team=ops", *arguments, text_in="a-code-001\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        # The captured machine had no containers.
        with open(os.path.join(self.agent.root, "agent.toml"), "w", encoding="ascii") as file:
            file.write('[containers]\ndocker = ""\ncri = []\n')
        return done

    def start(self):
        self.agent.start()
        self.wait_for(lambda: self.server.connected() and any(r.path == LIST for r in list(self.server.requests)), 20,
                      "the agent has fetched for the first time")

    def assert_signed(self):
        for request in self.server.requests:
            self.assertIsNone(request.fault, request.target)
            self.assertFalse([name for name, _ in request.headers if name.lower().startswith("x-assist")])

    def play(self, name, exchanges=None):
        with self.subTest(capture=name):
            exchanges = exchanges or capture(name)
            self.server.plan(exchanges)
            began = time.monotonic()
            kicks = [e for e in exchanges if e["kind"] == "websocket_frame" and e["from"] == "server"]
            for kick in kicks:
                due = began + (kick["at_ms"] - kicks[0]["at_ms"]) / 1000
                while time.monotonic() < due:
                    time.sleep(0.01)
                self.server.kick(kick["payload"])
            self.wait_for(self.server.all_used, 30, f"everything captured in {name} was asked")
            replies = [e["payload"] for e in exchanges if e["kind"] == "websocket_frame" and e["from"] == "agent"]
            self.wait_for(lambda: sorted(t for t in self.server.texts if not t.startswith("ping")) == sorted(replies), 10,
                          "the kicks are answered as captured")
            expected = story((e["path"], list(map(tuple, e["query"])), body_of(e)) for e in exchanges
                             if e["kind"] == "http")
            got = story((r.path, r.query, r.body) for r in self.server.requests)
            if name in IN_ANY_ORDER:
                got, expected = sorted(got, key=repr), sorted(expected, key=repr)
            self.assertEqual(got, expected)
            self.assert_times_agree()
            self.assert_signed()
            self.assert_headers_agree(exchanges)

    def assert_times_agree(self):
        """All reports of a task have one start; it ends after it."""
        starts = {}
        for request in self.server.requests:
            query = dict(request.query)
            if "start" in query:
                starts.setdefault(query["taskId"], set()).add(query["start"])
            if "end" in query:
                self.assertGreaterEqual(int(query["end"]), int(query["start"]), request.target)
        for task, values in starts.items():
            self.assertEqual(len(values), 1, task)

    def assert_headers_agree(self, exchanges):
        captured = {}
        for exchange in exchanges:
            if exchange["kind"] == "http":
                captured.setdefault(exchange["path"], headers_of(exchange["headers"]))
        for request in self.server.requests:
            if request.path in captured:
                self.assertEqual(headers_of(request.headers), captured[request.path], request.target)

    # ---- tests

    def test_it_registers_as_the_stock_agent_does(self):
        done = self.register("--stock-server")
        self.assertIn("register ok\ninstance id: mi-stock1\n", done.stdout)
        [request] = self.server.requests
        [exchange] = capture("register")
        ours, theirs = json.loads(request.body), json.loads(exchange["body"])
        self.assertEqual(list(ours), list(theirs), "the members in their order")
        for name, value in theirs.items():
            if name in OF_THE_MACHINE:
                self.assertIsInstance(ours[name], str)
            else:
                self.assertEqual(ours[name], value, name)
        self.assertEqual(headers_of(request.headers), headers_of(exchange["headers"]))

    def test_a_server_that_knows_nothing_of_ours_is_registered_with_in_its_way(self):
        done = self.register()
        self.assertIn("instance id: mi-stock2\n", done.stdout)
        self.assertIn("mi-stock1", done.stderr)
        first, second = self.server.registered
        self.assertEqual(first.pop("assist"), {"protocol": 1})
        self.assertEqual(list(second), list(first))
        self.start()
        self.assert_signed()
        self.wait_for(lambda: self.agent.command("status").returncode == 0, 10, "it is connected")

    def test_a_start_is_told_and_output_comes_while_the_script_runs(self):
        self.register("--stock-server")
        self.start()
        self.play("run-incremental")
        first, *more = [request for request in self.server.requests if request.path == RUNNING]
        self.assertEqual(first.body, b"")
        self.assertGreaterEqual(len([request for request in more if request.body]), 3)

    def test_it_starts_as_the_stock_agent_does(self):
        self.register("--stock-server")
        self.server.plan([])
        self.start()
        requests = list(self.server.requests)[:3]
        exchanges = [e for e in capture("startup") if e["kind"] in ("http", "websocket")][:3]
        self.assertEqual([e["path"] for e in exchanges], [NOTIFY, HEARTBEAT, LIST])
        for request, exchange in zip(requests, exchanges):
            self.assertEqual(request.path, exchange["path"])
            self.assertEqual(settled(request.path, request.query),
                             settled(exchange["path"], list(map(tuple, exchange["query"]))))
            self.assertEqual(headers_of(request.headers), headers_of(exchange["headers"]))
        self.wait_for(lambda: "ping keepalive" in self.server.texts, 10, "the first ping comes at once")
        self.assert_signed()

    def kick(self, text):
        """Returns the answer to it."""
        before = len(self.server.texts)
        self.server.kick(text)
        self.wait_for(lambda: len(self.server.texts) > before, 10, f"an answer to {text}")
        return self.server.texts[-1]

    def test_the_server_may_stop_or_deregister_it_only_where_the_operator_says_so(self):
        self.register("--stock-server")
        self.start()
        self.wait_for(lambda: "ping keepalive" in self.server.texts, 10, "the first ping")
        for action in ("stop", "remove", "update", "deregister"):
            self.assertEqual(self.kick(f"kick_vm agent {action}"), f"unknow:kick_vm agent {action}")
        self.assertTrue(self.agent.program.running())
        self.assertEqual(self.agent.stop(), 0)

        with open(os.path.join(self.agent.root, "agent.toml"), "w", encoding="ascii") as file:
            file.write("[kicks]\nstop = true\n")
        self.restart()
        self.assertEqual(self.kick("kick_vm agent deregister"), "unknow:kick_vm agent deregister")
        self.assertEqual(self.kick("kick_vm agent stop"), "accept:kick_vm agent stop")
        self.assertEqual(self.agent.program.wait(10), 86, "a service system would start it again")
        self.assertIn("stopped, as the server said", self.agent.program.log_text())
        self.assertFalse([r for r in self.server.requests if r.path.endswith("/deregister")])

        with open(os.path.join(self.agent.root, "agent.toml"), "w", encoding="ascii") as file:
            file.write("[kicks]\nderegister = true\n")
        self.restart()
        self.assertEqual(self.kick("kick_vm agent deregister"), "accept:kick_vm agent deregister")
        self.assertEqual(self.agent.program.wait(10), 0)
        self.assertEqual(len([r for r in self.server.requests if r.path.endswith("/deregister")]), 1)
        self.assert_signed()
        self.assertIn("registered: no", self.agent.command("status").stdout)

    def test_each_kick_is_answered_as_the_stock_agent_answers_it(self):
        self.register("--stock-server")
        self.restart()
        frames = [e for e in capture("notify-messages") if e["kind"] == "websocket_frame"]
        self.assertGreater(len(frames), 30)
        for kick, answer in zip(frames[::2], frames[1::2]):
            self.assertEqual((kick["from"], answer["from"]), ("server", "agent"))
            expected = answer["payload"]
            if " session " in expected:  # our agent has no sessions, and says so
                expected = expected.replace("accept:", "unknow:")
            self.assertEqual(self.kick(kick["payload"]), expected)

    def test_as_many_scripts_run_at_a_time_as_the_stock_agent_runs(self):
        self.register("--stock-server")
        self.start()
        self.play("run-many")
        runs = [dict(r.query) for r in self.server.requests if r.path.endswith("/finish")]
        self.assertEqual(len(runs), 13)
        starts = [int(run["start"]) for run in runs]
        at_a_time = [sum(int(run["start"]) <= start < int(run["end"]) for run in runs) for start in starts]
        self.assertEqual(max(at_a_time), 10)

    def restart(self):
        self.server.plan([])
        self.start()
        self.wait_for(lambda: "ping keepalive" in self.server.texts, 10, "the first ping")

    def test_it_does_what_the_stock_agent_did(self):
        self.register("--stock-server")
        self.start()
        for name in PLAYED:
            self.play(name)
        done = self.agent.command("status")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(self.agent.stop(), 0)


if __name__ == "__main__":
    unittest.main()
