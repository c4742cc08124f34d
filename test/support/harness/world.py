"""A folder, a name, and everything that was started in it; all of it is gone after close()."""

import atexit
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
import unittest
import uuid

from . import procfs
from .program import Program
from .waiting import wait_for

_MARK = "ASSIST_TEST_WORLD"


def program_path(name):
    """The built program. ASSIST_BIN_DIR is set by ctest; by hand: ASSIST_BIN_DIR=build/dev/bin python3 -m unittest …"""
    folder = os.environ.get("ASSIST_BIN_DIR")
    if not folder:
        raise RuntimeError("set ASSIST_BIN_DIR to the folder of the built programs, e.g. build/dev/bin")
    path = os.path.join(os.path.abspath(folder), name)
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"{path} is not built")
    return path


def optimized():
    """Memory bounds hold for what is shipped; an unoptimized program with its debug information is larger."""
    return os.environ.get("ASSIST_BUILD_TYPE", "Release") == "Release"


def judges_memory():
    """A sanitizer keeps freed memory and shadows all of it: how much a program has then says nothing about the program."""
    if not os.environ.get("ASSIST_SANITIZE"):
        return True
    print("not judged: memory, of a program under a sanitizer")
    return False


_given_ports = set()


def free_port():
    """A port of the loopback interface that nobody listens on, below the range from which the system picks for clients
    (so that no outgoing connection takes it between this look and the program's bind)."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        lowest = int(file.read().split()[0])
    for _ in range(1000):
        port = 10_000 + int.from_bytes(os.urandom(4), "big") % max(1, lowest - 10_000)
        if port in _given_ports:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given_ports.add(port)
        return port
    raise RuntimeError("no free port found")


class World:
    """Owns a temporary folder and the processes started through start(); not thread-safe."""

    def __init__(self):
        procfs.adopt_orphans()
        self.name = uuid.uuid4().hex
        self.folder = tempfile.mkdtemp(prefix="assist-test-")
        os.chmod(self.folder, 0o755)
        self._programs = []
        self._mounts = []
        self._servers = 0
        self._closed = False
        atexit.register(self.close)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def environment(self, **more):
        """What the programs see: nothing of the caller's ASSIST_… settings, and a home folder of their own."""
        env = {key: value for key, value in os.environ.items() if not key.startswith("ASSIST_")}
        home = self.path("home")
        os.makedirs(home, exist_ok=True)
        env.update({"HOME": home, _MARK: self.name, "LC_ALL": "C.UTF-8", "NO_PROXY": "*"})
        env.update(more)
        return env

    def start(self, arguments, log, preexec=None, **env):
        program = Program(arguments, self.path(log), self.environment(**env), cwd=self.folder, preexec=preexec)
        self._programs.append(program)
        return program

    def processes(self):
        """Pids of everything that belongs to this world, also what its parents have left behind."""
        mark = f"{_MARK}={self.name}".encode()
        found = []
        for pid in procfs.descendants(os.getpid()):
            if mark in (procfs.environment(pid) or b"").split(b"\0") or procfs.touches(pid, self.folder):
                found.append(pid)
        return found

    def mount(self, kind, target, options, source="none"):
        """Mounts and remembers it; raises PermissionError when this process may not."""
        import subprocess
        command = ["mount"] + (["-t", kind] if kind else []) + (["-o", options] if options else []) + [source, target]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PermissionError(f"{' '.join(command)}: {done.stderr.strip()}")
        if target not in self._mounts:
            self._mounts.append(target)

    def unmount(self, target):
        import subprocess
        subprocess.run(["umount", "-l", target], check=False, capture_output=True)
        if target in self._mounts:
            self._mounts.remove(target)

    def close(self):
        if self._closed:
            return
        self._closed = True
        atexit.unregister(self.close)
        for program in self._programs:
            if program.running():
                procfs.end(program.pid, signal.SIGTERM)
        deadline = time.monotonic() + 3
        while any(program.running() for program in self._programs) and time.monotonic() < deadline:
            time.sleep(0.02)
        own = {program.pid for program in self._programs}
        while left := self.processes():
            for pid in left:
                procfs.end(pid)
            if time.monotonic() > deadline + 5:
                raise RuntimeError(f"processes that do not end: {left}")
            for pid in left:
                if pid not in own:
                    procfs.reap_orphan(pid)
            time.sleep(0.01)
        for program in self._programs:
            program.process.wait(5)
        for target in reversed(list(self._mounts)):
            self.unmount(target)
        if os.environ.get("ASSIST_TEST_KEEP"):
            print(f"kept: {self.folder}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def logs(self, last_lines=60):
        """The ends of all logs, for the message of a test that failed."""
        parts = []
        for log in dict.fromkeys(program.log for program in self._programs):
            try:
                with open(log, encoding="utf-8", errors="replace") as file:
                    lines = file.read().splitlines()
            except OSError:
                continue
            parts.append(f"--- {os.path.basename(log)} (last {last_lines} of {len(lines)} lines)")
            parts += lines[-last_lines:]
        return "\n".join(parts)


class WorldTest(unittest.TestCase):
    """A test with a world of its own, `self.world`. SHARED = True: one world for the whole class, filled by
    `prepare(world)`, a class method; else every test begins with an empty one. A failing test shows the programs' logs."""

    SHARED = False
    maxDiff = None

    @classmethod
    def prepare(cls, world):
        """Fills the shared world; the default leaves it empty."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.SHARED:
            cls.world = World()
            cls.addClassCleanup(cls.world.close)
            try:
                cls.prepare(cls.world)
            except BaseException:
                print(cls.world.logs(), file=sys.stderr)
                raise

    def setUp(self):
        super().setUp()
        if not self.SHARED:
            self.world = World()
            self.addCleanup(self.world.close)
        self._failed_before = self._failures()
        self.addCleanup(self._show_logs)

    def _failures(self):
        result = getattr(getattr(self, "_outcome", None), "result", None)
        return len(result.failures) + len(result.errors) if result is not None else 0

    def _show_logs(self):
        if self._failures() > self._failed_before:
            print(f"\n=== logs of {self.id()}\n{self.world.logs()}\n===", file=sys.stderr)

    def wait_for(self, condition, seconds=10.0, what="the condition", interval=0.02):
        return wait_for(condition, seconds, what, interval)
