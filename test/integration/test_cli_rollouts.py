"""`assist agent-release rollout|status|pause|resume|rollback` on a server that has no machine: what the command line asks
for is what the server takes."""

import json
import os
import platform
import subprocess
import unittest

from harness import Cli, Server, WorldTest
from harness.world import program_path


class Rollouts(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        server = Server(world).start()
        cls.cli = Cli(world, server)
        key = world.path("publisher.pem")
        assert cls.cli.run("pkg", "key", "create", key).returncode == 0
        agent = program_path("assist-agent")
        told = subprocess.run([agent, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
        cls.version = told.split()[-1]
        done = cls.cli.run("agent-release", "publish", os.path.dirname(agent), "--version", cls.version, "--os", "linux",
                           "--arch", {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()], "--key", key,
                           "-c", "stable", seconds=120)
        assert done.returncode == 0, done.stderr

    def assist(self, *arguments, code=0):
        done = self.cli.run("agent-release", *arguments)
        self.assertEqual(done.returncode, code, f"{arguments}:\n{done.stdout}{done.stderr}")
        return done

    def start(self, *arguments):
        return json.loads(self.assist("rollout", *arguments, "--new-machines", "--output", "json").stdout)

    def state(self, rollout):
        return json.loads(self.assist("status", rollout, "--output", "json").stdout)["Rollout"]

    def test_a_rollout_is_started_shown_paused_resumed_taken_back_and_ended(self):
        started = self.start(self.version, "--waves", "5,100", "--wait", "1m", "--min-healthy", "90", "--max-restarts", "1",
                             "--max-memory", "120", "--timeout", "900", "--trail", "2h", "--auto-rollback")
        rollout = started["RolloutId"]
        self.assertEqual((started["Version"], started["Waves"]), (self.version, "5,100"))
        self.wait_for(lambda: self.state(rollout)["State"] == "Trailing", 30, "it waits for new machines")
        row = self.state(rollout)
        told = {name: row[name] for name in ("Waves", "Wait", "MinHealthyPercent", "MaxRestarts", "MaxMemoryPercent",
                                             "Timeout", "TrailTimeout", "AutoRollback", "Follow")}
        self.assertEqual(told, {"Waves": "5,100", "Wait": 60, "MinHealthyPercent": 90, "MaxRestarts": 1,
                                "MaxMemoryPercent": 120, "Timeout": 900, "TrailTimeout": 7200, "AutoRollback": True,
                                "Follow": True})
        self.assertLessEqual(row["Wave"], 2)
        self.assertIn(rollout, self.assist("status", "--all").stdout)
        for verb, more, states in (("pause", (), ("Paused",)), ("resume", ("--retry-failed",), ("Trailing",)),
                                   ("rollback", ("--yes",), ("RollingBack", "RolledBack"))):
            self.assist(verb, rollout, *more)
            self.assertIn(self.state(rollout)["State"], states, verb)
            if verb == "pause":
                self.assertIn(rollout, self.assist("rollout", self.version, code=3).stderr, "one is live at a time")
        self.wait_for(lambda: self.state(rollout)["State"] == "RolledBack", 30, "nobody has to go back")
        self.assertIn("InvalidAgentRollout.State", self.assist("pause", rollout, code=3).stderr)

    def test_a_channel_names_the_version_and_an_end_is_for_good(self):
        started = self.start("--channel", "stable", "--all")
        self.assertEqual(started["Version"], self.version)
        self.assist("pause", started["RolloutId"], "--end", "--yes")
        self.assertEqual(self.state(started["RolloutId"])["State"], "Ended")


if __name__ == "__main__":
    unittest.main()
