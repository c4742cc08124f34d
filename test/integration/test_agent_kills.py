"""The agent is killed 200 times at random moments under load: every task runs once, every byte arrives.

ASSIST_TEST_SEED=N repeats the moments and the load of a run (not how the machine schedules them),
ASSIST_TEST_KILLS=N is the number of kills.
"""

import array
import collections
import fcntl
import hashlib
import os
import random
import signal
import termios
import threading
import time
import unittest

from harness import Fleet, WorldTest, procfs
from harness.api import FINAL
from harness.chance import seed_of_this_run

KILLS = int(os.environ.get("ASSIST_TEST_KILLS", "200"))

FAMILY = """echo $$ > {folder}/script
sh -c 'sh -c "echo \\$\\$ > {folder}/grandchild; exec sleep 300" & echo $$ > {folder}/child; wait' &
setsid sh -c 'echo $$ > {folder}/daemon; exec sleep 300' &
echo {name} >> {ran}
echo begun
wait
"""
MEMBERS = ("script", "child", "grandchild", "daemon")


class Task:
    """One script: what it will have written, and how it will have ended."""

    def __init__(self, name, kind, script, output, end, **parameters):
        self.name, self.kind, self.script, self.end, self.parameters = name, kind, script, end, parameters
        self.size, self.hash = len(output), hashlib.sha256(output).hexdigest()
        self.invoke_id = None
        self.stopped = False


