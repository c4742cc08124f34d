"""Commands in containers: with a real Podman (through its Docker-compatible socket) and runc, and with a scripted crictl.

Podman runs on storage of its own in the test's folder, without a network, and is gone with it. On a machine that lets
nobody make containers the tests with it say so and are skipped; the scripted ones and container_program_test decide."""

import contextlib
import glob
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest

from harness import Agent, Server, WorldTest, procfs

IDLE = "while :; do sleep 1; done"


class Podman:
    """Containers of an image that holds busybox alone. Everything lies below `folder`."""

    def __init__(self, world):
        self.world = world
        self.folder = world.path("podman")
        self.socket = world.path("docker.sock")
        os.makedirs(self.folder)
        self.service = None

    def command(self, *arguments, check=True, seconds=30):
        places = [word for name in ("root", "runroot", "tmpdir") for word in (f"--{name}", f"{self.folder}/{name}")]
        done = subprocess.run(
            ["podman", *places, "--runtime", "runc", "--cgroup-manager=cgroupfs", "--storage-driver=vfs",
             "--events-backend=file", *arguments],
            capture_output=True, text=True, check=False, timeout=seconds, stdin=subprocess.DEVNULL,
            env=self.world.environment())
        if check and done.returncode != 0:
            raise RuntimeError(f"podman {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def make_image(self):
        root = os.path.join(self.folder, "image")
        os.makedirs(os.path.join(root, "bin"))
        for folder in ("etc", "proc", "tmp", "srv"):
            os.mkdir(os.path.join(root, folder))
        shutil.copy("/bin/busybox", os.path.join(root, "bin/busybox"))
        for applet in ("sh", "id", "sleep", "cat", "setsid"):
            os.symlink("busybox", os.path.join(root, "bin", applet))
        for name, text in (("passwd", "root:x:0:0:root:/:/bin/sh\napp:x:1000:1000::/tmp:/bin/sh\n"),
                           ("group", "root:x:0:\napp:x:1000:\n")):
            with open(os.path.join(root, "etc", name), "w", encoding="ascii") as file:
                file.write(text)
        archive = os.path.join(self.folder, "image.tar")
        subprocess.run(["tar", "-C", root, "-cf", archive, "."], check=True)
        self.command("import", archive, "localhost/assist-test:1")

    def run(self, name, script=IDLE):
        """Starts a container; its id."""
        # Without these limits Podman asks for some that a machine without CAP_SYS_RESOURCE refuses.
        return self.command("run", "--detach", "--name", name, "--network=none", "--ulimit", "nofile=1024:1024",
                            "--ulimit", "nproc=1000:1000", "localhost/assist-test:1", "/bin/sh", "-c", script)

    def serve(self):
        places = [word for name in ("root", "runroot", "tmpdir") for word in (f"--{name}", f"{self.folder}/{name}")]
        self.service = self.world.start(
            ["podman", *places, "--runtime", "runc", "--cgroup-manager=cgroupfs", "--storage-driver=vfs",
             "--events-backend=file", "system", "service", "--time=0", f"unix://{self.socket}"], "podman.log")

    def close(self):
        self.command("rm", "--all", "--force", "--time=0", check=False)
        if self.service:
            self.service.terminate()
        with open("/proc/self/mounts", encoding="utf-8") as file:
            mounts = [line.split()[1] for line in file]
        for mount in sorted((m for m in mounts if m.startswith(self.folder + "/")), reverse=True):
            subprocess.run(["umount", "-l", mount], check=False, capture_output=True)


def remove_groups():
    """Podman's cgroups; when its processes, which world.close() waits for, are gone."""
    for parent in glob.glob("/sys/fs/cgroup/**/libpod_parent", recursive=True):
        for group in (os.path.join(parent, "conmon"), parent):
            with contextlib.suppress(OSError):  # not empty: there are containers of others
                os.rmdir(group)


def sleepers(seconds):
    """Pids of the living `sleep SECONDS` of this machine, in whatever container."""
    return [pid for pid in procfs.all_pids()
            if procfs.alive(pid) and (procfs.command_line(pid) or b"").split(b"\0")[:2] == [b"sleep", seconds.encode()]]


class ContainersTest(WorldTest):
    SHARED = True

    def wrong(self, why, **parameters):
        """Runs a command that cannot be run; its row, whose words have `why`."""
        row = self.api.run_and_wait("echo x", self.machine, **parameters)
        self.assertIn(row["InvocationStatus"], ("Invalid", "Failed", "Error"), row)
        self.assertIn(why, f"{row['ErrorCode']} {row['ErrorInfo']} {row.get('ErrorDetail')}", row)
        self.assertEqual(row["Bytes"], b"")
        return row


def make_agent(test, world, settings):
    """A server and an agent with these lines in its agent.toml."""
    server = Server(world, "server").start()
    test.api = server.api()
    test.agent = Agent(world, server, "m1").register(test.api)
    with open(os.path.join(test.agent.root, "agent.toml"), "w", encoding="utf-8") as file:
        file.write("[containers]\n" + settings)
    test.agent.start().wait_until_connected(test.api)
    test.machine = test.agent.id


class WithPodman(ContainersTest):
    @classmethod
    def prepare(cls, world):
        if not shutil.which("podman") or not shutil.which("runc"):
            raise RuntimeError("podman and runc are not installed: scripts/deps.sh --test")
        unittest.addModuleCleanup(remove_groups)
        cls.podman = Podman(world)
        cls.addClassCleanup(cls.podman.close)
        cls.podman.make_image()
        try:
            cls.web = cls.podman.run("web")
        except RuntimeError as error:
            print(f"\n*** NO CONTAINER CAN BE MADE ON THIS MACHINE; nothing is shown here about real ones: {error}\n",
                  file=sys.stderr)
            raise unittest.SkipTest("this machine lets nobody make containers") from error
        cls.podman.serve()
        make_agent(cls, world, f'docker = "{cls.podman.socket}"\ncri = []\n')

    def test_a_command_runs_inside_and_is_shown_with_its_container(self):
        script = "cat /etc/passwd; echo to-stderr >&2; exit 3"
        row = self.api.run_and_wait(script, self.machine, ContainerName="web")
        self.assertEqual((row["InvocationStatus"], row["ExitCode"], row["ErrorCode"]),
                         ("Failed", 3, "ExitCodeNonzero"), row)
        self.assertEqual(row["Bytes"], b"root:x:0:0:root:/:/bin/sh\napp:x:1000:1000::/tmp:/bin/sh\nto-stderr\n")
        self.assertEqual((row["ContainerId"], row["ContainerName"]), ("", "web"))
        row = self.api.run_and_wait("echo $0", self.machine, ContainerId=f"docker://{self.web}", ContainerName="web")
        self.assertEqual((row["InvocationStatus"], row["Bytes"]), ("Success", b"/bin/sh\n"))

    def test_user_and_folder_hold_inside(self):
        row = self.api.run_and_wait("id -u; pwd", self.machine, ContainerName="web", Username="app", WorkingDir="/srv")
        self.assertEqual(row["Bytes"], b"1000\n/srv\n", row)

    def test_variables_are_filled_in_and_no_script_file_is_left(self):
        row = self.api.run_and_wait("echo {{ACS::InvokeId}}", self.machine, ContainerId=self.web, EnableParameter=True)
        self.assertEqual(row["Bytes"].decode().strip(), row["InvokeId"])
        self.wait_for(lambda: not os.listdir(os.path.join(self.agent.root, "tasks")), 10, "the task is forgotten")

    def test_output_comes_while_it_runs_and_a_stop_ends_all_that_runs_inside(self):
        invoke_id = self.api.run("(setsid sleep 4321 &); echo going; sleep 4322", [self.machine], ContainerName="web")
        self.api.wait_for_output(invoke_id, self.machine, b"going")
        self.wait_for(lambda: sleepers("4321") and sleepers("4322"), 10, "both sleep")
        self.api.call("StopInvocation", InvokeId=invoke_id).ok()
        row = self.api.wait_for_status(invoke_id, self.machine, "Terminated", 20)
        self.assertEqual(row["Bytes"], b"going\n")
        self.assertEqual(sleepers("4321") + sleepers("4322"), [])

    def test_a_time_out_ends_all_that_runs_inside(self):
        invoke_id = self.api.run("(setsid sleep 4323 &); sleep 4324", [self.machine], ContainerName="web", Timeout=10)
        self.wait_for(lambda: sleepers("4323") and sleepers("4324"), 10, "both sleep")
        row = self.api.wait_for_status(invoke_id, self.machine, "Timeout", 30)
        self.assertEqual(row["ErrorCode"], "ExecutionTimeout")
        self.assertEqual(sleepers("4323") + sleepers("4324"), [])

    def test_it_outlives_the_agent(self):
        script = "echo before; while [ ! -e /tmp/go ]; do sleep 0.1; done; echo behind; exit 7"
        invoke_id = self.api.run(script, [self.machine], ContainerName="web")
        self.api.wait_for_output(invoke_id, self.machine, b"before")
        self.agent.kill()
        self.podman.command("exec", "web", "/bin/sh", "-c", "echo x > /tmp/go")
        self.wait_for(lambda: not self.agent.supervisors(), 15, "the command ended without an agent")
        self.agent.start().wait_until_connected(self.api)
        row = self.api.wait_until_final(invoke_id, self.machine)
        self.assertEqual((row["ExitCode"], row["Bytes"]), (7, b"before\nbehind\n"))

    def test_a_container_that_ends_takes_its_command_along(self):
        self.podman.run("brief")
        invoke_id = self.api.run("echo going; sleep 4325", [self.machine], ContainerName="brief")
        self.api.wait_for_output(invoke_id, self.machine, b"going")
        self.podman.command("kill", "brief")
        row = self.api.wait_until_final(invoke_id, self.machine, 30)
        self.assertEqual(sleepers("4325"), [])
        # Its exit code while the runtime still knows it; else unknown, never success.
        self.assertIn((row["InvocationStatus"], row["ErrorCode"]),
                      {("Failed", "ExitCodeNonzero"), ("Error", "ExecutionInterrupted")}, row)

    def test_what_cannot_be_found_is_said(self):
        self.podman.run("ended", "exit 0")
        self.podman.command("wait", "ended")
        self.wrong("ContainerStateAbnormal", ContainerName="ended")
        self.wrong("ContainerNotFound", ContainerName="nobody")
        self.wrong("ContainerNotFound", ContainerName="we")
        self.wrong("ContainerNameAndIdNotMatch", ContainerId=self.web, ContainerName="ended")
        self.wrong("ContainerConnectFailed", ContainerId=f"containerd://{self.web}")
        self.wrong("ghost", ContainerName="web", Username="ghost")
        self.wrong("/nowhere", ContainerName="web", WorkingDir="/nowhere")


CRICTL = """#!/bin/sh
[ "$1 $2" = "--runtime-endpoint unix://{socket}" ] || exit 9
shift 2
case $1 in
  ps) echo '{{"containers":[{{"id":"{id}","metadata":{{"name":"app"}},"state":"CONTAINER_RUNNING",
"labels":{{"io.kubernetes.pod.name":"web-0","io.kubernetes.pod.namespace":"shop"}}}}]}}' ;;
  exec) [ "$2" = {id} ] || exit 8; shift 2; "$@" || {{ echo 'FATA[0000] exit code' >&2; exit 1; }} ;;
esac
"""


class WithScriptedCri(ContainersTest):
    ID = "ab" * 32

    @classmethod
    def prepare(cls, world):
        socket, crictl = world.path("cri.sock"), world.path("crictl")
        with open(socket, "w", encoding="ascii"):
            pass
        with open(crictl, "w", encoding="ascii") as file:
            file.write(CRICTL.format(socket=socket, id=cls.ID))
        os.chmod(crictl, 0o755)
        make_agent(cls, world, f'docker = ""\ncri = ["{world.path("absent.sock")}", "{socket}"]\ncrictl = "{crictl}"\n')

    def test_a_command_runs_by_crictl(self):
        for name in ("app", "web-0/app", "shop/web-0/app"):
            row = self.api.run_and_wait("echo out; echo err >&2; exit 3", self.machine, ContainerName=name)
            self.assertEqual((row["ExitCode"], row["Bytes"]), (3, b"out\nerr\n"), row)
        row = self.api.run_and_wait("echo x", self.machine, ContainerId=f"containerd://{self.ID}")
        self.assertEqual((row["InvocationStatus"], row["Bytes"]), ("Success", b"x\n"))

    def test_a_stop_ends_all_that_runs_inside(self):
        invoke_id = self.api.run("(setsid sleep 4331 &); echo going; sleep 4332", [self.machine], ContainerName="app")
        self.api.wait_for_output(invoke_id, self.machine, b"going")
        self.wait_for(lambda: sleepers("4331") and sleepers("4332"), 10, "both sleep")
        self.api.call("StopInvocation", InvokeId=invoke_id).ok()
        self.api.wait_for_status(invoke_id, self.machine, "Terminated", 20)
        self.assertEqual(sleepers("4331") + sleepers("4332"), [])

    def test_it_outlives_the_agent(self):
        go = self.world.path("go")
        invoke_id = self.api.run(f"echo before; while [ ! -e {go} ]; do sleep 0.1; done; echo behind", [self.machine],
                                 ContainerName="app")
        self.api.wait_for_output(invoke_id, self.machine, b"before")
        self.agent.kill()
        with open(go, "w", encoding="ascii"):
            pass
        self.wait_for(lambda: not self.agent.supervisors(), 15, "the command ended without an agent")
        self.agent.start().wait_until_connected(self.api)
        row = self.api.wait_until_final(invoke_id, self.machine)
        self.assertEqual((row["InvocationStatus"], row["Bytes"]), ("Success", b"before\nbehind\n"))

    def test_a_client_that_is_killed_leaves_the_outcome_unknown(self):
        go = self.world.path("go-on")
        invoke_id = self.api.run(f"echo going; while [ ! -e {go} ]; do sleep 0.1; done", [self.machine], ContainerName="app")
        self.api.wait_for_output(invoke_id, self.machine, b"going")
        clients = [pid for pid in self.agent.processes()
                   if (procfs.command_line(pid) or b"").split(b"\0")[0].endswith(b"/assist-container")]
        self.assertEqual(len(clients), 1)
        procfs.end(clients[0], signal.SIGKILL)
        row = self.api.wait_until_final(invoke_id, self.machine)
        self.assertEqual((row["InvocationStatus"], row["ErrorCode"]), ("Error", "ExecutionInterrupted"), row)
        with open(go, "w", encoding="ascii"):
            pass

    def test_what_cri_cannot_do_is_refused(self):
        self.wrong("in a container of CRI", ContainerName="app", Username="app")
        self.wrong("in a container of CRI", ContainerName="app", WorkingDir="/srv")
        self.wrong("LauncherInvalid", ContainerName="app", Launcher="python3")
        self.wrong("ContainerNotFound", ContainerName="nobody")


class WithoutARuntime(WorldTest):
    def test_there_is_nothing_to_connect_to(self):
        make_agent(self, self.world, 'docker = "/nowhere/docker.sock"\ncri = []\n')
        begin = time.monotonic()
        row = self.api.run_and_wait("echo x", self.machine, ContainerName="web")
        self.assertEqual((row["InvocationStatus"], row["ErrorCode"]), ("Invalid", "CommandNotApplicable"), row)
        self.assertLess(time.monotonic() - begin, 10)


if __name__ == "__main__":
    unittest.main()
