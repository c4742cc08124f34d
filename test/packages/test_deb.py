"""The Debian packages: installed with dpkg in a root of their own, upgraded while a script runs, removed, purged."""

import os
import re
import subprocess
import unittest

from installed import InstalledTest, package


def needs_of(deb):
    """Names of the packages it depends on."""
    text = subprocess.run(["dpkg-deb", "-f", deb, "Depends"], check=True, capture_output=True, text=True).stdout
    return [re.split(r"[ :(]", part.strip())[0] for part in text.split(",")]


class Deb(InstalledTest):
    def next_version(self, deb):
        """The same package with the next version, as an upgrade."""
        folder = self.world.path("unpacked")
        subprocess.run(["dpkg-deb", "-R", deb, folder], check=True)
        control = os.path.join(folder, "DEBIAN/control")
        with open(control, encoding="utf-8") as file:
            text = file.read()
        with open(control, "w", encoding="utf-8") as file:
            file.write(re.sub(r"^Version: (.*)-1$", r"Version: \1-2", text, flags=re.M))
        made = self.world.path("next.deb")
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", folder, made], check=True,
                       stdout=subprocess.DEVNULL)
        return made

    def install(self, deb):
        """With dpkg of the root itself, so that dependencies are checked and maintainer scripts run in it."""
        return self.inside("dpkg", "-i", self.root.bring(deb))

    def state_of(self, name):
        return self.root.do("dpkg-query", "-W", "-f", "${db:Status-Abbrev}${Version}", name).stdout

    def test_the_agent_is_installed_upgraded_removed_and_purged(self):
        deb = package("assist-agent_*.deb")
        root = self.make_root(needs_of(deb))
        said = self.install(deb)
        self.assertIn("not registered yet", said)
        self.assertEqual(root.processes("assist-agent"), [])
        self.assertTrue(root.exists("/lib/systemd/system/assist-agent.service"))
        self.assertTrue(root.exists("/etc/rc2.d/S01assist-agent"), os.listdir(root.path("etc/rc2.d")))
        self.inside("assist-agent", "service", "status", code=3)
        self.assertIn("a package brought", self.inside("assist-agent", "service", "uninstall", code=1))

        self.register_and_start()
        self.check_upgrade(lambda: self.install(self.next_version(deb)))
        self.assertTrue(self.state_of("assist-agent").startswith("ii "))
        self.assertTrue(self.state_of("assist-agent").endswith("-2"))
        self.check_crash()

        os.remove(root.path("tmp/go"))
        self.start_script()
        self.inside("dpkg", "-r", "assist-agent")
        self.assertEqual(root.processes("assist-agent"), [])
        self.assertEqual(len(root.processes("assist-supervisor")), 1)
        for gone in ("/usr/sbin/assist-agent", "/usr/lib/assist-agent", "/lib/systemd/system/assist-agent.service"):
            self.assertFalse(root.exists(gone), gone)
        for kept in ("/var/lib/assist-agent/identity", "/var/lib/assist-agent/journal", "/etc/init.d/assist-agent"):
            self.assertTrue(root.exists(kept), kept)

        self.install(deb)  # again: with the identity that was kept it serves at once, and has the script's result
        self.wait_until_connected()
        self.go()
        row = self.api.wait_until_final(self.invoke_id, self.instance, 30)
        self.assertEqual((row["InvocationStatus"], row["Bytes"]), ("Success", b"begin\nend\n"))

        self.inside("dpkg", "-P", "assist-agent")
        self.assertEqual(root.processes("assist-agent"), [])
        for gone in ("/var/lib/assist-agent", "/var/log/assist-agent.log", "/etc/init.d/assist-agent",
                     "/etc/rc2.d/S01assist-agent", "/etc/logrotate.d/assist-agent", "/usr/lib/assist-agent"):
            self.assertFalse(root.exists(gone), gone)
        self.assertEqual(self.state_of("assist-agent")[:2], "")

    def test_the_server_is_installed_upgraded_removed_and_purged(self):
        deb = package("assist-server_*.deb")
        root = self.make_root(needs_of(deb))
        self.settle_server_port()
        self.install(deb)
        admin = self.wait_for_server()
        self.check_server_is_confined(admin)

        before = self.only("assist-server")
        self.install(self.next_version(deb))
        self.wait_for_another("assist-server", before)
        self.assertEqual(self.wait_for_server(), admin)

        self.inside("dpkg", "-r", "assist-server")
        self.assertEqual(root.processes("assist-server"), [])
        self.assertFalse(root.exists("/usr/sbin/assist-server"))
        self.assertTrue(root.exists("/var/lib/assist-server/store.db"))
        self.inside("dpkg", "-P", "assist-server")
        for gone in ("/var/lib/assist-server", "/var/log/assist-server.log", "/etc/init.d/assist-server"):
            self.assertFalse(root.exists(gone), gone)


if __name__ == "__main__":
    unittest.main()
