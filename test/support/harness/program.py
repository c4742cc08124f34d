"""One running program: its process, its log file, its end."""

import os
import signal
import subprocess

from . import procfs


class Program:
    """A process of one of the programs. Its output goes to a file, which is shown when something fails."""

    def __init__(self, arguments, log, env, cwd=None, preexec=None):
        self.arguments = [str(argument) for argument in arguments]
        self.log = log
        with open(log, "ab") as out:
            self.process = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env,
                                            cwd=cwd, preexec_fn=preexec, start_new_session=True)

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process.poll() is None

    def exit_code(self):
        """None while it runs; negative after a signal."""
        return self.process.poll()

    def wait(self, seconds=10):
        return self.process.wait(seconds)

    def log_text(self):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def kill(self):
        """kill -9, and wait until it is gone."""
        if self.running():
            os.kill(self.pid, signal.SIGKILL)
        self.process.wait(10)

    def terminate(self, seconds=10):
        """SIGTERM; returns the exit code."""
        if self.running():
            os.kill(self.pid, signal.SIGTERM)
        return self.process.wait(seconds)

    def family(self):
        """Its own pid and those of all processes below it."""
        return [self.pid] + procfs.descendants(self.pid)
