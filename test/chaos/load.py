"""What is asked for during a run, and who watches what the API tells. Both only call the API, each in a thread."""

import http.client
import random
import threading
import time
import uuid

from history import Ask

LOST = (OSError, http.client.HTTPException)  # no answer: the server is away, or halted


class Patient:
    """Calls until there is an answer. Every changing call has a ClientToken or may be repeated."""

    def __init__(self, api, over):
        self.api, self.over = api, over
        self.unanswered = 0
        self.refused = 0

    def call(self, action, seconds=120, **parameters):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.over.is_set():
            try:
                answer = self.api.call(action, **parameters)
            except LOST:
                self.unanswered += 1
            else:
                if answer.status == 200:
                    return answer.json
                if answer.status != 503:
                    raise AssertionError(f"{action} {parameters}: {answer}")
                self.refused += 1
            self.over.wait(0.05)
        raise TimeoutError(f"{action} had no answer in {seconds} s")


class Load(threading.Thread):
    """Asks for commands, schedules and files on random machines, and stops some of them. `asks` grows while it runs."""

    MOST_OPEN = 120

    def __init__(self, api, agents, seed, folder, over):
        super().__init__(daemon=True)
        self.patient = Patient(api, threading.Event())
        self.agents, self.ids = agents, [agent.id for agent in agents]
        self.chance = random.Random(seed)
        self.folder, self.over = folder, over
        self.asks, self.open = [], {}   # open: invoke_id -> Ask, kept by the watcher
        self.to_stop = []               # (when, Ask)
        self.escaped = None
        self._count = 0

    def run(self):
        try:
            while not self.over.is_set():
                self.stop_some()
                if sum(len(ask.machines) for ask in list(self.open.values())) < self.MOST_OPEN:
                    self.ask_for_one()
                self.over.wait(self.chance.choice((0, 0.02, 0.1, 0.3)))
        except BaseException as error:  # pylint: disable=broad-except
            self.escaped = error

    def stop_some(self, every=False):
        for entry in list(self.to_stop):
            when, ask = entry
            if every or when <= time.monotonic():
                ask.stopped = True
                self.patient.call("StopInvocation", InvokeId=ask.invoke_id)
                self.to_stop.remove(entry)

    def machines(self):
        return self.chance.sample(self.ids, self.chance.choice((1, 1, 1, 2, 4, len(self.ids))))

    def ask_for_one(self):
        self._count += 1
        name = f"task{self._count}"
        kind = self.chance.choices(("short", "much", "slow", "endless", "timed", "wave", "schedule", "file"),
                                   (40, 6, 16, 6, 3, 5, 3, 8))[0]
        ask = getattr(self, "_" + kind)(name)
        self.asks.append(ask)
        self.open[ask.invoke_id] = ask

    def script(self, ask, wait=""):
        half = ask.lines // 2
        return (f'echo "{ask.name} $0" >> {self.folder}/ran\n'
                f"seq -f '{ask.name} %08.0f' 1 {half}\n{wait}\n"
                f"seq -f '{ask.name} %08.0f' {half + 1} {ask.lines}\nexit {ask.exit_code}\n")

    def send(self, ask, script, **parameters):
        answer = self.patient.call("RunCommand", Type="RunShellScript", CommandContent=script, Name=ask.name,
                                   ContentEncoding="PlainText", ClientToken=uuid.uuid4().hex, InstanceId=ask.machines,
                                   **parameters)
        ask.invoke_id = answer["InvokeId"]
        return ask

    def _short(self, name, **parameters):
        lines, code = self.chance.randrange(2, 30), self.chance.choice((0, 0, 3))
        ask = Ask(name, "", self.machines(), lines=lines, exit_code=code)
        return self.send(ask, self.script(ask), **parameters)

    def _much(self, name):
        ask = Ask(name, "", self.chance.sample(self.ids, 1), lines=self.chance.randrange(5_000, 60_000))
        return self.send(ask, self.script(ask))

    def _slow(self, name):
        ask = Ask(name, "", self.machines(), lines=self.chance.randrange(2, 300), exit_code=self.chance.choice((0, 9)))
        self.send(ask, self.script(ask, f"sleep {self.chance.uniform(0.5, 8):.2f}"))
        if self.chance.random() < 0.3:
            self.to_stop.append((time.monotonic() + self.chance.uniform(0, 9), ask))
        return ask

    def _endless(self, name):
        ask = Ask(name, "", self.machines()[:4], lines=20, endless=True)
        self.send(ask, self.script(ask, "sleep 3600"), Timeout=3000)
        self.to_stop.append((time.monotonic() + self.chance.uniform(0, 6), ask))
        return ask

    def _timed(self, name):
        ask = Ask(name, "", self.machines()[:2], lines=0, endless=True, time_out=True)
        return self.send(ask, self.script(ask, "sleep 3600"), Timeout=10)

    def _wave(self, name):
        ask = Ask(name, "", self.chance.sample(self.ids, min(8, len(self.ids))), lines=4,
                  exit_code=self.chance.choice((0, 5)), max_errors=True)
        return self.send(ask, self.script(ask, "sleep 0.2"), MaxConcurrency="2", MaxErrors="2")

    def _schedule(self, name):
        ask = Ask(name, "", self.chance.sample(self.ids, 2), kind="schedule", lines=6)
        self.send(ask, self.script(ask), Frequency="* * * * * *", Timeout=60)
        self.to_stop.append((time.monotonic() + self.chance.uniform(5, 30), ask))
        return ask

    def _file(self, name):
        ask = Ask(name, "", self.chance.sample(self.ids, 1), kind="file")
        ask.path = f"{self.folder}/{name}.txt"
        ask.content = f"{name} ".encode() * self.chance.randrange(1, 3000)
        answer = self.patient.call("SendFile", Name=f"{name}.txt", TargetDir=self.folder, Content=ask.content.decode(),
                                   ContentType="PlainText", ClientToken=uuid.uuid4().hex, InstanceId=ask.machines,
                                   _form=True)
        ask.invoke_id = answer["InvokeId"]
        return ask


