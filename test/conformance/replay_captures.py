"""Replays captured conversations of the stock agent against a real server.

The agent's side of a capture is sent again, request by request, with an own identity: registered anew, signed anew, ids and
times replaced. What the capture's server did (a task, a stop) is asked for through the API, so that the server under test
makes the kick and the list itself. Each answer is compared with the captured one: status, members, JSON types, and every
value that is not declared as changing below.
"""

import base64
import json
import os
import re
import time
import urllib.parse

from harness import raw
from harness.stock_agent import USER_AGENT, BoundAddress, CloudAgent, StockAgent

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "captures")

# Values that may differ, by path of the request and member of the answer. Their JSON types must still agree.
CHANGING = {
    "*": {"instanceId"},
    "/luban/api/heart-beat": {"nextInterval", "newTasks"},
    "/luban/api/v1/update/update_check": {"next_interval", "flag", "md5", "url"},
    "/luban/api/v1/plugin/list": {"requestId", "pluginId", "md5", "url"},
    "/luban/api/v1/task/list": {"taskID", "commandId", "commandName", "creationTime", "invokeVersion", "interval",
                                "logQuota", "skipEmpty", "sendStart", "timeOut"},
    "/luban/api/instance/list_instance_state_configurations": {"errCode", "errMsg"},
    "/luban/api/instance/get_template": {"errCode", "errMsg"},
    "/luban/api/instance/put_inventory": {"RequestId"},
    "/luban/api/instance/put_instance_state_report": {"RequestId"},
    "/luban/api/gshell": {"maxKickVmCount", "maxKickVmPeriod", "wssCoolDownCount", "wssCoolDownTime"},
    "/luban/api/v1/plugin/report_status": {"scanInterval", "pullInterval", "refreshInterval"},
}
# Members of captured answers that no agent looks at (agent-protocol.md, sections 9, 17 and 23): they may be missing.
OPTIONAL = {
    "/luban/api/metrics": {"errCode"},
    "/luban/api/v1/exception/client_report": {"errCode"},
    "/luban/api/v1/task/list": {"args", "cron", "windowsPasswordName", "test", "file", "session"},
    "/luban/api/instance/list_instance_state_configurations": {"result"},
    "/luban/api/instance/get_template": {"result"},
    "/luban/api/gshell": {"requestId", "retry"},
}
# What some captured servers offered, as a server says it that has none of it (`lacking`). None: the member is not there.
LACKING = {
    "/luban/api/v1/plugin/list": {"pluginList": []},
    "/luban/api/v2/plugin/update_check": {"plugin": []},
    "/luban/api/v1/update/update_check": {"need_update": 0, "update_info": None},
    "/luban/api/v1/session/list": {"session": []},
    "/luban/api/gshell": {"gshellSupport": "false"},
}
# Members that the server may add; agents ignore them.
# newTask, received, accepted, current: for the agents of section 21.
ADDED = {"flag", "code", "errMsg", "instanceId", "newTask", "received", "accepted", "current", "next_interval",
         "throttlingConfig"}
# The members of a task entry and their JSON types (section 9.3). A wrong type makes the agent drop the whole answer.
ENTRY = {"task": dict, "output": dict, "repeat": str}
TASK = {"taskID": str, "invokeVersion": int, "type": str, "commandId": str, "commandName": str, "commandContent": str,
        "timeOut": str, "workingDirectory": str, "args": str, "cron": str, "username": str, "windowsPasswordName": str,
        "enableParameter": bool, "builtInParameter": dict, "creationTime": int, "containerId": str, "containerName": str,
        "instanceId": str}
OUTPUT = {"interval": int, "logQuota": int, "skipEmpty": bool, "sendStart": bool}
UNKNOWN_TO_STOCK_AGENTS = {"assist", "terminationMode", "launcher"}
# The members of a `file` entry (section 14).
FILE = {"taskID": str, "name": str, "destination": str, "content": str, "contentType": str, "signature": str, "owner": str,
        "group": str, "mode": str, "overwrite": bool, "timeout": int}
