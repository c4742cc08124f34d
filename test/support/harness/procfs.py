"""Looks at processes through /proc. A process that is gone, or a zombie, gives None or False, never an exception."""

import ctypes
import os
import signal

_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans():
    """From now on processes whose parents ended become children of this one, so that none can hide from the clean-up."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def _read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def stat(pid):
    """(state letter, parent pid) or None."""
    text = _read(f"/proc/{pid}/stat")
    if not text:
        return None
    fields = text[text.rindex(b")") + 2:].split()
    return fields[0].decode(), int(fields[1])


def alive(pid):
    """Is it there and not a zombie?"""
    seen = stat(pid)
    return seen is not None and seen[0] not in "ZX"


def all_pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def descendants(root):
    """Pids of all living processes below `root`, without itself."""
    parents = {}
    for pid in all_pids():
        seen = stat(pid)
        if seen and seen[0] not in "ZX":
            parents[pid] = seen[1]
    found, border = [], {root}
    while border:
        border = {pid for pid, parent in parents.items() if parent in border}
        found.extend(border)
    return found


def command_line(pid):
    """The arguments as bytes, parted by zero bytes."""
    return _read(f"/proc/{pid}/cmdline")


def environment(pid):
    return _read(f"/proc/{pid}/environ")


def status(pid):
    """The fields of /proc/PID/status as a dictionary of text."""
    text = _read(f"/proc/{pid}/status")
    if text is None:
        return {}
    return dict(line.split(":\t", 1) for line in text.decode(errors="replace").splitlines() if ":\t" in line)


def kilobytes(pid, field):
    """VmRSS, VmHWM … in kB; 0 if the process is gone."""
    text = status(pid).get(field)
    return int(text.split()[0]) if text else 0


def context_switches(pid):
    """Voluntary and forced ones of all threads together."""
    total = 0
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return 0
    for thread in threads:
        text = _read(f"/proc/{pid}/task/{thread}/status") or b""
        for line in text.splitlines():
            if line.startswith((b"voluntary_ctxt_switches", b"nonvoluntary_ctxt_switches")):
                total += int(line.split()[1])
    return total


def touches(pid, folder):
    """Does the process work in `folder`, or have a file below it open?"""
    links = [f"/proc/{pid}/cwd"]
    try:
        links += [f"/proc/{pid}/fd/{name}" for name in os.listdir(f"/proc/{pid}/fd")]
    except OSError:
        pass
    for link in links:
        try:
            target = os.readlink(link)
        except OSError:
            continue
        if target == folder or target.startswith(folder + "/"):
            return True
    return False


def end(pid, sig=signal.SIGKILL):
    try:
        os.kill(pid, sig)
    except ProcessLookupError:
        pass


def reap_orphan(pid):
    """Takes the exit status of an adopted child that has ended; never of one started through subprocess."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass
