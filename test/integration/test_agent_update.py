"""The agent updates itself: another version takes its place while tasks run, a broken one is taken back by itself, and
whoever is killed meanwhile, an agent that serves is there afterwards.

The versions are those of test/agents: the shipped program under other names, some of which misbehave.
ASSIST_TEST_SEED=N repeats the moments of the kills, ASSIST_TEST_KILLS=N is their number."""

import json
import os
import random
import shutil
import signal
import subprocess
import time
import unittest

from harness import Fleet, WorldTest, procfs
from harness.agent import Agent
from harness.chance import seed_of_this_run
from harness.world import program_path

KILLS = int(os.environ.get("ASSIST_TEST_KILLS", "5"))
VERSIONS = {"old": "1.0.0", "next": "1.1.0", "later": "1.2.0", "exits": "1.3.0", "hangs": "1.4.0", "crashes": "1.5.0",
            "deaf": "1.6.0", "unfit": "1.7.0"}
LOOP = 'while :; do "$0" run --root "$1"; sleep 0.3; done'


def exists(path):
    return os.access(path, os.F_OK)


class UpdateTest(WorldTest):
    def setUp(self):
        super().setUp()
        self.fleet = Fleet(self.world, 0, config='limits = "large"\n')
        self.api = self.fleet.api
        self.sequence = 0

    def programs(self, name, folder):
        """A folder with the programs of this version, as a package of the system has them."""
        os.makedirs(folder)
        shutil.copy(program_path(f"test-agents/{name}/assist-agent"), folder)
        for other in ("assist-supervisor", "assist-container"):
            shutil.copy(program_path(other), folder)
        return folder

    def release(self, name, version=None):
        self.sequence += 1
        folder = self.programs(name, self.world.path(f"release-{self.sequence}"))
        with open(os.path.join(folder, "version"), "w", encoding="ascii") as file:
            file.write(f"{version or VERSIONS[name]} {self.sequence}")
        return folder

    def agent(self, name, start=True):
        agent = Agent(self.world, self.fleet.server, name)
        agent.program_file = os.path.join(self.programs("old", self.world.path(f"installed-{name}")), "assist-agent")
        agent.register(self.api)
        if start:
            agent.start().wait_until_connected(self.api)
        return agent

    def supervised(self, name):
        """Started again whenever it ends, as a service manager does."""
        agent = self.agent(name, start=False)
        agent.program = self.world.start(["sh", "-c", LOOP, agent.program_file, agent.root], f"agent-{name}.log")
        agent.wait_until_connected(self.api)
        return agent

    def apply_words(self, agent, folder, deadline=30, stable=2):
        return [agent.program_file, "release", "apply", "--file", folder, "--envelope", "-", "--root", agent.root, "--deadline",
                str(deadline), "--stable", str(stable)]

    def apply(self, agent, folder, **limits):
        """As a task, as a rollout does it."""
        return self.api.run("exec " + " ".join(self.apply_words(agent, folder, **limits)), [agent.id], Timeout=300)

    def status(self, agent):
        done = agent.command("release", "status", "--json")
        return json.loads(done.stdout)

    def wait_for_version(self, agent, name, seconds=30):
        def runs():
            status = self.status(agent)
            return status if status["Version"] == VERSIONS[name] and status["Connected"] else None
        return self.wait_for(runs, seconds, f"{agent.name} runs as {name}", 0.1)

    def slots(self, agent):
        try:
            return sorted(os.listdir(os.path.join(agent.root, "update", "slots")))
        except FileNotFoundError:
            return []


