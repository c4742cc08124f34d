"""The rpm packages: installed with rpm and a database of their own into a root, upgraded while a script runs, removed."""

import glob
import os
import subprocess
import unittest

from harness.world import program_path
from installed import InstalledTest, package


class Rpm(InstalledTest):
    def rpm(self, *arguments):
        """rpm of this machine, on the root. The root's packages are Debian's, so rpm cannot see what they provide."""
        done = subprocess.run(["rpm", "--root", self.root.folder, "--dbpath", "/var/lib/rpm", *arguments],
                              capture_output=True, text=True, timeout=100, check=False,
                              env=self.world.environment(ASSIST_TEST_WORLD=self.world.name))
        self.assertEqual(done.returncode, 0, f"rpm {arguments}:\n{done.stdout}{done.stderr}")
        self.assertNotIn("scriptlet failed", done.stderr)
        return done.stdout

    def next_version(self, name):
        folder = self.world.path("next")
        subprocess.run([os.path.join(os.environ["ASSIST_SOURCE_DIR"], "scripts/package.sh"), "--bin",
                        os.path.dirname(program_path("assist-agent")), "--dist", folder, "--fast", "--only", "rpm",
                        "--version", "9.9.9"], check=True, capture_output=True, timeout=100)
        return glob.glob(os.path.join(folder, f"{name}-9.9.9-1.*.rpm"))[0]

    def test_the_agent_is_installed_upgraded_and_removed(self):
        root = self.make_root()
        self.rpm("-i", "--nodeps", package("assist-agent-*.rpm"))
        self.assertTrue(root.exists("/usr/lib/systemd/system/assist-agent.service"))
        self.assertEqual(root.processes("assist-agent"), [])
        self.register_and_start()
        self.check_upgrade(lambda: self.rpm("-U", "--nodeps", self.next_version("assist-agent")))
        self.assertIn("9.9.9", self.rpm("-q", "assist-agent"))
        self.rpm("-e", "assist-agent")
        self.assertEqual(root.processes("assist-agent"), [])
        for gone in ("/usr/sbin/assist-agent", "/usr/lib/assist-agent", "/etc/init.d/assist-agent",
                     "/usr/lib/systemd/system/assist-agent.service"):
            self.assertFalse(root.exists(gone), gone)
        self.assertTrue(root.exists("/var/lib/assist-agent/identity"))

    def test_the_server_is_installed_and_removed(self):
        root = self.make_root(["libsqlite3-0", "libprometheus-cpp-core1.0", "libstdc++6"])
        self.settle_server_port()
        self.rpm("-i", "--nodeps", package("assist-server-*.rpm"))
        self.check_server_is_confined(self.wait_for_server())
        self.rpm("-e", "assist-server")
        self.assertEqual(root.processes("assist-server"), [])
        self.assertFalse(root.exists("/usr/sbin/assist-server"))
        self.assertTrue(root.exists("/var/lib/assist-server/store.db"))


if __name__ == "__main__":
    unittest.main()
