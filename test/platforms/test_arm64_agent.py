"""The static agent for arm64 under QEMU, in a root that has busybox and nothing else.

The server is this machine's, and so is the root's busybox, which runs the scripts: what is tried are the agent and its
supervisor, and what these two ask of the kernel. ASSIST_ARM64_BIN_DIR is the folder of the arm64 programs, ASSIST_BIN_DIR that
of the server."""

import os
import struct
import subprocess
import unittest
from unittest import mock

import arm64_kernel
import test_static_agent as native
from harness import procfs

ARM64 = 183  # e_machine of elf(5)


def arm64_program(name):
    path = os.path.join(os.path.abspath(os.environ["ASSIST_ARM64_BIN_DIR"]), name)
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"{path} is not built: scripts/arm64.sh build")
    return path


def setUpModule():
    kernel = arm64_kernel.programs_run()
    kernel.__enter__()
    unittest.addModuleCleanup(kernel.__exit__, None, None, None)


class Arm64:
    """Mixed into a test of test_static_agent: its programs are those for arm64."""

    def setUp(self):
        super().setUp()
        patched = mock.patch.object(native, "program_path", arm64_program)
        patched.start()
        self.addCleanup(patched.stop)


class Programs(Arm64, native.Programs):
    def test_the_programs_are_for_arm64(self):
        for name in native.PROGRAMS:
            with open(arm64_program(name), "rb") as file:
                machine, = struct.unpack_from("<H", file.read(20), 18)
            self.assertEqual(machine, ARM64, name)
        done = subprocess.run([arm64_program("assist-agent"), "--version"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^\d+\.\d+\.\d+\n$")


class BareRoot(Arm64, native.BareRoot):
    def programs(self, agent):
        """{program: file that the kernel runs for it} of the agent's own processes; under QEMU the program is an argument."""
        found = {}
        for pid in agent.processes():
            words = (procfs.command_line(pid) or b"").split(b"\0")
            for word in words[:2]:
                name = os.path.basename(word).decode()
                if name in native.PROGRAMS:
                    found[name] = os.path.basename(os.readlink(f"/proc/{pid}/exe"))
        return found

    def test_agent_and_supervisor_are_those_for_arm64(self):
        root = self.bare_root("qemu")
        agent = self.agent_in(root, "qemu")
        agent.register(self.api).start().wait_until_connected(self.api)
        self.api.run("touch /tmp/begun; sleep 300", [agent.id])
        self.wait_for(lambda: os.path.exists(f"{root}/tmp/begun"), 15, "a script runs")
        qemu = os.path.basename(os.path.realpath(arm64_kernel.QEMU))
        self.assertEqual(self.programs(agent), {"assist-agent": qemu, "assist-supervisor": qemu})


if __name__ == "__main__":
    unittest.main()
