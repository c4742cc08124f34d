"""Units and scripts as the programs print and install them, read by the tools of their systems."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

from harness.world import program_path


def printed(program, system, *arguments):
    return subprocess.run([program_path(program), "service", "print", "--system", system, *arguments], check=True,
                          capture_output=True, text=True, timeout=30).stdout


class Systemd(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="assist-units-")
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, program):
        """The unit of a program that is there, as systemd-analyze wants it."""
        path = os.path.join(self.folder, f"{program}.service")
        with open(path, "w", encoding="utf-8") as file:
            file.write(printed(program, "systemd"))
        return path

    def test_systemd_finds_no_fault_in_the_units(self):
        for program in ("assist-agent", "assist-server"):
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", self.write(program)], capture_output=True,
                                  text=True, timeout=60, check=False)
            said = [line for line in (done.stdout + done.stderr).splitlines() if program in line]
            self.assertEqual((done.returncode, said), (0, []), done.stdout + done.stderr)

    def test_the_server_is_confined_and_the_agent_is_not(self):
        levels = {}
        for program in ("assist-agent", "assist-server"):
            done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", self.write(program)],
                                  capture_output=True, text=True, timeout=60, check=False)
            found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
            self.assertIsNotNone(found, done.stdout + done.stderr)
            levels[program] = float(found.group(1))
        print(f"exposure levels: {levels}")
        self.assertLess(levels["assist-server"], 2.5)  # 0 is shut, 10 is open
        self.assertGreater(levels["assist-agent"], 8)  # scripts may do what root may

    def test_running_commands_outlive_the_agent(self):
        with open(self.write("assist-agent"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        for line in ("KillMode=process", "OOMPolicy=continue", "TasksMax=infinity", "PrivateTmp=no", "Restart=always"):
            self.assertIn(line, lines)
            self.assertEqual(sum(other.startswith(line.split("=")[0] + "=") for other in lines), 1)


class Scripts(unittest.TestCase):
    def test_shells_read_the_scripts(self):
        shells = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
        self.assertIn("dash", shells)
        for program in ("assist-agent", "assist-server"):
            for system in ("sysv", "openrc", "rc.d"):
                text = printed(program, system)
                for shell in shells:
                    command = [shell, "sh", "-n"] if shell == "busybox" else [shell, "-n"]
                    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=30, check=False)
                    self.assertEqual((done.returncode, done.stderr), (0, ""), f"{system} of {program}, {shell}")

    def test_an_unknown_system_and_a_relative_program_are_refused_by_name(self):
        for arguments, words in ((("--system", "launchd"), "launchd"),
                                 (("--system", "sysv", "--program", "bin/x"), "absolute")):
            done = subprocess.run([program_path("assist-agent"), "service", "print", *arguments], capture_output=True,
                                  text=True, timeout=30, check=False)
            self.assertEqual(done.returncode, 2)
            self.assertIn(words, done.stderr)

    def test_an_image_gets_files_and_links_and_loses_them_again(self):
        folder = tempfile.mkdtemp(prefix="assist-image-")
        self.addCleanup(shutil.rmtree, folder)
        os.makedirs(os.path.join(folder, "etc/init.d"))

        def files():
            return sorted(os.path.relpath(os.path.join(base, name), folder)
                          for base, _, names in os.walk(folder) for name in names)

        def service(*arguments):
            return subprocess.run([program_path("assist-agent"), "service", *arguments, "--into", folder],
                                  capture_output=True, text=True, timeout=30, check=False)

        done = service("install", "--program", "/opt/assist/bin/assist-agent")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("sysv", done.stdout)
        self.assertIn("etc/init.d/assist-agent", files())
        self.assertIn("etc/rc3.d/S90assist-agent", files())
        done = service("uninstall")
        self.assertEqual((done.returncode, files()), (0, []), done.stderr)
        self.assertNotEqual(service("uninstall").returncode, 0)


if __name__ == "__main__":
    unittest.main()
