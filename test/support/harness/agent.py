"""A real assist-agent with a root folder of its own, registered with a server of the test."""

import os
import subprocess

from . import procfs
from .waiting import wait_for
from .world import program_path


class Agent:
    """Owns the root folder and the process of one agent. `id` is its instance id (mi-…). Before start: `root`; and for
    an agent in a place of its own `program_file`, `inside` (its root as it sees it itself, where that is another) and
    `preexec` (runs before it, between fork and exec)."""

    def __init__(self, world, server, name, tags=()):
        self.world = world
        self.server = server
        self.name = name
        self.tags = list(tags)
        self.root = world.path(f"agent-{name}")
        self.inside = None
        self.program_file = None
        self.preexec = None
        self.id = None
        self.program = None

    def command(self, verb, *arguments, env=None, text_in=None, seconds=30):
        """Runs `assist-agent verb … --root ROOT` to its end."""
        return subprocess.run(self.words(verb, *arguments), text=True, capture_output=True, preexec_fn=self.preexec,
                              env=self.world.environment(**(env or {})), input=text_in, timeout=seconds, check=False,
                              cwd=self.world.folder)

    def words(self, verb, *arguments):
        program = self.program_file or program_path("assist-agent")
        return [program, verb, *arguments, "--root", self.inside or self.root]

    def trust_arguments(self):
        return [] if self.server.insecure_http else ["--ca-file", self.server.ca_file]

    def register(self, api, activation=None):
        """Registers with a new activation code of `api`'s account, or the one given, and learns the id."""
        activation = activation or api.call("CreateActivation", InstanceCount=1).ok()
        arguments = ["--server", self.server.url, "--activation-id", activation["ActivationId"],
                     "--activation-code", "-", "--name", self.name, *self.trust_arguments()]
        for tag in self.tags:
            arguments += ["--tag", tag]
        done = self.command("register", *arguments, text_in=activation["ActivationCode"] + "\n")
        if done.returncode != 0:
            raise AssertionError(f"assist-agent register ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        listed = api.call("DescribeManagedInstances", ActivationId=activation["ActivationId"]).ok()["Instances"]
        named = [row for row in listed if row["InstanceName"] == self.name]
        if len(named) != 1:
            raise AssertionError(f"registered {self.name}, but DescribeManagedInstances has {listed}")
        self.id = named[0]["InstanceId"]
        return self

    def start(self, **env):
        self.program = self.world.start(self.words("run"), f"agent-{self.name}.log", preexec=self.preexec, **env)
        return self

    def wait_until_connected(self, api, seconds=15):
        def connected():
            if not self.program.running():
                raise AssertionError(f"assist-agent ended with {self.program.exit_code()}:\n{self.program.log_text()}")
            rows = api.call("DescribeManagedInstances", InstanceId=[self.id]).ok()["Instances"]
            return rows and rows[0]["Connected"] is True

        wait_for(connected, seconds, f"agent {self.name} is connected")
        return self

    def stop(self, seconds=10):
        return self.program.terminate(seconds)

    def kill(self):
        self.program.kill()

    def processes(self):
        """The agent and what it started, also supervisors that outlived an earlier process of the agent."""
        own = set(self.program.family()) if self.program and self.program.running() else set()
        for pid in self.world.processes():
            if procfs.touches(pid, self.root):
                own.add(pid)
        return sorted(own)

    def supervisors(self):
        """Pids of the supervisors of this agent's tasks."""
        found = []
        for pid in self.processes():
            name = (procfs.command_line(pid) or b"").split(b"\0")[0]
            if os.path.basename(name) == b"assist-supervisor" and procfs.alive(pid):
                found.append(pid)
        return found
