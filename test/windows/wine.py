"""assist-agent.exe under Wine, beside a server of Linux. ASSIST_WINDOWS_BIN_DIR: the folder of the Windows programs;
ASSIST_BIN_DIR: that of the server."""

import hashlib
import os
import re
import shutil
import signal
import ssl
import struct
import subprocess
import tempfile

from harness import Agent, procfs, wait_for

_WINE = "/usr/lib/wine/wine64"
_WINESERVER = "/usr/lib/wine/wineserver64"


def windows_program(name):
    folder = os.environ.get("ASSIST_WINDOWS_BIN_DIR")
    if not folder:
        raise RuntimeError("set ASSIST_WINDOWS_BIN_DIR to the folder of the Windows programs, e.g. build/windows/bin")
    path = os.path.join(os.path.abspath(folder), name)
    if not os.path.isfile(path):
        raise RuntimeError(f"{path} is not built: scripts/windows.sh build")
    return path


def windows_path(path):
    """A path of Linux as Wine's drive Z: has it."""
    return "Z:" + path


def _registry_entry(ca_file):
    """Key and value of a certificate in the store: the property 32 is the certificate itself."""
    with open(ca_file, encoding="ascii") as file:
        der = ssl.PEM_cert_to_DER_cert(file.read())
    key = "HKLM\\Software\\Microsoft\\SystemCertificates\\ROOT\\Certificates\\" + hashlib.sha1(der).hexdigest().upper()
    return key, struct.pack("<III", 32, 1, len(der)) + der


class Wine:
    """A Windows of its own in the world's folder; ended by close(), which must come before the world's."""

    def __init__(self, world):
        self.prefix = world.path("wine")
        self.env = {"WINEPREFIX": self.prefix, "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml=", "TZ": "UTC"}
        self._world = world
        os.mkdir(self.prefix, 0o700)
        # Kept, so that not each program that comes after the last one builds the machine anew.
        subprocess.run([_WINESERVER, "-p"], env=self._world.environment(**self.env), check=True, timeout=60)
        self.run("cmd.exe", "/c", "ver", seconds=120)  # boots the machine, once: a boot of its own would leave two service managers

    def run(self, *words, seconds=60, text_in=None):
        """To its end. Through files: Wine's services may keep a pipe open for as long as they live."""
        with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write(text_in or "")
            given.seek(0)
            done = subprocess.run([_WINE, *words], env=self._world.environment(**self.env), timeout=seconds, stdin=given,
                                  stdout=out, stderr=err, check=False, cwd=self._world.folder)
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode(errors="replace"))
        return subprocess.CompletedProcess(done.args, done.returncode, *texts)

    def in_windows(self, *parts):
        return os.path.join(self.prefix, "drive_c", *parts)

    def powershell_prints(self):
        """Whether there is a PowerShell that does what it is told: Wine's own prints nothing and exits 0."""
        program = self.in_windows("windows", "system32", "WindowsPowerShell", "v1.0", "powershell.exe")
        if not os.path.exists(program):
            return False
        return self.run(program, "-NoProfile", "-Command", "Write-Output (6 * 7)", seconds=120).stdout.strip() == "42"

    def remove_powershell(self):
        """Wine brings a powershell.exe that does nothing and says that all went well."""
        for folder in ("system32", "syswow64"):
            shutil.rmtree(self.in_windows("windows", folder, "WindowsPowerShell"), ignore_errors=True)

    def trust(self, ca_file):
        """Puts the certificate into the machine's store of authorities, as its registry has it."""
        key, blob = _registry_entry(ca_file)
        self._registry("add", key, "/v", "Blob", "/t", "REG_BINARY", "/d", blob.hex(), "/f")

    def trust_no_more(self, ca_file):
        self._registry("delete", _registry_entry(ca_file)[0], "/f")

    def _registry(self, *words):
        done = self.run("reg.exe", *words)
        if done.returncode != 0:
            raise AssertionError(f"reg {words[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")

    def close(self):
        subprocess.run([_WINESERVER, "-k"], env=self._world.environment(**self.env), check=False, timeout=30)


class WindowsAgent(Agent):
    """The agent of the harness, but in Wine."""

    def __init__(self, world, wine, server, name):
        super().__init__(world, server, name)
        self.wine = wine
        self.inside = windows_path(self.root)

    def command(self, verb, *arguments, env=None, text_in=None, seconds=60):
        return self.wine.run(windows_program("assist-agent.exe"), verb, *arguments, "--root", self.inside, seconds=seconds,
                             text_in=text_in)

    def trust_arguments(self):
        return ["--ca-file", windows_path(self.server.ca_file)]

    def start(self, **env):
        self.program = self.world.start([_WINE, windows_program("assist-agent.exe"), "run", "--root", self.inside],
                                        f"agent-{self.name}.log", **{**self.wine.env, **env})
        return self

    def interrupt(self, seconds=30):
        """Ctrl-C, as Wine makes it of SIGINT; the exit code."""
        os.kill(self.program.pid, signal.SIGINT)
        return self.program.wait(seconds)

    def pings(self, count):
        """Pids of this world's `ping -n COUNT`: what scripts here leave running."""
        def is_one(pid):
            words = re.split(rb"[\0 ]+", procfs.command_line(pid) or b"")
            return b"ping" in words[0].lower() and str(count).encode() in words and procfs.alive(pid)

        return [pid for pid in self.world.processes() if is_one(pid)]

    def wait_until_pings_end(self, count, seconds=20):
        wait_for(lambda: not self.pings(count), seconds, f"no ping -n {count} runs")