class Scripts:
    """Makes the tasks of the load. Each notes its name in the file `ran` first, in one write with O_APPEND."""

    def __init__(self, chance, ran):
        self.chance, self.ran, self.count = chance, ran, 0

    def next(self):
        self.count += 1
        name = str(self.count)
        begin = f"echo {name} >> {self.ran}\n"
        kind = self.chance.choices(("short", "much", "long", "stopped"), (80, 8, 8, 4))[0]
        if kind == "short":
            code = self.chance.choice((0, 0, 1, 3))
            return Task(name, kind, begin + f"echo out {name}; exit {code}", f"out {name}\n".encode(),
                        ("Failed" if code else "Success", code))
        if kind == "much":
            size = self.chance.randrange(100_000, 1_500_000)
            line = f"line of {name}\n".encode()
            return Task(name, kind, begin + f"yes 'line of {name}' | head -c {size}",
                        (line * (size // len(line) + 1))[:size], ("Success", 0))
        if kind == "long":
            steps = self.chance.randrange(10, 40)
            script = f"i=0; while [ $i -lt {steps} ]; do echo {name} at $i; i=$((i+1)); sleep 0.1; done; exit 7"
            output = "".join(f"{name} at {i}\n" for i in range(steps))
            return Task(name, kind, begin + script, output.encode(), ("Failed", 7))
        return Task(name, kind, begin + "echo begun; sleep 300; echo never", b"begun\n", ("Terminated", None))


class Kills(WorldTest):
    def setUp(self):
        super().setUp()
        self.seed = seed_of_this_run()
        self.fleet = Fleet(self.world, 1)
        self.api, self.agent = self.fleet.api, self.fleet.agents[0]
        self.ran = self.world.path("ran")
        with open(self.ran, "wb"):
            pass

    def lines(self):
        with open(self.ran, encoding="ascii") as file:
            return file.read().splitlines()


class TwoHundred(Kills):
    MOST_OPEN = 40

    def ask_for(self, tasks, scripts, over):
        """The load: asks for tasks as fast as they come back, and stops those that are there to be stopped."""
        waiting, begun = [], time.monotonic()
        while not over.is_set():
            task = scripts.next()
            task.invoke_id = self.api.run(task.script, [self.agent.id], Name=f"task-{task.name}", **task.parameters)
            tasks.append(task)
            if task.kind == "stopped":
                waiting.append((time.monotonic() + scripts.chance.uniform(0, 1.5), task))
            for at, stopped in list(waiting):
                if at <= time.monotonic():
                    self.api.call("StopInvocation", InvokeId=stopped.invoke_id).ok()
                    stopped.stopped = True
                    waiting.remove((at, stopped))
            over.wait(scripts.chance.choice((0, 0, 0.02, 0.1)))
            while len(tasks) - len(self.lines()) > self.MOST_OPEN and not over.wait(0.02):
                self.assertLess(time.monotonic() - begun, 600)
        for _, stopped in waiting:
            self.api.call("StopInvocation", InvokeId=stopped.invoke_id).ok()
            stopped.stopped = True

    def judge(self, task, row, runs):
        """What is wrong with this task, or None."""
        status, code = task.end
        if task.kind == "stopped" and runs == 0:
            # The stop came before its start.
            right = row["InvocationStatus"] in ("Terminated", "Cancelled") and not row["Bytes"]
            return None if right else f"stopped as {row['InvocationStatus']}"
        if runs != 1:
            return f"ran {runs} times"
        if row["InvocationStatus"] != status or (code is not None and row["ExitCode"] != code):
            return f"ended as {row['InvocationStatus']} {row['ExitCode']} {row['ErrorCode']}, not as {task.end}"
        if task.kind == "stopped":
            return None if row["Bytes"] in (b"", b"begun\n") else "output of a stopped script"
        pieces = self.api.output(task.invoke_id, self.agent.id)
        if [at for at, _ in pieces] != self.places(pieces):
            return "something is missing in its output"
        output = b"".join(piece for _, piece in pieces)
        if (len(output), hashlib.sha256(output).hexdigest()) != (task.size, task.hash):
            return f"output of {len(output)} bytes instead of {task.size}, or others"
        if row["OutputSize"] != task.size or row["Repeats"] != 1 or row["Outcome"] != "Final":
            return f"{row['OutputSize']} bytes of {task.size}, {row['Repeats']} repeats, {row['Outcome']}"
        return None

    @staticmethod
    def places(pieces):
        """Where pieces stand between which nothing is missing."""
        at, places = 0, []
        for _, piece in pieces:
            places.append(at)
            at += len(piece)
        return places

    def test_every_task_ran_once_and_every_byte_is_there(self):
        moments = random.Random(self.seed)
        tasks, over, escaped = [], threading.Event(), []
        scripts = Scripts(random.Random(self.seed + 1), self.ran)

        def load():
            try:
                self.ask_for(tasks, scripts, over)
            except BaseException as error:  # pylint: disable=broad-except
                escaped.append(error)

        thread = threading.Thread(target=load)
        kills, begun = 0, time.monotonic()
        thread.start()
        try:
            # A slow program is asked for less in that time, and is killed on until it was enough.
            while kills < KILLS or (len(tasks) <= KILLS and time.monotonic() < begun + 120):
                kills += 1
                # Right at its start, while it takes up what was left, or at work. The moment is what is tried.
                longest = moments.choice((0.02, 0.1, 0.3, 0.7))
                time.sleep(moments.uniform(0, longest))
                if escaped:
                    break
                self.agent.kill()
                self.agent.start()
        finally:
            over.set()
            thread.join()
        if escaped:
            raise escaped[0]
        took = time.monotonic() - begun
        wrong, left, deadline = [], collections.deque(tasks), time.monotonic() + 60
        rows = {}
        while left:
            task = left.popleft()
            row = self.api.result(task.invoke_id, self.agent.id)
            if row["InvocationStatus"] in FINAL:
                rows[task.name] = row
                continue
            self.assertLess(time.monotonic(), deadline, f"{len(left) + 1} of {len(tasks)} have not ended, one is "
                            f"{task.kind} {task.invoke_id}: {row['InvocationStatus']} {row['Delivery']}")
            left.append(task)
            time.sleep(0.02)
        runs = collections.Counter(self.lines())
        for task in tasks:
            fault = self.judge(task, rows[task.name], runs[task.name])
            if fault:
                wrong.append((task.kind, fault, task.invoke_id))
        kinds = collections.Counter(task.kind for task in tasks)
        print(f"{kills} kills in {took:.1f} s, {len(tasks)} tasks {dict(kinds)}, "
              f"{sum(task.size for task in tasks)} bytes of output; seed {self.seed}")
        self.assertEqual(wrong, [], f"seed {self.seed}")
        self.assertEqual(set(runs) - {task.name for task in tasks}, set())
        self.assertGreater(len(tasks), KILLS, "too little was asked for to say anything")
        # What was told is not kept.
        self.agent.wait_until_connected(self.api)
        folder = os.path.join(self.agent.root, "tasks")
        self.wait_for(lambda: not os.listdir(folder), 20, "the agent has forgotten what it told")
        self.wait_for(lambda: not self.agent.supervisors(), 10, "no supervisor is left")


class WithoutTheAgent(Kills):
    """What the supervisor does alone."""

    def start_family(self, **parameters):
        folder = self.world.path("family")
        os.makedirs(folder)
        script = FAMILY.format(folder=folder, name="family", ran=self.ran)
        invoke_id = self.api.run(script, [self.agent.id], **parameters)
        self.api.wait_for_output(invoke_id, self.agent.id, b"begun\n")

        def pids():
            try:
                found = {}
                for name in MEMBERS:
                    with open(os.path.join(folder, name), encoding="ascii") as file:
                        found[name] = int(file.read())
                return found
            except (FileNotFoundError, ValueError):
                return None

        family = self.wait_for(pids, 10, "all of the family have started")
        for pid in family.values():
            self.addCleanup(procfs.end, pid)
        self.assertTrue(all(procfs.alive(pid) for pid in family.values()))
        return invoke_id, family

    def assert_all_end(self, family, seconds):
        self.wait_for(lambda: not [name for name, pid in family.items() if procfs.alive(pid)], seconds,
                      "every process of the script has ended")
        self.assertFalse(self.agent.program.running(), "and nobody but the supervisor can have done it")

    def assert_told(self, invoke_id, status):
        self.agent.start()
        row = self.api.wait_for_status(invoke_id, self.agent.id, status, 20)
        self.assertEqual((row["Bytes"], row["Dropped"], self.lines()), (b"begun\n", 0, ["family"]))

    def test_a_time_out_ends_the_whole_tree(self):
        invoke_id, family = self.start_family(Timeout=10)
        begun = time.monotonic()
        self.agent.kill()
        self.assert_all_end(family, 15)
        self.assertGreater(time.monotonic() - begun, 5, "not before its time")
        self.assert_told(invoke_id, "Timeout")

    def test_a_stop_that_was_journaled_ends_the_whole_tree(self):
        invoke_id, family = self.start_family()
        [supervisor] = self.agent.supervisors()
        # Halted, so that it is sure to act after the agent's end.
        procfs.end(supervisor, signal.SIGSTOP)
        self.api.call("StopInvocation", InvokeId=invoke_id).ok()
        stop_asked = f"task={invoke_id}"
        self.wait_for(lambda: [line for line in self.agent.program.log_text().splitlines()
                               if "task.stop_asked" in line and stop_asked in line], 10, "the stop is journaled")
        self.wait_for(lambda: self.control_is_written(invoke_id, supervisor), 10, "the wish lies with the supervisor")
        self.agent.kill()
        self.assertTrue(all(procfs.alive(pid) for pid in family.values()))
        procfs.end(supervisor, signal.SIGCONT)
        self.assert_all_end(family, 10)
        self.assert_told(invoke_id, "Terminated")

    def control_is_written(self, invoke_id, supervisor):
        """Are there bytes in the pipe through which a supervisor is asked? It is halted, so they stay there."""
        path = os.path.join(self.agent.root, "tasks", invoke_id, "control")
        self.assertTrue(procfs.alive(supervisor))
        waiting = array.array("i", [0])
        pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            fcntl.ioctl(pipe, termios.FIONREAD, waiting)
        finally:
            os.close(pipe)
        return waiting[0] > 0

    def test_a_stop_that_was_journaled_and_not_passed_on_holds_after_the_restart(self):
        chance = random.Random(self.seed)
        for number in range(10):
            with self.subTest(number=number):
                invoke_id = self.api.run(f"echo {number} >> {self.ran}; echo begun; sleep 300", [self.agent.id])
                self.api.wait_for_output(invoke_id, self.agent.id, b"begun\n")
                self.api.call("StopInvocation", InvokeId=invoke_id).ok()
                time.sleep(chance.uniform(0, 0.03))  # the moment is what is tried
                self.agent.kill()
                self.agent.start()
                row = self.api.wait_for_status(invoke_id, self.agent.id, "Terminated", 20)
                self.assertEqual(row["Bytes"], b"begun\n")
        self.assertEqual(sorted(self.lines()), [str(number) for number in range(10)])


if __name__ == "__main__":
    unittest.main()
