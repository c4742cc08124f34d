"""Every capture of run-once work and of an agent's life, replayed; docs/conformance.md lists the others and why."""

import os
import re
import unittest

from harness import Server, WorldTest, raw
from harness.stock_agent import Key, StockAgent
from replay_captures import FOLDER, Replay

REPLAYED = """
register hybrid-public-domain hybrid-public-domain-old hybrid-vpc-domain
startup startup-warm idle-timeline proxy
notify-close notify-early-kick notify-reconnect
kick-plain list-empty
run-binary-output run-burst run-children run-duplicate-running run-incremental run-many run-no-output-settings run-quota
run-signal run-skip-empty run-stop run-timeout run-timeout-zero run-user-dir run-working-dir
params-builtin stop-queued error-duplicate
update-disabled state-manager-unsupported
""".split()
# Files, likewise.
FILES = """
sendfile-create-fail sendfile-dest-is-file sendfile-exists sendfile-no-group sendfile-no-owner sendfile-ok sendfile-overwrite
sendfile-space-exists sendfile-space-exists2
""".split()
# Schedules: the entries are made through the API, and every run is found in the history.
SCHEDULES = """
at cron cron-completed cron-gmt cron-modified cron-stop-running cron-stop-unknown cron-timezone rate stop-unknown
""".split()
# The agent refused the schedule (or said nothing); the API makes no such schedule, so a good one is offered.
PLAIN_SCHEDULES = """
schedule-at-bad schedule-at-past schedule-at-short schedule-cron-bad schedule-cron-badgmt schedule-cron-badzone
schedule-cron-badzone2 schedule-cron-expired schedule-cron-fields schedule-rate-bad schedule-rate-large schedule-rate-zero
schedule-repeat-unknown
""".split()
# The captured server offered plugins, updates, sessions, state configurations. Ours has none: the agent's requests are all
# taken, the answers have the form, and hold nothing.
LACKING = """
plugin-exec-errors plugin-exec-file plugin-exec-once plugin-exec-persist plugin-list plugin-remove plugin-timers
session-bridge session-command session-duplicate session-empty-list session-flowlimit-crash session-idle session-long-id
session-no-user session-open-refused session-port session-port-closed session-port-end session-port-peer-closes
session-reconnect session-server-closes session-stop session-terminal
state-manager state-manager-unchanged-first
update-404 update-bad-exe update-bad-url update-local-folder update-md5 update-not-zip update-ok update-script-fails
updater-program
""".split()
# Machines of the cloud: no registration; their address is bound by the operator.
CLOUD = """
cloud-classic cloud-gshell cloud-gshell-throttle cloud-gshell-unsupported cloud-heartbeat-http-down cloud-run cloud-startup
external-provider
""".split()
# The agent answers frames that this server does not send.
TALKING = """
notify-binary-and-ping notify-deregister notify-messages
""".split()
# The capture's server refused on purpose here, to see what the agent does; ours must take these requests.
REFUSED_ON_PURPOSE = """
heartbeat notify-refused list-400 list-408 list-500 finish-400 finish-retry
register-code-text
""".split()
# The entry that the agent refused cannot be made through the API; a plain one is offered, the report is the captured one.
PLAIN_ENTRIES = """
error-bat error-powershell invalid-container invalid-container-id invalid-content invalid-type invalid-user
invalid-user-root invalid-working-dir params-oos params-unknown list-bad-type test-invalid
sendfile-bad-base64 sendfile-bad-md5 sendfile-bad-mode sendfile-bad-mode2 sendfile-default-dir sendfile-empty sendfile-no-name
""".split()


