"""`assist pkg` against a real server: what was signed here is uploaded, published, listed, named by channels and removed."""

import json
import os
import platform
import subprocess
import unittest

from harness import Fleet, WorldTest
from harness.world import program_path


class Published(WorldTest):
    """One server for all of them."""

    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.fleet = Fleet(world, 0)
        cls.cli = cls.fleet.cli
        cls.key = world.path("publisher.pem")
        cls.run_cli("pkg", "key", "create", cls.key)
        cls.folder = world.path("thing")
        os.makedirs(cls.folder)
        with open(os.path.join(cls.folder, "install.sh"), "w", encoding="ascii") as file:
            file.write("echo installed\n")
        with open(os.path.join(cls.folder, "large"), "wb") as file:
            file.write(os.urandom(5 << 19))  # more than two pieces of an upload

    @classmethod
    def run_cli(cls, *arguments, code=0):
        done = cls.cli.run(*arguments)
        assert done.returncode == code, f"{arguments}:\n{done.stdout}{done.stderr}"
        return done

    def publish(self, name, version, *more, code=0):
        return self.run_cli("pkg", "publish", self.folder, "--name", name, "--version", version, "--os", "linux",
                            "--key", self.key, *more, code=code)

    def document(self, *arguments):
        return json.loads(self.run_cli(*arguments, "--output", "json").stdout)

    def test_a_package_is_published_listed_and_removed(self):
        self.assertIn("published first 1.2 for linux", self.publish("first", "1.2", "--channel", "stable").stderr)
        self.assertIn("is on the server already", self.publish("first", "1.10", "--channel", "beta").stderr)
        rows = self.document("pkg", "ls", "first")["PackageList"]
        self.assertEqual([row["PackageVersion"] for row in rows], ["1.10", "1.2"])
        table = self.run_cli("pkg", "ls", "first").stdout
        self.assertIn("first\t1.2\tlinux\tstable\t", table)
        self.assertIn("1.10", self.run_cli("pkg", "show", "first").stdout)
        self.assertIn("stable of first means 1.10 now; before: 1.2",
                      self.run_cli("pkg", "channel", "first", "stable", "1.10").stderr)
        self.run_cli("pkg", "channel", "first", "beta", "--remove")
        self.run_cli("pkg", "deprecate", "first", "1.2")
        self.assertEqual(len(self.document("pkg", "ls", "first")["PackageList"]), 1)
        self.assertEqual(len(self.document("pkg", "ls", "first", "--all")["PackageList"]), 2)
        self.run_cli("pkg", "undeprecate", "first", "1.2")
        self.run_cli("pkg", "rm", "first", "1.10", "--yes", code=3)  # a channel names it
        self.run_cli("pkg", "rm", "first", "1.2", "--yes")
        self.assertIn("there are 1.10", self.run_cli("pkg", "show", "first", "--version", "1.2", code=3).stderr)
        self.assertIn("did you mean first", self.run_cli("pkg", "show", "firsst", code=3).stderr)

    def test_what_was_signed_elsewhere_is_published_and_a_change_is_refused(self):
        out = self.world.path("two.zip")
        self.run_cli("pkg", "build", self.folder, "-o", out, "--name", "two", "--version", "1")
        self.run_cli("pkg", "sign", out + ".manifest", "--key", self.key)
        self.run_cli("pkg", "publish", out, "--envelope", out + ".envelope")
        refused = self.run_cli("pkg", "publish", out, "--envelope", out + ".envelope", code=3)
        self.assertIn("OldManifest", refused.stderr)
        with open(out, "ab") as file:
            file.write(b"x")
        refused = self.run_cli("pkg", "publish", out, "--envelope", out + ".envelope", code=2)
        self.assertIn("of another archive", refused.stderr)

    def test_an_order_without_machines_or_package_is_refused(self):
        refused = self.run_cli("pkg", "install", "nothing", "--all", code=3)
        self.assertIn("no machine is registered", refused.stderr)

    def test_a_release_is_what_its_program_says(self):
        agent = program_path("assist-agent")
        version = subprocess.run([agent, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
        version = version.split()[-1]
        terms = ["agent-release", "publish", os.path.dirname(agent), "--os", "linux", "--arch",
                 {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()], "--key", self.key]
        refused = self.run_cli(*terms, "--version", version + ".1", code=2)
        self.assertIn(f"says that it is {version}, not {version}.1", refused.stderr)
        self.assertIn("published assist-agent " + version, self.run_cli(*terms, "--version", version).stderr)
        self.assertEqual([(row["Name"], row["Kind"], row["PackageVersion"])
                          for row in self.document("agent-release", "ls")["PackageList"]],
                         [("assist-agent", "agent", version)])
        self.assertEqual(self.document("pkg", "ls", "--channel", "none")["PackageList"], [])


if __name__ == "__main__":
    unittest.main()