# What the API says of a file that the agent could not write or refused (openapi.md, 8.4).
FILE_ERRORS = {"1": "FileCreateFail", "2": "FileAuthorityInvalid", "3": "FileAuthorityInvalid", "4": "FilePathInvalid",
               "FileNameInvalid": "FileNameInvalid", "EmptyFile": "FileContentInvalid", "FileExist": "FileAlreadyExists",
               "InvalidFileContent": "FileContentInvalid", "InvalidSignature": "FileContentInvalid",
               "InvalidFileMode": "FileAuthorityInvalid", "FileGroupNotExist": "UserGroupNotExists",
               "FileOwnerNotExist": "AccountNotExists"}
MANDATORY = {"run": ("taskID", "type", "commandContent", "timeOut"), "stop": ("taskID", "invokeVersion"), "file": tuple(FILE)}

REPORTS = ("running", "finish", "timeout", "error", "stopped", "invalid", "verified")


class Difference(AssertionError):
    """The server answered otherwise than the capture."""


def check_entry(entry, kind):
    """An entry of the run, the stop or the file list has nothing but known members of the right types."""
    task = FILE if kind == "file" else TASK
    for where, shape in ((entry, ENTRY), (entry.get("task", {}), task), (entry.get("output", {}), OUTPUT)):
        for name, value in where.items():
            if name in UNKNOWN_TO_STOCK_AGENTS:
                continue
            if type(value) is not shape.get(name):
                raise Difference(f"task/list: {name} of a {kind} entry is {value!r}")
    for name in MANDATORY[kind]:
        if name not in entry["task"]:
            raise Difference(f"task/list: a {kind} entry has no {name}")
    for value in entry["task"].get("builtInParameter", {}).values():
        if not isinstance(value, str):
            raise Difference(f"task/list: builtInParameter holds {value!r}")


def compare(wanted, got, path, where="answer"):
    """Members and types of `got` against those of the captured `wanted`."""
    in_entry = where.startswith(("answer.run[", "answer.stop[", "answer.file["))  # check_entry() knows the members there
    changing = CHANGING["*"] | CHANGING.get(path, set())
    optional = OPTIONAL.get(path, set())
    if type(wanted) is not type(got):
        raise Difference(f"{path}: {where} is {got!r}, captured was {wanted!r}")
    if isinstance(wanted, dict):
        for name, value in wanted.items():
            if name not in got:
                if name in optional or value is None:
                    continue
                raise Difference(f"{path}: {where} has no {name}, captured was {value!r}")
            if value is None:
                continue
            if name in changing:
                if type(value) is not type(got[name]):
                    raise Difference(f"{path}: {where}.{name} is {got[name]!r}, captured was {value!r}")
                continue
            compare(value, got[name], path, f"{where}.{name}")
        for name in got:
            if name not in wanted and name not in ADDED and not in_entry:
                raise Difference(f"{path}: {where} has {name}, which the capture does not have")
    elif isinstance(wanted, list):
        if len(wanted) != len(got):
            raise Difference(f"{path}: {where} has {len(got)} entries, captured were {len(wanted)}")
        for index, (one, other) in enumerate(zip(wanted, got)):
            compare(one, other, path, f"{where}[{index}]")
    elif wanted != got:
        raise Difference(f"{path}: {where} is {got!r}, captured was {wanted!r}")