class Captures(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.server = Server(world).start()
        cls.api = cls.server.api()
        cls.key = Key(world.folder)

    def replay(self, name, **how):
        replay = Replay(name, self.server, self.api, self.key, **how)
        replay.run().check_outcome()
        self.assertGreater(replay.compared, 0, "nothing was compared")
        self.assertTrue(self.server.program.running())

    def test_deregistration(self):
        agent = StockAgent(self.server, self.key)
        agent.register(self.api.call("CreateActivation").ok())
        before = self.api.call("DescribeManagedInstances", InstanceId=[agent.id]).ok()["TotalCount"]
        answer = agent.signed("POST", "/luban/api/instance/deregister")
        self.assertEqual((answer.status, answer.json["code"]), (200, 200))
        after = self.api.call("DescribeManagedInstances", InstanceId=[agent.id]).ok()["TotalCount"]
        self.assertEqual((before, after), (1, 0))
        # From now on it is nobody; but a second try must not look like an error of the server.
        self.assertIn(agent.signed("POST", "/luban/api/v1/task/list?reason=kickoff&currentTime=1&offset=0&timeZone=UTC")
                      .status, (401, 403))
        self.assertLess(agent.signed("POST", "/luban/api/instance/deregister").status, 500)

    def test_registration_is_refused_with_another_code_than_200(self):
        """register-failures: the agent takes only the number 200 for a success."""
        activation = self.api.call("CreateActivation", InstanceCount=1).ok()
        for fields in ({"activationCode": "a-wrong"}, {"activationId": "11111111-2222-4333-8444-555555555555"},
                       {"publicKey": "bm8ga2V5"}, {"activationCode": None}):
            with self.subTest(fields=fields):
                agent = StockAgent(self.server, self.key)
                answer = agent.register(activation, **fields)
                self.assertIsNone(agent.id)
                self.assertTrue(answer.status > 400 or answer.json["code"] != 200, answer)
                self.assertLess(answer.status, 500)
        agent = StockAgent(self.server, self.key)
        self.assertEqual(agent.register(activation).json["code"], 200)
        again = StockAgent(self.server, self.key)
        self.assertTrue(again.register(activation).status != 200 or again.id is None, "the code was good for one machine")

    def test_a_heart_beat_as_plain_http_on_the_tls_port(self):
        """env-unregistered: a 400 there would count as a success, and the server would never see a heart-beat."""
        answer = raw.exchange(self.server.port, b"GET /luban/api/heart-beat?uptime=1&index=0 HTTP/1.1\r\nHost: "
                              b"127.0.0.1\r\nUser-Agent: linux_amd64/2.2.3.578\r\n\r\n")
        self.assertEqual(raw.status_of(answer), 426)

    def test_signatures(self):
        agent = StockAgent(self.server, self.key)
        agent.register(self.api.call("CreateActivation").ok())
        target = "/luban/api/v1/task/list?reason=kickoff&currentTime=1&offset=0&timeZone=UTC"
        content = [("Content-Type", "application/json; charset=utf-8")]
        good = agent.identity()
        self.assertEqual(agent.send("POST", target, b"", good + content).status, 200)
        with self.subTest("the same request again"):
            self.assertIn(agent.send("POST", target, b"", good + content).status, (401, 403))
        with self.subTest("an old time"):
            self.assertIn(agent.send("POST", target, b"", agent.identity(timestamp=1_500_000_000_000) + content).status,
                          (401, 403))
        with self.subTest("another machine's key"):
            other = StockAgent(self.server, Key(self.world.folder))
            other.id, other.machine_id = agent.id, agent.machine_id
            self.assertIn(other.send("POST", target, b"", other.identity() + content).status, (401, 403))
        with self.subTest("another machine id"):
            other = StockAgent(self.server, self.key)
            other.id = agent.id
            self.assertIn(other.send("POST", target, b"", other.identity() + content).status, (401, 403))

    def test_an_agent_cannot_report_for_another(self):
        one, other = (StockAgent(self.server, self.key) for _ in range(2))
        for agent in (one, other):
            agent.register(self.api.call("CreateActivation").ok())
        invoke_id = self.api.run("echo 1", [one.id])
        answer = other.signed("POST", f"/luban/api/v1/task/finish?taskId={invoke_id}&invokeVersion=0&start=1&end=2"
                              "&exitCode=0&dropped=0", b"stolen")
        self.assertEqual(answer.status, 410)
        self.assertEqual(self.api.result(invoke_id, one.id)["InvocationStatus"], "Pending")
        answer = one.signed("POST", "/luban/api/v1/task/finish?taskId=t-unknown&invokeVersion=0&start=1&end=2&exitCode=0"
                            "&dropped=0")
        self.assertEqual(answer.status, 410)

    def test_a_report_that_a_task_was_verified_changes_nothing(self):
        """test-verified: this server has no pre-checks; a report of one is taken, and the task still waits."""
        agent = StockAgent(self.server, self.key)
        agent.register(self.api.call("CreateActivation").ok())
        invoke_id = self.api.run("echo 1", [agent.id])
        before = self.api.result(invoke_id, agent.id)
        answer = agent.signed("POST", f"/luban/api/v1/task/verified?taskId={invoke_id}&invokeVersion=0")
        self.assertEqual((answer.status, answer.json), (200, {"code": 200, "instanceId": agent.id}))
        self.assertEqual(self.api.result(invoke_id, agent.id), before)

    def test_a_file_report_with_a_raw_space_is_read_and_never_answered_with_400(self):
        """The value is not escaped. 400 would count as delivered; an unknown task is gone: 410."""
        agent = StockAgent(self.server, self.key)
        agent.register(self.api.call("CreateActivation").ok())
        lines = [b"POST /luban/api/v1/task/invalid?taskId=f-0015&taskType=sendfile&param=FileExist&value=with space.txt "
                 b"HTTP/1.1", b"Host: 127.0.0.1", b"Content-Length: 0", b"Connection: close"]
        lines += [f"{name}: {value}".encode() for name, value in agent.identity()]
        answer = raw.exchange(self.server.port, b"\r\n".join(lines) + b"\r\n\r\n", self.server.tls())
        self.assertEqual(raw.status_of(answer), 410, answer)

    def test_every_capture_is_accounted_for(self):
        """docs/conformance.md names each capture, replayed or not; the list there and the one here agree."""
        path = os.path.join(FOLDER, "..", "..", "..", "docs", "conformance.md")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        replayed, _, others = text.partition("## Not replayed")
        others, _, other_direction = others.partition("## The other direction")
        names = {name[:-5] for name in os.listdir(FOLDER) if name.endswith(".json")}
        listed = set(re.findall(r"`([a-z0-9-]+)`", replayed)) & names
        left_out = set(re.findall(r"`([a-z0-9-]+)`", others)) & names
        by_hand = {"deregister", "register-failures", "env-unregistered", "test-verified"}
        self.assertEqual(listed, set(REPLAYED + FILES + SCHEDULES + PLAIN_SCHEDULES + LACKING + TALKING + CLOUD + REFUSED_ON_PURPOSE +
                                     PLAIN_ENTRIES) | by_hand)
        self.assertEqual(listed & left_out, set())
        self.assertEqual(names - listed - left_out, set())
        rows = "".join(re.findall(r"^\| (.*?) \|", other_direction, re.MULTILINE))
        named = set(re.findall(r"`([a-z0-9-]+)`", rows))
        self.assertTrue({"register", "rate"} <= named, rows)
        self.assertEqual(named - names, set(), "what our agent is said to play is a capture")
        patterns = re.findall(r"`([a-z0-9-]+)\*`", rows)
        rest = {name for name in names if any(name.startswith(pattern) for pattern in patterns)}
        self.assertEqual(names - named - rest, set(), "each capture has its line, played or not")
        self.assertEqual(named & rest, set(), "no capture has two")


def _add(name, **how):
    def test(self):
        self.replay(name, **how)

    test.__name__ = f"test_{name.replace('-', '_')}"
    test.__doc__ = None
    setattr(Captures, test.__name__, test)


for _name in REPLAYED + FILES + SCHEDULES:
    _add(_name)
for _name in LACKING:
    _add(_name, lacking=True)
for _name in CLOUD:
    _add(_name, cloud=True, lacking=True)
for _name in TALKING:
    _add(_name, talking=True)
for _name in REFUSED_ON_PURPOSE:
    _add(_name, refusals=True)
for _name in PLAIN_ENTRIES + PLAIN_SCHEDULES:
    _add(_name, plain=True)


if __name__ == "__main__":
    unittest.main()
