"""The static agent alone with a kernel: in a root that has busybox and nothing else, and under a kernel as old as 3.10."""

import errno
import os
import shutil
import struct
import subprocess
import sys
import unittest

from harness import Agent, Server, WorldTest, old_kernel, procfs
from harness.world import program_path

PROGRAMS = ("assist-agent", "assist-supervisor", "assist-container")
FAMILY = """sh -c 'echo $$ > {folder}/child; exec sleep 300' &
echo $$ > {folder}/script
echo begun
wait
"""


class StaticAgentTest(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.server = Server(world, "server").start()
        cls.api = cls.server.api()

    def agent_in(self, root, name, program="/usr/assist-agent"):
        """An agent that sees the folder `root` as /; the server's CA lies there in /etc."""
        def enter():
            os.chroot(root)
            os.chdir("/")

        agent = Agent(self.world, self.server, name)
        agent.inside = "/var/lib/assist"
        agent.root = root + agent.inside
        agent.program_file = program
        agent.preexec = enter
        agent.trust_arguments = lambda: ["--ca-file", "/etc/ca.pem"]
        return agent

    def family(self, folder):
        """The pids of a script and its child, once both have written theirs."""
        def pids():
            try:
                found = []
                for name in ("script", "child"):
                    with open(os.path.join(folder, name), encoding="ascii") as file:
                        found.append(int(file.read()))
                return found
            except (FileNotFoundError, ValueError):
                return None

        found = self.wait_for(pids, 15, "the script and its child have started")
        for pid in found:
            self.addCleanup(procfs.end, pid)
        return found

    def flows(self, agent, folder, inside):
        """Run, stop, time-out, restart with a running task. `folder` is what the agent's scripts call `inside`."""
        api = self.api
        agent.register(api).start().wait_until_connected(api)
        for name in ("late", "stopped"):
            os.makedirs(os.path.join(folder, name))
        late = api.run(FAMILY.format(folder=f"{inside}/late"), [agent.id], Timeout=10)
        late_family = self.family(f"{folder}/late")

        row = api.run_and_wait("echo 123; echo $((6 * 7)) >&2; exit 7", agent.id)
        self.assertEqual((row["Bytes"], row["ExitCode"]), (b"123\n42\n", 7))

        stopped = api.run(FAMILY.format(folder=f"{inside}/stopped"), [agent.id])
        stopped_family = self.family(f"{folder}/stopped")
        api.wait_for_output(stopped, agent.id, b"begun")
        api.call("StopInvocation", InvokeId=stopped).ok()
        self.assertEqual(api.wait_for_status(stopped, agent.id, "Terminated", 15)["Bytes"], b"begun\n")

        running = api.run(f"echo begin; while [ ! -e {inside}/go ]; do sleep 0.1; done; echo end", [agent.id])
        api.wait_for_output(running, agent.id, b"begin")
        agent.kill()
        with open(f"{folder}/go", "wb"):
            pass
        agent.start().wait_until_connected(api)
        self.assertEqual(api.wait_for_status(running, agent.id, "Success", 20)["Bytes"], b"begin\nend\n")

        self.assertEqual(api.wait_for_status(late, agent.id, "Timeout", 30)["Bytes"], b"begun\n")
        self.wait_for(lambda: not [pid for pid in late_family + stopped_family if procfs.alive(pid)], 5,
                      "all processes of the scripts have ended")


class Programs(unittest.TestCase):
    def test_the_programs_need_no_other_file(self):
        for name in PROGRAMS:
            with open(program_path(name), "rb") as file:
                data = file.read()
            self.assertEqual(data[:5], b"\x7fELF\x02", name)
            start, = struct.unpack_from("=Q", data, 32)
            size, count = struct.unpack_from("=HH", data, 54)
            headers = [struct.unpack_from("=IIQQQQ", data, start + size * at) for at in range(count)]
            self.assertNotIn(3, [header[0] for header in headers], f"{name} names a dynamic linker (PT_INTERP)")
            for kind, _, offset, _, _, length in headers:
                if kind != 2:  # PT_DYNAMIC: a program that can lie anywhere has one, for itself
                    continue
                tags = [struct.unpack_from("=q", data, at)[0] for at in range(offset, offset + length, 16)]
                self.assertNotIn(1, tags, f"{name} has shared libraries (DT_NEEDED)")

    def test_the_agent_lies_elsewhere_each_time(self):
        with open(program_path("assist-agent"), "rb") as file:
            kind, = struct.unpack_from("=H", file.read(18), 16)
        self.assertEqual(kind, 3, "not ET_DYN: its addresses are the same on every machine")


@unittest.skipUnless(old_kernel.supported(), "the filter of old_kernel.py is for x86-64")
class OldKernel(StaticAgentTest):
    def test_the_filter_refuses_what_is_younger_than_3_10(self):
        look = ("from harness import old_kernel\nold_kernel.become_old()\n"
                "print(*(n for n in old_kernel.YOUNGER if old_kernel.answers(n) != %d), old_kernel.answers(39))")
        done = subprocess.run([sys.executable, "-c", look % errno.ENOSYS], capture_output=True, text=True, check=True,
                              env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
        self.assertEqual(done.stdout.split(), ["0"], "these calls are not refused, or getpid is")

    def test_all_is_well_without_younger_calls(self):
        self.addCleanup(old_kernel.SeededMark().remove)
        agent = Agent(self.world, self.server, "old")
        agent.preexec = old_kernel.become_old
        folder = self.world.path("old-files")
        os.makedirs(folder)
        self.flows(agent, folder, folder)
        status = self.api.run_and_wait("grep Seccomp: /proc/self/status", agent.id)["Bytes"]
        self.assertEqual(status.split(), [b"Seccomp:", b"2"], "the filter does not hold for scripts")


@unittest.skipUnless(os.geteuid() == 0, "chroot and mounts need root")
class BareRoot(StaticAgentTest):
    def bare_root(self, name, proc=True):
        """busybox, five lines in /etc, /dev/null and /dev/urandom; /usr cannot be written, /tmp not executed."""
        busybox = shutil.which("busybox")
        self.assertTrue(busybox, "busybox-static is not installed: scripts/deps.sh --test")
        root = self.world.path(name)
        for folder in ("bin", "dev", "etc", "proc", "root", "tmp", "usr", "var/lib", "home/worker"):
            os.makedirs(os.path.join(root, folder))
        shutil.copy(busybox, f"{root}/bin/busybox")
        for tool in ("sh", "cat", "grep", "id", "ls", "sleep", "touch", "chmod"):
            os.symlink("busybox", f"{root}/bin/{tool}")
        for file, text in (("passwd", "root:x:0:0::/root:/bin/sh\nworker:x:4321:4322::/home/worker:/bin/sh\n"),
                           ("group", "root:x:0:\nworker:x:4322:\ncrew:x:4323:worker\n")):
            with open(f"{root}/etc/{file}", "w", encoding="ascii") as out:
                out.write(text)
        shutil.copy(self.server.ca_file, f"{root}/etc/ca.pem")
        for device in ("null", "urandom"):
            with open(f"{root}/dev/{device}", "wb"):
                pass
            self.world.mount("", f"{root}/dev/{device}", "bind", f"/dev/{device}")
        usr = self.world.path(f"{name}-usr")
        os.makedirs(usr)
        for program in PROGRAMS:
            shutil.copy(program_path(program), usr)
        self.world.mount("", f"{root}/usr", "bind,ro", usr)
        self.world.mount("tmpfs", f"{root}/tmp", "noexec,mode=1777")
        if proc:
            self.world.mount("proc", f"{root}/proc", "")
        return root

    def test_all_is_well_with_busybox_only(self):
        root = self.bare_root("bare")
        agent = self.agent_in(root, "bare")
        self.flows(agent, f"{root}/tmp", "/tmp")
        what = self.api.run_and_wait("ls /; ls -d /dev/shm; touch /usr/x; echo 'echo 1' > /tmp/s; chmod 755 /tmp/s; /tmp/s",
                                     agent.id)["Bytes"]
        for piece in (b"var", b"/dev/shm: No such file", b"Read-only file system", b"Permission denied"):
            self.assertIn(piece, what)

    def test_without_proc_it_says_so_and_does_nothing(self):
        root = self.bare_root("no-proc", proc=False)
        agent = self.agent_in(root, "no-proc")
        said = r"/proc is not mounted here.*mount -t proc proc /proc"
        activation = self.api.call("CreateActivation", InstanceCount=1).ok()
        done = agent.command("register", "--server", self.server.url, "--activation-id", activation["ActivationId"],
                             "--activation-code", "-", *agent.trust_arguments(), text_in=activation["ActivationCode"])
        self.assertRegex(done.stderr, said)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(self.api.call("DescribeActivations", ActivationId=activation["ActivationId"])
                         .ok()["ActivationList"][0]["RegisteredCount"], 0, "the activation was used up all the same")
        # Registered while it was there, started without it: a later start may find it, so the service is to try again.
        self.world.mount("proc", f"{root}/proc", "")
        agent.register(self.api)
        self.world.unmount(f"{root}/proc")
        done = agent.command("run")
        self.assertRegex(done.stderr, said)
        self.assertEqual(done.returncode, 1)

    def test_users_come_from_the_roots_own_files(self):
        agent = self.agent_in(self.bare_root("users"), "users")
        agent.register(self.api).start().wait_until_connected(self.api)
        row = self.api.run_and_wait("id; pwd", agent.id, Username="worker")
        self.assertEqual(row["Bytes"].decode().splitlines(),
                         ["uid=4321(worker) gid=4322(worker) groups=4322(worker),4323(crew)", "/home/worker"], row)
        row = self.api.run_and_wait("id", agent.id, Username="nobody")
        self.assertEqual((row["InvocationStatus"], row["ErrorCode"]), ("Invalid", "AccountNotExists"))