class Taken(UpdateTest):
    def test_a_release_takes_the_place_and_what_runs_runs_on(self):
        agent = self.agent("m1")
        go, ran = self.world.path("go"), self.world.path("ran")
        long = self.api.run(f"echo begun; echo x >> {ran}; while [ ! -e {go} ]; do sleep 0.1; done; echo end", [agent.id])
        self.api.wait_for_output(long, agent.id, b"begun\n")
        timed = self.api.run(f"echo y >> {ran}.timed", [agent.id], Frequency="* * * * * *")
        self.wait_for(lambda: exists(f"{ran}.timed"), 15, "the schedule runs")
        pid = agent.program.pid

        first = self.apply(agent, self.release("next"))
        row = self.api.wait_until_final(first, agent.id, 60)
        self.assertEqual((row["InvocationStatus"], row["ExitCode"]), ("Success", 0), row["Bytes"])
        self.assertIn(b"1.1.0-1 stays", row["Bytes"])
        status = self.wait_for_version(agent, "next")
        self.assertEqual((status["Selected"], status["Previous"], status["State"]), ("1.1.0-1", "", "good"))
        self.assertTrue(agent.program.running())
        self.assertEqual(agent.program.pid, pid, "the same process goes on")
        self.assertTrue(os.readlink(f"/proc/{pid}/exe").startswith(os.path.join(agent.root, "update/slots/1.1.0-1/")))

        second = self.apply(agent, self.release("later"))
        self.assertEqual(self.api.wait_until_final(second, agent.id, 60)["InvocationStatus"], "Success")
        status = self.wait_for_version(agent, "later")
        self.assertEqual((status["Selected"], status["Previous"]), ("1.2.0-2", "1.1.0-1"))

        # The script of before the updates was left alone, and told when it ended.
        self.assertEqual(self.api.result(long, agent.id)["InvocationStatus"], "Running")
        with open(go, "wb"):
            pass
        row = self.api.wait_until_final(long, agent.id)
        self.assertEqual((row["InvocationStatus"], row["Bytes"]), ("Success", b"begun\nend\n"))
        with open(ran, encoding="ascii") as file:
            self.assertEqual(file.read(), "x\n")

        # Each number of the schedule is there once, and each run ran once.
        self.api.call("StopInvocation", InvokeId=timed).ok()
        self.wait_for(lambda: self.api.result(timed, agent.id)["InvocationStatus"] not in ("Running", "Scheduled",
                                                                                          "Stopping"), 15, "it stopped")
        rows = self.api.results(timed, agent.id, IncludeHistory=True, ContentEncoding="PlainText")[::-1]
        following = 1
        for row in rows:
            self.assertEqual(row["Occurrence"], following, rows)
            following += row.get("MissedCount", 1)
        runs = [row for row in rows if row["Kind"] == "Run"]
        with open(f"{ran}.timed", encoding="ascii") as file:
            self.assertEqual(len(file.read().splitlines()), len(runs))
        self.assertGreater(len(runs), 4)

        # What ended is waited for, also by a version that did not start it; nothing is left open or behind.
        zombies = [child for child in procfs.descendants(agent.program.pid) if not procfs.alive(child)]
        self.assertEqual(zombies, [])
        self.assertEqual(self.slots(agent), ["1.1.0-1", "1.2.0-2"])

        # A start anew chooses the same; the version before comes back when asked.
        self.assertEqual(agent.stop(), 0)
        agent.start().wait_until_connected(self.api)
        self.wait_for_version(agent, "later")
        done = agent.command("release", "rollback", "--from", "1.1.0")
        self.assertEqual((done.returncode, done.stdout), (0, "1.1.0 does not run here: nothing to do\n"))
        done = agent.command("release", "rollback", "--from", "1.2.0", "--stable", "1", seconds=60)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(self.wait_for_version(agent, "next")["Previous"], "")

    def test_an_upgrade_of_the_installed_program_wins_and_a_missing_slot_falls_back(self):
        agent = self.agent("m1")
        done = subprocess.run(self.apply_words(agent, self.release("next"), stable=1), capture_output=True, text=True,
                              timeout=60, check=False, env=self.world.environment())
        self.assertEqual(done.returncode, 0, done.stdout)
        agent.stop()
        moved = os.path.join(agent.root, "away")
        slots = os.path.join(agent.root, "update", "slots")
        os.rename(slots, moved)
        agent.start().wait_until_connected(self.api)
        self.wait_for_version(agent, "old")
        self.assertIn("are missing", agent.program.log_text())
        agent.stop()

        os.rename(moved, slots)
        done = None
        agent.start().wait_until_connected(self.api)
        done = subprocess.run(self.apply_words(agent, self.release("next"), stable=1), capture_output=True, text=True,
                              timeout=60, check=False, env=self.world.environment())
        self.assertEqual(done.returncode, 0, done.stdout)
        # As a package of the system does it: another file in its place.
        shutil.copy(program_path("test-agents/later/assist-agent"), agent.program_file + ".new")
        os.rename(agent.program_file + ".new", agent.program_file)
        agent.stop()
        agent.start().wait_until_connected(self.api)
        status = self.status(agent)
        self.assertEqual((status["Version"], status["Slot"], status["Selected"]), (VERSIONS["later"], "", ""))

    def test_a_pointer_that_is_none_keeps_nobody_from_serving(self):
        agent = self.agent("m1")
        agent.stop()
        os.makedirs(os.path.join(agent.root, "update"), exist_ok=True)
        for text in ("", "{", '{"Format":9}', '{"Format":1,"Selected":"../../../bin-1","State":"good"}'):
            with open(os.path.join(agent.root, "update", "pointer.json"), "w", encoding="ascii") as file:
                file.write(text)
            agent.start().wait_until_connected(self.api)
            self.wait_for_version(agent, "old")
            self.assertIn("agent.version_chosen", agent.program.log_text())
            agent.stop()


