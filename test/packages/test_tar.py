"""The tar of the agent and its install.sh: installed, upgraded while a script runs, removed; and into an image."""

import os
import subprocess
import unittest

from installed import InstalledTest, package


class Tar(InstalledTest):
    def unpack(self):
        subprocess.run(["tar", "-C", self.root.path("tmp"), "-xf", package("assist-agent-*-linux-*.tar.gz")], check=True)
        return "/tmp/" + [name for name in os.listdir(self.root.path("tmp")) if name.startswith("assist-agent-")][0]

    def test_the_agent_is_installed_upgraded_and_removed(self):
        root = self.make_root()
        script = self.unpack() + "/install.sh"
        self.inside(script)
        os.symlink("/opt/assist/bin/assist-agent", root.path("usr/sbin/assist-agent"))
        self.register_and_start()
        self.check_upgrade(lambda: self.inside(script))
        self.inside(script, "--remove")
        self.assertEqual(root.processes("assist-agent"), [])
        self.assertEqual(os.listdir(root.path("opt/assist/bin")), [])
        self.assertFalse(root.exists("/etc/init.d/assist-agent"))
        self.assertTrue(root.exists("/var/lib/assist-agent/identity"))
        # Installed again it knows who it is; purged it is gone.
        self.inside(script)
        self.inside("assist-agent", "service", "start")
        self.wait_until_connected()
        self.inside(script, "--remove", "--purge")
        self.assertFalse(root.exists("/var/lib/assist-agent"))
        self.assertIn("unknown argument", self.inside(script, "--prune", code=1))


if __name__ == "__main__":
    unittest.main()
