"""A root of its own for packages: a minimal Debian made of this machine's files, without systemd, in which packages
are installed for real, with their dependencies checked, and in which the programs then run (chroot; the network is shared)."""

import os
import re
import shutil
import signal
import subprocess

from harness import procfs
from harness.waiting import wait_for

_BESIDE_ESSENTIAL = ["passwd", "perl-base", "init-system-helpers", "sysvinit-utils", "grep", "procps"]
_LEFT_OUT = re.compile(r"/usr/share/(doc|man|locale|info|lintian|bug|zoneinfo|i18n)/|/usr/lib/systemd|/lib/systemd")


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **more)


def _stanzas():
    """Status of this machine's installed packages: {name: text}."""
    with open("/var/lib/dpkg/status", encoding="utf-8") as file:
        every = file.read().split("\n\n")
    found = {}
    for text in every:
        if "\nStatus: install ok installed" in text:
            found[re.match(r"Package: (\S+)", text.lstrip()).group(1)] = text.strip()
    return found


def _needs(text):
    names = []
    for field in re.findall(r"^(?:Pre-)?Depends: (.*)$", text, re.M):
        for group in field.split(","):
            names.append([re.split(r"[ :(]", choice.strip())[0] for choice in group.split("|")])
    return names


def _closure(stanzas, wanted):
    """`wanted` with all they need, as far as it is installed here."""
    chosen, border = set(), list(wanted)
    while border:
        name = border.pop()
        if name in chosen or name not in stanzas:
            continue
        chosen.add(name)
        for choices in _needs(stanzas[name]):
            border += [choice for choice in choices if choice in stanzas][:1]
    return sorted(chosen)


