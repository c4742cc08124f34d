"""The agent's rpm in a root laid out as those of Fedora and RHEL: merged /usr with lib64, their release files, /etc/init.d a
link into /etc/rc.d, an rpm database and no dpkg. Its layout and its package are those; every program in it (shell, C
library, useradd) is Debian 12's."""

import glob
import os
import shutil
import subprocess

import debian_root
from made_packages import DATABASE, RELEASE, built_package, release_package
from test_roots import RootTest

OF_DEBIAN = ("etc/debian_version", "etc/dpkg", "etc/apt", "var/lib/dpkg", "var/lib/apt", "etc/os-release", "etc/init.d",
             *(f"etc/rc{level}.d" for level in "0123456S"), "usr/lib/os-release", "usr/sbin/update-rc.d",
             "usr/sbin/invoke-rc.d", "usr/share/debconf", "usr/lib/systemd/systemd-sysv-install")


def lay_out(root):
    """The folders of such a system over a root of Debian."""
    for name in OF_DEBIAN:
        path = os.path.join(root, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.unlink(path)
    for path in glob.glob(f"{root}/usr/bin/dpkg*") + glob.glob(f"{root}/usr/bin/apt*"):
        os.unlink(path)
    for name in ("rc.d/init.d", "sysconfig", *(f"rc.d/rc{level}.d" for level in range(7))):
        os.makedirs(f"{root}/etc/{name}")
    os.symlink("rc.d/init.d", f"{root}/etc/init.d")
    os.makedirs(root + DATABASE)
    os.symlink(f"../..{DATABASE}", f"{root}/var/lib/rpm")


class Rpm(RootTest):
    def rpm(self, *arguments, code=0):
        done = subprocess.run(["rpm", "--root", self.root, "--dbpath", DATABASE, *arguments], capture_output=True, text=True,
                              timeout=100, check=False, env=self.world.environment())
        self.assertEqual(done.returncode, code, f"rpm {arguments}:\n{done.stdout}{done.stderr}")
        self.assertNotIn("scriptlet failed", done.stderr)
        return done.stdout + done.stderr

    def test_rpm(self):
        self.root = root = debian_root.unpack(self.world, "bookworm")
        lay_out(root)
        self.assertEqual(os.readlink(f"{root}/lib64"), "usr/lib64")
        self.rpm("--initdb")
        package = built_package(self.world, "rpm", "1.0")
        self.assertIn("/bin/sh is needed by assist-agent", self.rpm("-i", package, code=1))
        self.rpm("-i", release_package(self.world))
        self.rpm("-i", package)
        self.assertEqual(self.rpm("-V", "assist-agent"), "")
        self.assertTrue(os.path.exists(f"{root}/etc/rc.d/init.d/assist-agent"))

        shutil.copy(self.server.ca_file, f"{root}/etc/ca.pem")
        self.add_users(root)
        agent = self.check(root, "rpm", folder="/var/lib/assist-agent")
        where = self.api.run_and_wait(". /etc/os-release; echo $ID; cat /etc/redhat-release; ls /usr/lib64 | grep -c ld-linux; "
                                      "ls -d /etc/debian_version /var/lib/dpkg", agent.id)["Bytes"].decode()
        self.assertEqual(where.splitlines()[:3], ["assist-test", RELEASE, "1"], where)
        self.assertEqual(where.count("No such file"), 2, where)
        # It names the kernel, as everywhere: no distribution.
        row, = self.api.call("DescribeManagedInstances", InstanceId=[agent.id]).ok()["Instances"]
        self.assertEqual(row["OsType"].lower(), "linux")
        self.assertTrue(row["OsVersion"].startswith("Linux_"), row)

        self.assertEqual(agent.stop(), 0)
        self.rpm("-e", "assist-agent")
        for gone in ("usr/sbin/assist-agent", "usr/lib/assist-agent", "etc/rc.d/init.d/assist-agent",
                     "usr/lib/systemd/system/assist-agent.service"):
            self.assertFalse(os.path.lexists(os.path.join(root, gone)), gone)
        self.assertTrue(os.path.exists(f"{root}/var/lib/assist-agent/identity"))
