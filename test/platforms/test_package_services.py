"""The agent's deb and rpm under systemd as process 1: installed, upgraded while a script runs, removed while one runs, brought
back, purged. The deb with dpkg of a Debian 12; the rpm with rpm of this machine, in a root laid out as in test_rpm_root.py."""

import os
import shutil

from made_packages import DATABASE, built_package, release_package
from test_rpm_root import lay_out
from test_services import SystemdTest


class PackageTest(SystemdTest):
    def enabled(self):
        return self.booted.do("systemctl", "is-enabled", "assist-agent").stdout.strip()

    def check_package(self, install, upgrade, remove):
        install()
        self.assertEqual(self.booted.processes("assist-agent"), [], "it started without an identity")
        self.assertEqual(self.enabled(), "enabled")
        self.status(3)
        self.register()
        self.booted.must("assist-agent", "service", "start")
        self.wait_until_connected()
        self.assertIn("package", self.booted.do("assist-agent", "service", "uninstall").stderr)

        before = self.agent()
        script = self.start_script("upgrade")
        upgrade()
        self.wait_for_another(before)
        self.assertIn("2.0", self.version())
        self.finish(script)

        script = self.start_script("remove")
        remove()
        self.assertEqual(self.booted.processes("assist-agent"), [])
        self.assertFalse(self.there("/usr/sbin/assist-agent"))
        self.assertTrue(self.there("/var/lib/assist-agent/identity"))
        install()  # it knows who it is, and starts by itself
        self.wait_until_connected()
        self.finish(script)

    def there(self, path):
        return os.path.lexists(self.booted.root + path)


class Deb(PackageTest):
    def test_deb_systemd(self):
        first, second = (built_package(self.world, "deb", version) for version in ("1.0", "2.0"))
        self.boot_systemd(lambda root: [shutil.copy(package, f"{root}/root") for package in (first, second)])
        self.check_package(lambda: self.dpkg("-i", f"/root/{os.path.basename(first)}"),
                           lambda: self.dpkg("-i", f"/root/{os.path.basename(second)}"),
                           lambda: self.dpkg("-r", "assist-agent"))
        self.dpkg("-P", "assist-agent")
        self.assertEqual(self.booted.processes("assist-agent"), [])
        self.assertNotEqual(self.enabled(), "enabled")
        for gone in ("/var/lib/assist-agent", "/lib/systemd/system/assist-agent.service", "/etc/init.d/assist-agent",
                     "/etc/systemd/system/multi-user.target.wants/assist-agent.service"):
            self.assertFalse(self.there(gone), gone)

    def dpkg(self, *arguments):
        return self.booted.must("dpkg", *arguments)

    def version(self):
        return self.booted.must("dpkg-query", "-W", "assist-agent")


class Rpm(PackageTest):
    def test_rpm_systemd(self):
        first, second = (built_package(self.world, "rpm", version) for version in ("1.0", "2.0"))
        self.boot_systemd(lay_out, chroot=True)
        self.rpm("--initdb")
        self.rpm("-i", release_package(self.world))
        self.check_package(lambda: self.rpm("-i", first), lambda: self.rpm("-U", second),
                           lambda: self.rpm("-e", "assist-agent"))
        self.rpm("-e", "assist-agent")
        self.assertEqual(self.booted.processes("assist-agent"), [])
        self.assertNotEqual(self.enabled(), "enabled")
        for gone in ("/usr/lib/systemd/system/assist-agent.service", "/etc/init.d/assist-agent",
                     "/etc/systemd/system/multi-user.target.wants/assist-agent.service"):
            self.assertFalse(self.there(gone), gone)

    def rpm(self, *arguments):
        said = self.booted.must("rpm", "--root", self.booted.root, "--dbpath", DATABASE, *arguments, root=False)
        self.assertNotIn("scriptlet failed", said)
        return said

    def version(self):
        return self.rpm("-q", "assist-agent")