class Broken(UpdateTest):
    def assert_back(self, agent, word, row):
        self.assertEqual(row["InvocationStatus"], "Failed", row["Bytes"])
        self.assertEqual(row["ExitCode"], {"NotHealthy": 60, "VerifyFailed": 53, "WrongPlatform": 46}[word], row["Bytes"])
        self.assertIn(f"REFUSED {word}: ".encode(), row["Bytes"])
        self.wait_for_version(agent, "old")
        self.assertEqual(self.slots(agent), [])
        status = self.status(agent)
        self.assertEqual((status["Selected"], status["State"], status["Guarded"]), ("", "good", False))

    def test_broken_releases_are_taken_back_by_themselves(self):
        """Started by hand: nobody but the guard starts an agent that has ended."""
        kinds = {"exits": "NotHealthy", "hangs": "NotHealthy", "crashes": "NotHealthy", "deaf": "NotHealthy",
                 "unfit": "VerifyFailed"}
        agents = {kind: self.agent(kind) for kind in kinds}
        applied = {kind: self.apply(agents[kind], self.release(kind), deadline=15, stable=5) for kind in kinds}
        for kind, word in kinds.items():
            with self.subTest(kind=kind):
                self.assert_back(agents[kind], word, self.api.wait_until_final(applied[kind], agents[kind].id, 120))

    def test_broken_releases_are_taken_back_under_a_service_manager(self):
        kinds = ("exits", "crashes", "deaf")
        agents = {kind: self.supervised(kind) for kind in kinds}
        applied = {kind: self.apply(agents[kind], self.release(kind), deadline=20, stable=5) for kind in kinds}
        for kind in kinds:
            with self.subTest(kind=kind):
                self.assert_back(agents[kind], "NotHealthy",
                                 self.api.wait_until_final(applied[kind], agents[kind].id, 120))

    def test_what_cannot_run_here_is_refused_before_anything_is_switched(self):
        agent = self.agent("m1")
        folder = self.release("next")
        with open(os.path.join(folder, "assist-agent"), "wb") as file:
            file.write(b"MZ this is no program for this machine")
        row = self.api.wait_until_final(self.apply(agent, folder), agent.id, 60)
        self.assert_back(agent, "WrongPlatform", row)
        row = self.api.wait_until_final(self.apply(agent, self.release("next", version="7.7.7")), agent.id, 60)
        self.assert_back(agent, "VerifyFailed", row)
        self.assertNotIn("starts_anew", agent.program.log_text())