class ScratchRoot:
    """Made in a folder of `world`, which mounts and ends what is needed. `packages`: further ones of this machine."""

    def __init__(self, world, packages=()):
        self.world = world
        self.folder = world.path("root")
        os.mkdir(self.folder)
        stanzas = _stanzas()
        essential = [name for name, text in stanzas.items() if "\nEssential: yes" in text]
        chosen = _closure(stanzas, essential + _BESIDE_ESSENTIAL + list(packages))
        if os.path.islink("/bin"):  # merged /usr
            for name in ("bin", "sbin", "lib", "lib64"):
                os.makedirs(self.path("usr", name))
                os.symlink(f"usr/{name}", self.path(name))
        self._copy(chosen)
        os.makedirs(self.path("var/lib/dpkg/updates"), exist_ok=True)
        with open(self.path("var/lib/dpkg/status"), "w", encoding="utf-8") as file:
            file.write("\n\n".join(stanzas[name] for name in chosen) + "\n\n")
        for name in ("proc", "dev", "tmp", "run", "var/log", "var/lib", "root", "etc/init.d", "var/tmp"):
            os.makedirs(self.path(name), exist_ok=True)
        os.chmod(self.path("tmp"), 0o1777)
        for name, text in (("passwd", "root:x:0:0:root:/root:/bin/sh\n"), ("group", "root:x:0:\n"),
                           ("shadow", "root:*:1::::::\n"), ("gshadow", "root:*::\n"), ("hosts", "127.0.0.1 localhost\n"),
                           ("machine-id", world.name + "\n"), ("nsswitch.conf", "passwd: files\ngroup: files\n")):
            with open(self.path("etc", name), "w", encoding="ascii") as file:
                file.write(text)
        for name, minor in (("null", 3), ("zero", 5), ("random", 8), ("urandom", 9)):
            os.mknod(self.path("dev", name), 0o666 | 0o020000, os.makedev(1, minor))
            os.chmod(self.path("dev", name), 0o666)
        # Of SysV init only what says that the machine is up in runlevel 2: without them invoke-rc.d starts nothing.
        os.symlink("/bin/true", self.path("sbin/init"))
        with open(self.path("sbin/runlevel"), "w", encoding="ascii") as file:
            file.write("#!/bin/sh\necho N 2\n")
        os.chmod(self.path("sbin/runlevel"), 0o755)
        self.do("ldconfig")
        world.mount("proc", self.path("proc"), "")
        wait_for(lambda: os.path.exists(self.path("proc/self")), 5, "/proc in the root")

    def path(self, *parts):
        return os.path.join(self.folder, *[part.lstrip("/") for part in parts])

    def exists(self, path):
        return os.path.lexists(self.path(path))

    def read(self, path):
        with open(self.path(path), encoding="utf-8") as file:
            return file.read()

    def _copy(self, packages):
        names = []
        for package in packages:
            for ending in (f"{package}.list", f"{package}:amd64.list", f"{package}:arm64.list"):
                listing = f"/var/lib/dpkg/info/{ending}"
                if os.path.exists(listing):
                    with open(listing, encoding="utf-8") as file:
                        names += file.read().split("\n")
                    base = listing[:-len(".list")]
                    for kind in ("list", "md5sums", "conffiles", "triggers", "shlibs"):
                        if os.path.exists(f"{base}.{kind}"):
                            names.append(f"{base}.{kind}")
        names += [f"/usr/bin/{name}" for name in ("sh", "awk", "mawk")] + ["/etc/alternatives/awk"]
        keep = [name for name in dict.fromkeys(names)
                if name.startswith("/") and not _LEFT_OUT.search(name + "/") and os.path.lexists(name)
                and (os.path.islink(name) or not os.path.isdir(name))]
        # tar keeps links, owners and modes; names are resolved through merged /usr on both sides.
        pack = subprocess.Popen(["tar", "-C", "/", "--no-recursion", "-cf", "-", "-T", "-"], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        unpack = subprocess.Popen(["tar", "-C", self.folder, "--keep-directory-symlink", "-xf", "-"], stdin=pack.stdout)
        pack.stdin.write("\n".join(name.lstrip("/") for name in keep).encode())
        pack.stdin.close()
        pack.stdout.close()
        if unpack.wait(60) != 0 or pack.wait(60) != 0:
            raise RuntimeError("cannot copy this machine's files into a root")

    def do(self, *command, text_in=None, **env):
        """Runs a command inside, and returns what subprocess.run returns."""
        return subprocess.run(["chroot", self.folder, *command], capture_output=True, text=True, input=text_in,
                              check=False, timeout=60,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C",
                                   "DEBIAN_FRONTEND": "noninteractive", "ASSIST_TEST_WORLD": self.world.name, **env})

    def bring(self, package):
        """Copies a file in; its path inside."""
        shutil.copy(package, self.path("tmp"))
        return "/tmp/" + os.path.basename(package)

    def processes(self, program):
        """Pids of the living processes inside whose program has this name."""
        found = []
        for pid in procfs.all_pids():
            try:
                inside = os.path.samefile(f"/proc/{pid}/root", self.folder)
                name = os.path.basename(os.readlink(f"/proc/{pid}/exe").replace(" (deleted)", ""))
            except OSError:
                continue
            if inside and name == program and procfs.alive(pid):
                found.append(pid)
        return found

    def end_all(self):
        """Ends what still runs inside, keepers first."""
        for _ in range(50):
            left = []
            for pid in procfs.all_pids():
                try:
                    if os.path.samefile(f"/proc/{pid}/root", self.folder):
                        left.append(pid)
                except OSError:
                    continue
            left = [pid for pid in left if procfs.alive(pid)]
            if not left:
                return
            for pid in left:
                procfs.end(pid, signal.SIGKILL)
                procfs.reap_orphan(pid)
        raise AssertionError(f"processes inside the root do not end: {left}")


class BusyboxRoot(ScratchRoot):
    """busybox with all its names, three files in /etc, /proc, /dev/null and /dev/urandom: no package manager, no service
    system, no C library."""

    def __init__(self, world):  # pylint: disable=super-init-not-called
        self.world = world
        self.folder = world.path("root")
        for name in ("bin", "dev", "etc", "proc", "root", "tmp", "usr/bin", "usr/sbin", "sbin", "var/lib"):
            os.makedirs(self.path(name))
        os.chmod(self.path("tmp"), 0o1777)
        busybox = shutil.which("busybox")
        if not busybox:
            raise RuntimeError("busybox is not here: scripts/deps.sh --test installs busybox-static")
        shutil.copy(busybox, self.path("bin"))
        subprocess.run(["chroot", self.folder, "/bin/busybox", "--install", "-s"], check=True, timeout=60)
        for name, text in (("passwd", "root:x:0:0:root:/root:/bin/sh\n"), ("group", "root:x:0:\n"),
                           ("hosts", "127.0.0.1 localhost\n")):
            with open(self.path("etc", name), "w", encoding="ascii") as file:
                file.write(text)
        for name, minor in (("null", 3), ("urandom", 9)):
            os.mknod(self.path("dev", name), 0o666 | 0o020000, os.makedev(1, minor))
            os.chmod(self.path("dev", name), 0o666)
        world.mount("proc", self.path("proc"), "")
