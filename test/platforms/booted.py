"""A root whose own init is process 1, in namespaces of its own (processes, mounts, host name, IPC, control groups); the
network is that of the test. /proc/sys and /sys are read-only, so that no boot sets anything of the machine's kernel; /dev is
its own, and its control groups lie below one of the test."""

import os
import signal
import subprocess

import debian_root
from harness import procfs
from harness.waiting import wait_for

_DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9),
            "tty": (5, 0)}


def unified_groups():
    """Where control groups of version 2 are mounted, or None."""
    with open("/proc/self/mounts", encoding="ascii") as file:
        for line in file:
            words = line.split()
            if words[2] == "cgroup2":
                return words[1]
    return None


class Booted:
    """Starts `init` in `root` (with /proc mounted by debian_root.unpack). End it with end(). `chroot`: the root is a folder of
    this machine's files, so that programs of this machine can work on it from within the namespaces; else it is the root of
    the mounts, as units want it that are shut in (ProtectSystem=)."""

    def __init__(self, world, root, init, chroot=False):
        self.world, self.root = world, root
        groups = unified_groups()
        if groups is None:
            raise AssertionError("no control groups of version 2 are mounted here: an init cannot be booted in them")
        self.group = os.path.join(groups, f"assist-test-{world.name}")
        os.mkdir(self.group)
        world.mount("tmpfs", f"{root}/dev", "mode=755")
        for name, number in _DEVICES.items():
            os.mknod(f"{root}/dev/{name}", 0o666 | 0o020000, os.makedev(*number))
            os.chmod(f"{root}/dev/{name}", 0o666)
        os.symlink("pts/ptmx", f"{root}/dev/ptmx")  # units with PrivateDevices= copy it
        world.mount("tmpfs", f"{root}/run", "mode=755")
        script = world.path("boot.sh")
        enter = f"chroot {root}" if chroot else "chroot ."
        become_root = "" if chroot else f"mount --rbind {root} {root}\ncd {root}\nmount --move . /"
        with open(script, "w", encoding="ascii") as file:
            file.write(f"""set -e
mount --make-rprivate /
umount -l {root}/proc
mount -t proc proc {root}/proc
mount -o bind,ro {root}/proc/sys {root}/proc/sys
mount -t sysfs -o ro sysfs {root}/sys
mount -t cgroup2 none {root}/sys/fs/cgroup
hostname assist-booted
{become_root}
exec env -i container=assist-test PATH=/usr/sbin:/usr/bin:/sbin:/bin {world_mark(world)} {enter} {init}
""")

        def enter_group():
            with open(f"{self.group}/cgroup.procs", "w", encoding="ascii") as file:
                file.write(str(os.getpid()))

        self.outer = world.start(["unshare", "--pid", "--mount", "--uts", "--ipc", "--cgroup", "--fork", "--kill-child",
                                  "sh", script], "boot.log", preexec=enter_group)
        name = os.path.basename(init.split()[0])
        self.init = wait_for(lambda: self.processes(name)[:1], 15, f"{name} as process 1 of the root")[0]

    def do(self, *command, seconds=60, text_in=None, root=True):
        """Runs a command inside; what subprocess.run() returns. `root` False: a program of this machine in the namespaces."""
        root = ["--root", "--wd"] if root else []
        return subprocess.run(["nsenter", "--target", str(self.init), "--pid", "--mount", "--uts", "--ipc", "--cgroup",
                               *root, "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C",
                               world_mark(self.world), *command], capture_output=True, text=True, timeout=seconds,
                              input=text_in, check=False)

    def must(self, *command, **more):
        done = self.do(*command, **more)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}\n"
                                 f"{self.outer.log_text()[-3000:]}")
        return done.stdout + done.stderr

    def processes(self, program):
        """Pids, as the test sees them, of those inside whose program has this name."""
        found = []
        for pid in procfs.descendants(self.outer.pid):
            try:
                name = os.path.basename(os.readlink(f"/proc/{pid}/exe").replace(" (deleted)", ""))
            except OSError:
                continue
            if name == program:
                found.append(pid)
        return found

    def end(self):
        """With process 1 the kernel ends all others of its namespace."""
        procfs.end(self.init, signal.SIGKILL)
        self.outer.wait(10)
        wait_for(self._group_is_gone, 10, "the control groups of the root are empty")

    def _group_is_gone(self):
        for folder, _, _ in os.walk(self.group, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                return False
        return True


def world_mark(world):
    """By which the harness knows its processes."""
    return f"ASSIST_TEST_WORLD={world.name}"
