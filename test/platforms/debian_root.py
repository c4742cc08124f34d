"""Roots of Debian's suites, made by debootstrap once and kept as a tar in the build folder (ASSIST_ROOTS_CACHE); each test
unpacks its own. What is missing is an error that names it: a suite that the mirror does not give is no reason to skip."""

import fcntl
import glob
import os
import re
import shutil
import subprocess

# Name: suite, and what is installed beside the packages that every Debian has.
KINDS = {
    "bullseye": ("bullseye", ()),
    "bookworm": ("bookworm", ()),
    "trixie": ("trixie", ()),
    "openrc": ("bookworm", ("openrc",)),
    "systemd": ("bookworm", ("systemd", "systemd-sysv", "dbus")),
    "server": ("bookworm", ("systemd", "systemd-sysv", "dbus", "libsqlite3-0", "libprometheus-cpp-core1.0", "libstdc++6")),
}
_NOT_KEPT = ("var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale")


def mirror():
    """ASSIST_MIRROR, else that of this machine's own packages (both forms of apt's sources)."""
    if os.environ.get("ASSIST_MIRROR"):
        return os.environ["ASSIST_MIRROR"]
    for path in ["/etc/apt/sources.list", *sorted(glob.glob("/etc/apt/sources.list.d/*"))]:
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read()
        except OSError:
            continue
        for found in re.findall(r"^(?:deb\s+(?:\[[^]]*\]\s+)?|URIs:\s*)(https?://\S+/debian)/?\s", text, re.M):
            return found
    raise AssertionError("apt's sources name no archive of Debian: ASSIST_MIRROR names one")


def _make(kind, tar):
    suite, more = KINDS[kind]
    folder = f"{tar}.making"
    shutil.rmtree(folder, ignore_errors=True)
    include = [f"--include={','.join(more)}"] if more else []
    command = ["debootstrap", "--variant=minbase", *include, suite, folder, mirror()]
    with open(f"{tar}.log", "w", encoding="utf-8") as log:
        done = subprocess.run(command, stdout=log, stderr=log, timeout=500, check=False,
                              env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"})
    if done.returncode != 0:
        with open(f"{tar}.log", encoding="utf-8") as log:
            said = log.read().splitlines()[-5:]
        raise AssertionError(f"no root of {suite}: `{' '.join(command)}` ended with {done.returncode}: {said}\nIs the "
                             f"mirror reached (ASSIST_MIRROR names another), and does it have {suite}? ASSIST_ROOTS "
                             "names the roots to try.")
    for name in _NOT_KEPT:
        shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
        os.makedirs(os.path.join(folder, name))
    subprocess.run(["tar", "-C", folder, "--numeric-owner", "--one-file-system", "-cf", f"{tar}.part", "."], check=True,
                   timeout=200)
    os.rename(f"{tar}.part", tar)
    shutil.rmtree(folder)


def unpack(world, kind):
    """A root of `kind` in a folder of `world`, with /proc; made first when none is kept."""
    cache = os.environ["ASSIST_ROOTS_CACHE"]
    os.makedirs(cache, exist_ok=True)
    suite, more = KINDS[kind]
    tar = os.path.join(cache, "_".join((suite, *more)) + ".tar")
    with open(os.path.join(cache, os.path.basename(tar) + ".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(tar):
            _make(kind, tar)
    root = world.path(f"root-{kind}")
    os.mkdir(root)
    subprocess.run(["tar", "-C", root, "--numeric-owner", "-xf", tar], check=True, timeout=100)
    world.mount("proc", f"{root}/proc", "")
    return root


def inside(root, *command, **more):
    """Runs a command in the root; its output. An AssertionError with its words when it fails."""
    done = subprocess.run(["chroot", root, *command], capture_output=True, text=True, timeout=60, check=False,
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C"}, **more)
    if done.returncode != 0:
        raise AssertionError(f"in {root}: {' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