class Replay:
    """One capture, one newly registered machine."""

    def __init__(self, name, server, api, key, refusals=None, plain=False, lacking=False, talking=False,
                 cloud=False):
        """`refusals`: the capture's server refused on purpose; ours must say 200 there. `plain`: the captured entries cannot
        be made through the API (no such type, …), so plain ones are offered, and only their form is compared. `lacking`: the
        captured server offered what this one has none of (LACKING). `talking`: the agent answers frames that this server
        does not send; its answers are sent all the same. `cloud`: the agent has no registration; its address is bound
        to a machine."""
        with open(os.path.join(FOLDER, f"{name}.json"), encoding="utf-8") as file:
            self.capture = json.load(file)
        self.name, self.api, self.refusals, self.plain = name, api, refusals, plain
        self.lacking, self.talking, self.cloud, self.server = lacking, talking, cloud, server
        self.agent = None if cloud else StockAgent(server, key)
        self.ids = {}        # captured task id -> ours
        self.versions = {}   # (captured task id, captured invokeVersion) -> ours
        self.schedules = {}  # captured task id -> the expression that was asked for
        self.reported = set()
        self.ran = set()
        self.stopped = set()
        self.kicks = []      # texts that came over the WebSocket and were not yet looked for
        self.outcome = {}    # our id -> (last report, query, all bytes)
        self.files = {}      # our id of a file -> (report, query)
        self.runs = {}       # our id of a schedule -> {captured start -> the same}
        self.compared = 0
        self.shift = None

    # --- going through it ----------------------------------------------------------------------------------------

    def run(self):
        if not self.cloud:
            return self._run()
        said = [(name, value) for exchange in self.capture["exchanges"] for name, value in exchange.get("headers", [])
                if name.lower() in ("x-client-instance-id", "x-acs-instance-id")]
        machine = next((value for name, value in said if name.lower() == "x-acs-instance-id"), None)
        with BoundAddress(self.server, machine) as bound:
            self.agent = CloudAgent(self.server, bound, said[:1])
            return self._run()

    def _run(self):
        exchanges = [exchange for exchange in self.capture["exchanges"]
                     if exchange["kind"] == "websocket_frame" or exchange.get("path", "").startswith("/luban/")]
        registers = any(exchange.get("path", "").endswith("/instance/register") for exchange in exchanges)
        activation = self.api.call("CreateActivation", InstanceCount=1).ok()
        if not registers and not self.cloud:
            answer = self.agent.register(activation)
            if self.agent.id is None:
                raise Difference(f"registration: {answer}")
        opens = exchanges[0]["kind"] != "websocket_frame" and any(
            exchange["kind"] == "websocket" for exchange in exchanges)
        if not registers and not opens:
            self.agent.connect()
            self.agent.fetch("startup").ok()
        for index, exchange in enumerate(exchanges):
            if exchange.get("path", "").endswith("/session/backend"):
                self._session_channel(exchange)
            elif exchange["kind"] == "websocket" or exchange.get("path", "").endswith("/notify_server"):
                self._open(exchange)
            elif exchange["kind"] == "websocket_frame":
                self._frame(exchange, exchanges[index:])
            elif exchange["path"].endswith("/instance/register"):
                self._register(exchange, activation)
            else:
                self._request(exchange, exchanges[index:])
        if self.agent.socket:
            self.agent.socket.close()
        return self

    def _open(self, exchange):
        self.agent.connect()
        self.compared += 1
        for frame in exchange.get("frames", []):
            if frame["from"] == "agent" and frame["opcode"] == "ping":
                self.agent.socket.send(frame["payload"], 9)
                self._wait_for_pong(frame["payload"])

    def _frame(self, frame, following):
        if frame["from"] == "server" and frame["opcode"] == "text" and not self.talking:
            self._make_what_is_listed_next(following)
        elif self.talking and self.agent.socket and frame["from"] == "agent" and frame["opcode"] in ("text", "pong"):
            self.agent.socket.send(frame["payload"], 1 if frame["opcode"] == "text" else 10)
            self._still_listening()
        elif self.agent.socket is None:
            return  # deregistered: the server has closed it
        elif frame["from"] == "agent" and frame["opcode"] == "ping":
            self.agent.socket.send(frame["payload"], 9)
            self._wait_for_pong(frame["payload"])

    def _still_listening(self):
        self.agent.socket.send("still there", 9)
        self._wait_for_pong("still there")

    def _session_channel(self, exchange):
        """Without sessions there is no channel: an answer that the agent takes for a refusal (above 400)."""
        answer = self.agent.signed("GET", exchange["target"])
        if not 400 < answer.status < 500:
            raise Difference(f"{exchange['path']}: {answer}")
        self.compared += 1

    def _register(self, exchange, activation):
        fields = json.loads(exchange["body"])
        for name in ("activationCode", "activationId", "publicKey"):
            fields.pop(name)
        fields["machineId"] = self.agent.machine_id
        answer = self.agent.register(activation, **fields)
        self._check(exchange, answer)
        if self.agent.id is None:
            raise Difference(f"registration: {answer}")

    def _request(self, exchange, following):
        if exchange["path"].endswith("/task/list"):
            # A kick over the serial port of a cloud machine is not in `following`, so each list stands for itself there.
            self._make_what_is_listed_next(following[:1] if self.cloud else following)
        body = exchange["body"]
        if isinstance(body, dict):
            body = base64.b64decode(body["base64"])
        else:
            body = body.encode()
        content_type = dict((name.lower(), value) for name, value in exchange["headers"]).get("content-type")
        target = self._target(exchange)
        names = {name.lower() for name, _ in exchange["headers"]}
        if self.cloud and exchange["scheme"] == "http":
            self._plain_heartbeat(target)
            if "none" in exchange["response"]:
                return  # so it was in the capture, too; what follows comes over TLS
        elif not self.cloud and "x-acs-instance-id" not in names and not exchange["path"].endswith("/connection_detect"):
            self._unknown_agent(exchange, target, body, content_type)
            return
        answer = self.agent.signed(exchange["method"], target, body, content_type)
        self._check(exchange, answer)
        if exchange["path"].endswith("/instance/deregister"):
            self.agent.socket.close()
            self.agent.socket = None
        self._remember(exchange, body)

    def _plain_heartbeat(self, target):
        """Over plain HTTP to the port of TLS: a status that sends the agent to HTTPS."""
        answer = raw.exchange(self.server.port, f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        if raw.status_of(answer) != 426:
            raise Difference(f"{target}: {answer!r}")
        self.compared += 1

    def _unknown_agent(self, exchange, target, body, content_type):
        """The agent has no identity (any more): it is refused with a status that it takes for an error."""
        answer = self.agent.send(exchange["method"], target, body, [("User-Agent", USER_AGENT),
                                                                    ("Content-Type", content_type)])
        if answer.status not in (401, 403):
            raise Difference(f"{exchange['path']}: {answer}")
        self.compared += 1

    # --- what the capture's server did, through the API ----------------------------------------------------------

    def _make_what_is_listed_next(self, following):
        """Before the kick that announces it: creates the tasks, or asks for the stops, of the next list."""
        listing = next((exchange for exchange in following if exchange.get("path", "").endswith("/task/list") and
                        self._entries(exchange)), None)
        if listing is None:
            return
        answer = self._entries(listing)
        made = False
        listed = (answer.get("run") or []) + (answer.get("test") or [] if self.plain else [])
        for entry in listed:
            captured, version = entry["task"]["taskID"], entry["task"].get("invokeVersion", 0)
            if captured not in self.ids:
                self.ids[captured] = self._create(entry)
                made = True
            elif entry.get("repeat") == "Period" and (captured, version) not in self.versions:
                self.api.call("ModifyInvocationAttribute", InvokeId=self.ids[captured], ContentEncoding="Base64",
                              CommandContent=entry["task"]["commandContent"]).ok()
                made = True
        for entry in answer.get("file") or []:
            captured = entry["task"]["taskID"]
            if captured not in self.ids:
                self.ids[captured] = self._send_file(entry["task"])
                made = True
        for entry in answer.get("stop") or []:
            captured = entry["task"]["taskID"]
            if captured not in self.ids:
                # A stop for what the agent does not know: an earlier run of it had the task.
                self.ids[captured] = self._create(entry)
                self._wait_for_kick()
                self.agent.fetch("kickoff", self.ids[captured]).ok()
            if captured not in self.stopped:
                self.stopped.add(captured)
                self.api.call("StopInvocation", InvokeId=self.ids[captured]).ok()
                made = True
        if made:
            self._wait_for_kick()

    @staticmethod
    def _entries(exchange):
        try:
            answer = json.loads(exchange["response"]["body"])
        except (ValueError, KeyError, TypeError):
            return None
        has_work = isinstance(answer, dict) and any(answer.get(name) for name in ("run", "stop", "test", "file"))
        return answer if has_work else None

    def _create(self, entry):
        task, repeat = entry["task"], entry.get("repeat") or "Once"
        if self.plain and repeat == "Once":
            return self.api.run("echo plain", [self.agent.id])
        schedule = {}
        if repeat != "Once":
            frequency = "0 0 0 1 1 ? 2090" if self.plain else self._frequency(task["cron"])
            self.schedules[task["taskID"]] = frequency
            if frequency.startswith("at("):
                frequency = frequency.replace("T", " ")  # the API's form of it
            schedule = {"RepeatMode": "Period", "Frequency": frequency}
        timeout = int(task["timeOut"]) if str(task["timeOut"]).isdigit() else 0
        parameters = {"Type": task["type"], "CommandContent": task["commandContent"], "ContentEncoding": "Base64",
                      "InstanceId": [self.agent.id], "Timeout": timeout if timeout >= 10 else None,
                      "WorkingDir": task.get("workingDirectory") or None, "Username": task.get("username") or None,
                      "Name": task.get("commandName") or None,
                      "EnableParameter": True if task.get("enableParameter") else None,
                      "ContainerName": task.get("containerName") or None, **schedule}
        return self.api.call("RunCommand", **parameters).ok()["InvokeId"]

    def _send_file(self, task):
        """A file that the API does not take (`plain`) has the name alone of the captured one, or none of it."""
        if self.plain:
            task = {"name": task["name"] or "a.txt", "destination": "/root/deploy", "content": "cGxhaW4="}
        return self.api.call("SendFile", Name=task["name"], TargetDir=task["destination"], Content=task["content"],
                             ContentType="Base64", FileOwner=task.get("owner") or None,
                             FileGroup=task.get("group") or None, FileMode=task.get("mode") or None,
                             Overwrite=True if task.get("overwrite") else None,
                             InstanceId=[self.agent.id]).ok()["InvokeId"]

    @staticmethod
    def _frequency(expression):
        """The captured expression; one for a single time gets a time that is still to come."""
        soon = time.gmtime(time.time() + 20)
        if expression.startswith("at("):
            return time.strftime("at(%Y-%m-%dT%H:%M:%S)", soon)
        if expression.split()[-1].isdigit():
            return time.strftime("%S %M %H %d %m ? %Y", soon)
        return expression

    def _wait_for_kick(self):
        """A text that tells this agent to fetch; it is answered as the stock agent answers."""
        while True:
            opcode, payload = self.agent.socket.receive()
            if opcode == 9:
                self.agent.socket.send(payload, 10)
            if opcode != 1:
                continue
            text = payload.decode()
            if not re.fullmatch(r"kick_vm( (task (run|stop)|file (create|stop)) \S+)?", text):
                raise Difference(f"a kick the stock agent may stumble over: {text!r}")
            self.agent.socket.send("accept:" + text)
            self.kicks.append(text)
            return

    def _wait_for_pong(self, payload):
        while True:
            opcode, data = self.agent.socket.receive()
            if opcode == 10:
                if data.decode() != payload:
                    raise Difference(f"a pong with {data!r} came to the ping {payload!r}")
                self.compared += 1
                return
            if opcode == 1:
                self.kicks.append(data.decode())

    # --- requests and answers ------------------------------------------------------------------------------------

    def _target(self, exchange):
        """The captured target with our ids, and times moved to now."""
        path, _, query = exchange["target"].partition("?")
        if self.shift is None:
            times = [int(value) for name, value in exchange["query"]
                     if name in ("timestamp", "currentTime", "start") and value.isdigit() and int(value) > 10 ** 12]
            if times:
                self.shift = int(time.time() * 1000) - times[0]
        pairs = []
        captured = dict(exchange["query"]).get("taskId")
        for pair in query.split("&") if query else []:
            name, _, value = pair.partition("=")
            if name == "invokeVersion":
                value = str(self.versions.get((captured, int(value)), value))
            elif name == "taskId":
                value = self.ids.get(urllib.parse.unquote_plus(value), value)
            elif name in ("timestamp", "currentTime", "start", "end") and value.isdigit() and int(value) > 10 ** 12:
                value = str(int(value) + (self.shift or 0))
            elif name == "machineid":
                value = self.agent.machine_id
            pairs.append(f"{name}={value}")
        return path + ("?" + "&".join(pairs) if pairs else "")

    def _check(self, exchange, answer):
        path = exchange["path"]
        response = exchange.get("response")
        captured_status = response.get("status") if isinstance(response, dict) else None
        refused = captured_status != 200 or (self.refusals and self._is_refusal(response))
        if refused and not self.refusals:
            raise Difference(f"{path}: captured status {captured_status}, and it is not declared as a deliberate refusal")
        if answer.status != 200:
            raise Difference(f"{path}: {answer}")
        if path.endswith(("/connection_detect", "/region-id")):
            wanted, got = response["body"], answer.body.decode()
            if wanted != got:
                raise Difference(f"{path}: {got!r}, captured was {wanted!r}")
            self.compared += 1
            return
        got = answer.json
        if not isinstance(got, dict):
            raise Difference(f"{path}: {answer}")
        if path.endswith("/heart-beat") and not 55_000 <= got.get("nextInterval", 0) <= 65_000:
            raise Difference(f"{path}: nextInterval {got.get('nextInterval')!r} is outside 55000 to 65000")
        if "instanceId" in got and got["instanceId"] != (self.agent.id or got["instanceId"]):
            raise Difference(f"{path}: instanceId {got['instanceId']!r} is not {self.agent.id!r}")
        if refused:
            if got.get("code", 200) != 200:
                raise Difference(f"{path}: {answer}")
            self.compared += 1
            return
        wanted = json.loads(response["body"])
        for name, value in LACKING.get(path, {}).items() if self.lacking else ():
            wanted.pop(name, None)
            if value is not None:
                wanted[name] = value
        if path.endswith("/task/list"):
            for entry in json.loads(response["body"]).get("run") or []:
                for given in got.get("run", []):
                    if given["task"]["taskID"] == self.ids[entry["task"]["taskID"]]:
                        version = (entry["task"]["taskID"], entry["task"].get("invokeVersion", 0))
                        self.versions[version] = given["task"]["invokeVersion"]
            wanted = self._list_as_it_should_be(wanted)
            for name in ("run", "stop", "test", "file", "session"):
                if got.get(name) == []:
                    wanted.setdefault(name, [])
            for kind in ("run", "stop", "file"):
                for entry in got.get(kind, []):
                    check_entry(entry, kind)
            got = {**got, "run": self._in_order(got.get("run", []), wanted.get("run", []))}
        compare(wanted, got, path)
        self.compared += 1

    @staticmethod
    def _is_refusal(response):
        try:
            answer = json.loads(response["body"])
        except (ValueError, TypeError):
            return True
        return answer.get("code", 200) != 200 or not 55_000 <= answer.get("nextInterval", 60_000) <= 65_000 or (
            "nextInterval" in answer and "newTasks" not in answer)

    def _list_as_it_should_be(self, wanted):
        """Ids replaced. A task that was reported already is not offered again; the capture's test server did so on purpose."""
        wanted = dict(wanted)
        run = []
        for entry in (wanted.get("run") or []) + (wanted.get("test") or [] if self.plain else []):
            captured = entry["task"]["taskID"]
            changed = entry.get("repeat") == "Period" and not self.plain
            if self.ids[captured] in self.reported and not changed:
                continue
            task = {**entry["task"], "taskID": self.ids[captured]}
            repeat = entry.get("repeat") or "Once"
            if captured in self.schedules:
                task["cron"] = self.schedules[captured]
            if self.plain:
                task = {"taskID": self.ids[captured], "type": "RunShellScript"}
                repeat = "Period" if captured in self.schedules else "Once"
            if task.get("enableParameter"):
                task.pop("commandContent")  # the server fills in or tidies the braces
            for name in ("builtInParameter", "containerId", "containerName", "instanceId"):
                task.pop(name, None)  # the API gives other ones, or none; check_entry() has looked at them
            run.append({"task": task, "output": entry.get("output") or {}, "repeat": repeat})
        wanted["run"] = run
        stop = [entry for entry in wanted.get("stop") or [] if entry["task"]["taskID"] in self.ids]
        wanted["stop"] = [{"task": {"taskID": self.ids[entry["task"]["taskID"]],
                                    "invokeVersion": self.versions.get(
                                        (entry["task"]["taskID"], entry["task"].get("invokeVersion", 0)), 0)},
                           "repeat": entry.get("repeat") or "Once"} for entry in stop]
        files = [{**entry["task"], "taskID": self.ids[entry["task"]["taskID"]]} for entry in wanted.get("file") or []]
        for task in files:  # the API has words for what is left out
            task["owner"], task["group"] = task["owner"] or "root", task["group"] or "root"
            task["mode"] = task["mode"] or "0644"
        wanted["file"] = [{"task": {"taskID": task["taskID"]} if self.plain else task, "output": {}} for task in files]
        for name in ("test", "session"):
            if name in wanted:
                wanted[name] = []
        return wanted

    def _in_order(self, got, wanted):
        """The entries of `got` in the order of `wanted`; their order says nothing."""
        order = [entry["task"]["taskID"] for entry in wanted]
        found = {entry["task"]["taskID"]: entry for entry in got}
        if set(found) != set(order):
            raise Difference(f"task/list: tasks {sorted(found)} were offered, expected were {sorted(order)}")
        return [found[task_id] for task_id in order]

    def _remember(self, exchange, body):
        kind = exchange["path"].rsplit("/", 1)[1]
        query = dict(exchange["query"])
        if kind not in REPORTS or query.get("taskId") not in self.ids:
            return
        ours = self.ids[query["taskId"]]
        self.reported.add(ours)
        if query.get("taskType") == "sendfile":
            self.files[ours] = (kind, query)
            return
        if query["taskId"] in self.schedules and query.get("start", "0") != "0":
            run = self.runs.setdefault(ours, {})
            before = run.get(query["start"])
            if not before or before[0] == "running":  # a stop after the end of a run says nothing about it
                run[query["start"]] = (kind, query, before[2] + body if before else body)
            if kind != "stopped":
                return
        before = self.outcome.get(ours)
        if before and before[0] != "running":
            return  # a repeat, or output after the end
        if kind == "running":
            self.ran.add(ours)
        collected = before[2] + body if before else body
        self.outcome[ours] = (kind, query, collected)

    # --- what the API shows afterwards ---------------------------------------------------------------------------

    def check_outcome(self):
        """Every task ends as the last report says, with all its bytes; of a schedule every run does."""
        for invoke_id, reported in self.runs.items():
            rows = [row for row in self.api.results(invoke_id, self.agent.id, IncludeHistory=True) if row["Kind"] == "Run"]
            shown = [(row["InvocationStatus"], base64.b64decode(row["Output"])) for row in
                     sorted(rows, key=lambda row: row["Occurrence"])]
            words = {"finish": "Success", "running": "Running", "stopped": "Terminated"}
            wanted = [(words[kind], output) for kind, _, output in reported.values()]
            if shown != wanted:
                raise Difference(f"the history of {invoke_id} is {shown}, sent were {wanted}")
        for invoke_id, (kind, query) in self.files.items():
            row = self.api.call("DescribeSendFileResults", InvokeId=invoke_id).ok()["Invocations"]["Invocation"][0]
            instance = row["InvokeInstances"]["InvokeInstance"][0]
            wanted = {"invalid": "Invalid", "finish": query.get("status")}[kind]
            error = FILE_ERRORS[query["param"] if kind == "invalid" else query["errorcode"]] if wanted != "Success" else ""
            shown = (instance["InvocationStatus"], instance["ErrorCode"])
            if shown != (wanted, error):
                raise Difference(f"{invoke_id} is {shown} after {kind} {query}")
            if kind == "invalid" and instance["ErrorDetail"] != (query["value"] or query["param"]):
                raise Difference(f"{invoke_id} tells {instance['ErrorDetail']!r} after {query}")
        for invoke_id, (kind, query, output) in self.outcome.items():
            row = self.api.result(invoke_id, self.agent.id)
            if kind == "finish":
                wanted = "Success" if query["exitCode"] == "0" else "Failed"
            else:
                wanted = {"running": "Running", "timeout": "Timeout", "error": "Error", "invalid": "Invalid",
                          "stopped": "Terminated"}[kind]
            if kind == "stopped" and invoke_id not in self.ran:
                wanted = row["InvocationStatus"] if row["InvocationStatus"] in ("Terminated", "Cancelled") else wanted
            if invoke_id in self.runs:
                wanted, output = {"killed": "Terminated", "completed": "Success"}[query["result"]], None
                if row["InvocationStatus"] == "Cancelled" and kind == "stopped":
                    wanted = "Cancelled"  # between two runs
            if row["InvocationStatus"] != wanted:
                raise Difference(f"{invoke_id} is {row['InvocationStatus']} after {kind}, expected was {wanted}")
            if output is not None and row["Bytes"] != output:
                raise Difference(f"{invoke_id} shows {row['Bytes'][:200]!r}, sent were {output[:200]!r}")
            if kind == "finish" and row["ExitCode"] != int(query["exitCode"]):
                raise Difference(f"{invoke_id} shows exit code {row['ExitCode']}, sent was {query['exitCode']}")
            if output is not None and "dropped" in query and row["Dropped"] != int(query["dropped"]):
                raise Difference(f"{invoke_id} shows {row['Dropped']} dropped bytes, sent were {query['dropped']}")
