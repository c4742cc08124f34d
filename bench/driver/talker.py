"""A program that is told what to do in lines and answers in lines of JSON: bench_swarm, bench_limit_server."""

import json
import os
import select
import subprocess
import time


class Ended(Exception):
    """The program failed, ended, or did not say in time what was waited for."""


class Talker:
    """Owns one process. Every wait has a deadline; close() ends the process, and no other."""

    def __init__(self, arguments, log):
        self.name = os.path.basename(arguments[0])
        self.log = log
        with open(log, "ab") as errors:
            self.process = subprocess.Popen([str(argument) for argument in arguments], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
        os.set_blocking(self.process.stdout.fileno(), False)
        self._read = b""

    @property
    def pid(self):
        return self.process.pid

    def tell(self, line):
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # what it said last is read by wait()

    def wait(self, event, seconds):
        """The next line of that event; others before it are passed over."""
        deadline = time.monotonic() + seconds
        while True:
            line, found, rest = self._read.partition(b"\n")
            if found:
                self._read = rest
                said = json.loads(line)
                if said["event"] == "failed":
                    raise Ended(f"{self.name}: {said['why']}")
                if said["event"] == event:
                    return said
                continue
            left = deadline - time.monotonic()
            if left <= 0:
                raise Ended(f"{self.name} did not say \"{event}\" within {seconds} s")
            if select.select([self.process.stdout], [], [], left)[0]:
                piece = self.process.stdout.read()
                if piece == b"":
                    with open(self.log, encoding="utf-8", errors="replace") as file:
                        raise Ended(f"{self.name} ended with {self.process.wait(5)}: {file.read()[-2000:]}")
                self._read += piece or b""

    def ask(self, line, event, seconds):
        self.tell(line)
        return self.wait(event, seconds)

    def close(self):
        if self.process.poll() is None:
            self.tell("quit")
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        self.process.stdin.close()
        self.process.stdout.close()