def rows_of(patient, ask):
    """What the API tells of every machine of an invocation now."""
    if ask.kind == "file":
        answer = patient.call("DescribeSendFileResults", InvokeId=ask.invoke_id)
        found = answer["Invocations"]["Invocation"]
        return found[0]["InvokeInstances"]["InvokeInstance"] if found else []
    answer = patient.call("DescribeInvocationResults", InvokeId=ask.invoke_id, MaxResults=50)
    return answer["Invocation"]["InvocationResults"]["InvocationResult"]


def facts_of(row):
    """What of a final word must not change."""
    return tuple(row.get(name) for name in ("InvocationStatus", "ExitCode", "ErrorCode", "FinishTime", "FinishedTime",
                                            "OutputSize", "Outcome"))


class Watcher(threading.Thread):
    """Reads the API all the time: notes final words, and looks at old ones again."""

    def __init__(self, api, load, final, seed, over):
        super().__init__(daemon=True)
        self.patient = Patient(api, threading.Event())
        self.load, self.final, self.over = load, final, over
        self.chance = random.Random(seed)
        self.seen = []
        self.looks = 0
        self.escaped = None

    def run(self):
        try:
            while not self.over.is_set():
                asks = list(self.load.open.values())
                asks = self.chance.sample(asks, min(10, len(asks)))
                if self.load.asks:
                    asks.append(self.chance.choice(self.load.asks))
                for ask in asks:
                    self.look(ask)
                self.over.wait(0.1)
        except BaseException as error:  # pylint: disable=broad-except
            self.escaped = error

    def look(self, ask):
        rows = rows_of(self.patient, ask)
        self.looks += 1
        for row in rows:
            if row["InvocationStatus"] in self.final and row["Outcome"] == "Final":
                self.seen.append((ask.invoke_id, row["InstanceId"], facts_of(row)))
        if rows and all(row["InvocationStatus"] in self.final for row in rows):
            self.load.open.pop(ask.invoke_id, None)
        return rows
