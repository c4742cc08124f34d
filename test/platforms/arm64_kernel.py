"""Lets this machine's kernel run arm64 programs under QEMU while something lasts: `python3 arm64_kernel.py COMMAND…`,
or as a context, `with arm64_kernel.programs_run():`.

By binfmt_misc (Documentation/admin-guide/binfmt-misc.rst of Linux), for the whole machine, under a name with this
process's id; taken away at the end, and that of a run which was killed by the next. QEMU is opened at registration
(flag F), so that it need not lie in a root into which a program changes. Root."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile

QEMU = os.environ.get("ASSIST_QEMU_ARM64", "qemu-aarch64-static")  # scripts/arm64.sh libraries gets one
_NAME = "assist-arm64-"
# The head of an ELF file of 64 bits, little endian, fixed or movable (type 2 or 3: the last bit is not looked at), for machine 183.
_MAGIC = "7f454c460201010000000000000000000200b700"
_MASK = "ffffffffffffff00fffffffffffffffffeffffff"


class Refused(Exception):
    """This machine cannot; the text says why, and what would help."""


def _bytes(digits):
    return "".join(f"\\x{digits[at:at + 2]}" for at in range(0, len(digits), 2))


def _write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def _remove_left_over(folder):
    for name in os.listdir(folder):
        if name.startswith(_NAME) and not os.path.exists(f"/proc/{name[len(_NAME):]}"):
            _write(os.path.join(folder, name), "-1")


@contextlib.contextmanager
def programs_run():
    """Inside, any process of this machine may exec an arm64 program."""
    qemu = shutil.which(QEMU)
    if not qemu:
        raise Refused(f"{QEMU} is not there: scripts/arm64.sh libraries")
    if os.geteuid() != 0:
        raise Refused("telling the kernel of QEMU (binfmt_misc) needs root")
    folder = tempfile.mkdtemp(prefix="assist-binfmt-")
    mounted = subprocess.run(["mount", "-t", "binfmt_misc", "none", folder], capture_output=True, text=True, check=False)
    try:
        if mounted.returncode != 0:
            raise Refused(f"this kernel gives no binfmt_misc: {mounted.stderr.strip()}")
        _remove_left_over(folder)
        name = f"{_NAME}{os.getpid()}"
        try:
            _write(os.path.join(folder, "register"), f":{name}:M::{_bytes(_MAGIC)}:{_bytes(_MASK)}:{qemu}:F")
        except OSError as error:
            raise Refused(f"the kernel refuses QEMU for arm64 programs: {error}") from error
        try:
            yield
        finally:
            _write(os.path.join(folder, name), "-1")
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", folder], check=True)
        os.rmdir(folder)


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: arm64_kernel.py COMMAND…")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # by way of what takes the registration away
    try:
        with programs_run():
            return subprocess.run(sys.argv[1:], check=False).returncode
    except Refused as refused:
        sys.exit(f"arm64_kernel.py: {refused}")


if __name__ == "__main__":
    sys.exit(main())