class Signed(UpdateTest):
    """The shipped program takes what a publisher signed, whom this machine trusts for releases, and nothing else."""

    def assist(self, *words):
        done = subprocess.run([program_path("assist"), "pkg", *words], capture_output=True, text=True, timeout=120,
                              check=False, env=self.world.environment())
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def signed(self, name, sequence):
        """Archive and envelope of this version."""
        folder = self.programs(name, self.world.path(f"signed-{name}-{sequence}"))
        archive = f"{folder}.tar.zst"
        self.assist("build", folder, "-o", archive, "--kind", "agent", "--name", "assist-agent", "--version",
                    VERSIONS[name], "--sequence", str(sequence))
        self.assist("sign", f"{archive}.manifest", "--key", self.world.path("publisher.pem"))
        return archive, f"{archive}.envelope"

    def apply_signed(self, agent, archive, envelope):
        """Exit code and output of the shipped program's guard."""
        done = subprocess.run([program_path("assist-agent"), "release", "apply", "--file", archive, "--envelope", envelope,
                               "--root", agent.root, "--deadline", "30", "--stable", "1"], capture_output=True, text=True,
                              timeout=120, check=False, env=self.world.environment())
        return done.returncode, done.stdout + done.stderr

    def test_only_what_a_trusted_publisher_signed_takes_the_place(self):
        agent = self.agent("m1")
        key = self.assist("key", "create", self.world.path("publisher.pem"))
        key += self.assist("key", "show", self.world.path("publisher.pem"))
        public = next(word for word in key.split() if word.startswith("ed25519:"))
        archive, envelope = self.signed("next", 7)
        code, said = self.apply_signed(agent, archive, envelope)
        self.assertEqual(code, 40, said)
        self.assertIn("REFUSED UntrustedPublisher: ", said)

        with open(os.path.join(agent.root, "publishers.json"), "w", encoding="ascii") as file:
            json.dump({"Publishers": [{"Name": "test", "Key": public, "For": ["agent"]}]}, file)
        os.chmod(file.name, 0o600)
        with open(archive, "rb") as file:
            whole = file.read()
        broken = bytearray(whole)
        broken[len(broken) // 2] ^= 1
        with open(archive + ".broken", "wb") as file:
            file.write(broken)
        code, said = self.apply_signed(agent, archive + ".broken", envelope)
        self.assertEqual(code, 44, said)
        self.assertEqual(self.status(agent)["Version"], VERSIONS["old"])

        code, said = self.apply_signed(agent, archive, envelope)
        self.assertEqual(code, 0, said)
        self.wait_for_version(agent, "next")
        code, said = self.apply_signed(agent, *self.signed("later", 9))
        self.assertEqual(code, 0, said)
        self.wait_for_version(agent, "later")
        # What was signed before is not taken again.
        code, said = self.apply_signed(agent, archive, envelope)
        self.assertEqual(code, 42, said)
        self.assertIn("REFUSED OldManifest: ", said)
        self.assertEqual(self.slots(agent), ["1.1.0-7", "1.2.0-9"])


class Killed(UpdateTest):
    def test_guard_and_agent_are_killed_at_any_moment(self):
        seed = seed_of_this_run()
        chance = random.Random(seed)
        agent = self.supervised("m1")
        counts = {}
        for number in range(KILLS):
            name = ("next", "later")[number % 2]
            with open(self.world.path("guard.log"), "ab") as log:
                guard = subprocess.Popen(self.apply_words(agent, self.release(name), stable=1), stdout=log, stderr=log,
                                         env=self.world.environment(), start_new_session=True)
            time.sleep(chance.uniform(0, chance.choice((0.2, 1, 2.5))))  # the moment is what is tried
            who = chance.choice(("guard", "agent", "both"))
            if who != "agent":
                guard.kill()
            if who != "guard":
                for pid in self.agents_of(agent):
                    procfs.end(pid, signal.SIGKILL)
            code = guard.wait(120)
            counts[(who, code)] = counts.get((who, code), 0) + 1

            def settled():
                status = self.status(agent)
                good = status["Connected"] and status["State"] == "good" and status["Slot"] == status["Selected"]
                return status if good else None
            self.wait_for(settled, 60, f"an agent serves after the kill of {who}; seed {seed}", 0.1)
            invoke_id = self.api.run("echo here", [agent.id])
            self.assertEqual(self.api.wait_until_final(invoke_id, agent.id, 30)["Bytes"], b"here\n")
        print(f"{KILLS} kills {counts}; seed {seed}")
        row = self.api.wait_until_final(self.apply(agent, self.release("next")), agent.id, 90)
        self.assertEqual(row["InvocationStatus"], "Success", row["Bytes"])
        self.assertLessEqual(len(self.slots(agent)), 2)

    @staticmethod
    def agents_of(agent):
        """Those that serve this root, not `release apply`."""
        found = []
        for pid in procfs.descendants(os.getpid()):
            words = (procfs.command_line(pid) or b"").split(b"\0")
            if len(words) > 1 and words[1] == b"run" and agent.root.encode() in words:
                found.append(pid)
        return found


if __name__ == "__main__":
    unittest.main()
