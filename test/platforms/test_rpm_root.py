"""The agent's rpm in a root laid out as those of Fedora and RHEL: merged /usr with lib64, their release files, /etc/init.d a link
into /etc/rc.d, an rpm database and no dpkg. Its layout and its package are those; every program in it (shell, C library,
useradd) is Debian 12's, which a package of this test says of itself."""

import glob
import os
import shutil
import subprocess

import debian_root
from harness.world import program_path
from test_roots import RootTest

DATABASE = "/usr/lib/sysimage/rpm"
OF_DEBIAN = ("etc/debian_version", "etc/dpkg", "etc/apt", "var/lib/dpkg", "var/lib/apt", "etc/os-release", "etc/init.d",
             *(f"etc/rc{level}.d" for level in "0123456S"), "usr/lib/os-release", "usr/sbin/update-rc.d",
             "usr/sbin/invoke-rc.d", "usr/share/debconf")
RELEASE = "Assist Test Linux release 9.1 (Layout)"
SPEC = f"""Name: assist-test-release
Version: 9.1
Release: 1
Summary: Release files, and what the root has from elsewhere
License: GPL-3.0-only
BuildArch: noarch
Provides: /bin/sh rtld(GNU_HASH)
%description
The programs of this root are those of Debian: no package of rpm brought them.
%install
mkdir -p %{{buildroot}}/etc %{{buildroot}}/usr/lib
echo '{RELEASE}' >%{{buildroot}}/etc/redhat-release
ln -s redhat-release %{{buildroot}}/etc/system-release
ln -s ../usr/lib/os-release %{{buildroot}}/etc/os-release
printf '%%s\\n' 'NAME="Assist Test Linux"' ID=assist-test 'ID_LIKE="rhel fedora"' VERSION_ID=9.1 \\
  >%{{buildroot}}/usr/lib/os-release
%files
/etc/redhat-release
/etc/system-release
/etc/os-release
/usr/lib/os-release
"""


class Rpm(RootTest):
    def rpm(self, *arguments, code=0):
        done = subprocess.run(["rpm", "--root", self.root, "--dbpath", DATABASE, *arguments], capture_output=True, text=True,
                              timeout=100, check=False, env=self.world.environment())
        self.assertEqual(done.returncode, code, f"rpm {arguments}:\n{done.stdout}{done.stderr}")
        self.assertNotIn("scriptlet failed", done.stderr)
        return done.stdout + done.stderr

    def make(self, pattern, *command):
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False,
                              env=self.world.environment())
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        found, = glob.glob(self.world.path(pattern), recursive=True)
        return found

    def lay_out(self):
        """The folders of such a system over a root of Debian."""
        self.root = root = debian_root.unpack(self.world, "bookworm")
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
        os.makedirs(f"{root}{DATABASE}")
        os.makedirs(f"{root}/var/lib", exist_ok=True)
        os.symlink(f"../..{DATABASE}", f"{root}/var/lib/rpm")
        self.assertEqual(os.readlink(f"{root}/lib64"), "usr/lib64")
        self.rpm("--initdb")
        return root

    def test_rpm(self):
        root = self.lay_out()
        spec = self.world.path("release.spec")
        with open(spec, "w", encoding="utf-8") as file:
            file.write(SPEC)
        base = self.make("made/**/*.rpm", "rpmbuild", "-bb", "--quiet", "--define", f"_topdir {self.world.path('made')}", spec)
        package = self.make("dist/assist-agent-*.rpm", os.path.join(os.environ["ASSIST_SOURCE_DIR"], "scripts/package.sh"),
                            "--bin", os.path.dirname(program_path("assist-agent")), "--dist", self.world.path("dist"),
                            "--fast", "--only", "rpm")

        self.assertIn("/bin/sh is needed by assist-agent", self.rpm("-i", package, code=1))
        self.rpm("-i", base)
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
