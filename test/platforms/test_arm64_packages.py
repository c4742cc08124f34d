"""Packages of the agent for arm64 (scripts/package.sh --arch arm64): what they say they are for, and that what comes out of
them runs. ASSIST_ARM64_BIN_DIR is the folder of the arm64 programs, ASSIST_BIN_DIR that of the server."""

import os
import re
import shutil
import struct
import subprocess
import tarfile

import test_arm64_agent as arm64
import test_static_agent as native

SOURCE = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
setUpModule = arm64.setUpModule


def run(*command, **more):
    return subprocess.run(command, **{"capture_output": True, "text": True, "check": False, "timeout": 120, **more})


def contents(folder):
    """{program: its bytes} of the programs below `folder`."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in set(names) & set(native.PROGRAMS):
            if not os.path.islink(os.path.join(place, name)):
                with open(os.path.join(place, name), "rb") as file:
                    found[name] = file.read()
    return found


class Packages(arm64.Arm64, native.StaticAgentTest):
    agent_in = native.BareRoot.agent_in
    bare_root = native.BareRoot.bare_root

    @classmethod
    def prepare(cls, world):
        super().prepare(world)
        cls.dist = world.path("dist")
        cls.done = run(os.path.join(SOURCE, "scripts/package.sh"), "--arch", "arm64", "--bin",
                       os.path.abspath(os.environ["ASSIST_ARM64_BIN_DIR"]), "--dist", cls.dist, "--fast")
        if cls.done.returncode != 0:
            raise AssertionError(cls.done.stderr)
        cls.deb, cls.rpm, cls.tar = (os.path.join(cls.dist, name) for name in cls.done.stdout.split())
        cls.from_deb, cls.from_rpm, cls.from_tar = (world.path(f"from-{kind}") for kind in ("deb", "rpm", "tar"))
        run("dpkg", "-x", cls.deb, cls.from_deb).check_returncode()
        os.mkdir(cls.from_rpm)
        cpio = run("rpm2cpio", cls.rpm, text=False)
        run(shutil.which("busybox"), "cpio", "-id", cwd=cls.from_rpm, input=cpio.stdout, text=False).check_returncode()
        with tarfile.open(cls.tar) as packed:
            packed.extractall(cls.from_tar)

    def test_it_is_the_agent_alone_and_that_is_said(self):
        self.assertIn("the agent alone: the server is not built for arm64 here", self.done.stderr)
        self.assertEqual([re.sub(r"\d+\.\d+\.\d+", "V", name) for name in self.done.stdout.split()],
                         ["assist-agent_V-1_arm64.deb", "assist-agent-V-1.aarch64.rpm", "assist-agent-V-linux-aarch64.tar.gz"])

    def test_each_says_for_which_machine_it_is(self):
        self.assertEqual(run("dpkg-deb", "-f", self.deb, "Architecture").stdout, "arm64\n")
        self.assertNotIn("libc6", run("dpkg-deb", "-f", self.deb, "Depends").stdout)
        self.assertEqual(run("rpm", "-qp", "--qf", "%{ARCH} %{OS}", self.rpm).stdout, "aarch64 linux")

    def test_all_three_have_the_same_programs_and_they_are_stripped_arm64(self):
        programs = contents(self.from_deb)
        self.assertEqual(sorted(programs), sorted(native.PROGRAMS))
        self.assertEqual(contents(self.from_rpm), programs)
        self.assertEqual(contents(self.from_tar), programs)
        for name, data in programs.items():
            self.assertEqual(struct.unpack_from("<H", data, 18)[0], arm64.ARM64, name)
            self.assertNotIn(b".symtab\0", data, f"{name} is not stripped")

    def test_units_name_the_installed_program(self):
        with open(f"{self.from_deb}/lib/systemd/system/assist-agent.service", encoding="utf-8") as file:
            self.assertRegex(file.read(), r"(?m)^ExecStart=/usr/sbin/assist-agent run")
        self.assertTrue(os.access(f"{self.from_deb}/etc/init.d/assist-agent", os.X_OK))

    def test_the_agent_of_the_deb_registers_and_runs_a_script(self):
        root = self.bare_root("installed")
        usr = self.world.path("installed-usr")  # what lies below the root's /usr, which cannot be written
        for name in native.PROGRAMS:
            os.remove(f"{usr}/{name}")
        shutil.copytree(f"{self.from_deb}/usr", usr, symlinks=True, dirs_exist_ok=True)
        agent = self.agent_in(root, "installed")
        agent.program_file = "/usr/sbin/assist-agent"
        agent.register(self.api).start().wait_until_connected(self.api)
        row = self.api.run_and_wait("echo out; exit 3", agent.id)
        self.assertEqual((row["Bytes"], row["ExitCode"]), (b"out\n", 3))

    def test_a_second_run_keeps_the_sums_of_the_first(self):
        dist = self.world.path("both")
        shutil.copytree(self.dist, dist)
        with open(f"{dist}/other-1_amd64.deb", "wb") as file:
            file.write(b"of an earlier run")
        sums = f"{dist}/SHA256SUMS"
        with open(sums, "a", encoding="ascii") as file:
            file.write(run("sha256sum", "other-1_amd64.deb", cwd=dist).stdout)
        again = ["--arch", "arm64", "--bin", os.path.abspath(os.environ["ASSIST_ARM64_BIN_DIR"]), "--dist", dist, "--fast",
                 "--only", "tar"]
        run(os.path.join(SOURCE, "scripts/package.sh"), *again).check_returncode()
        checked = run("sha256sum", "--strict", "-c", "SHA256SUMS", cwd=dist)
        self.assertEqual((checked.returncode, len(checked.stdout.splitlines())), (0, 4), checked.stdout + checked.stderr)
        with open(f"{dist}/other-1_amd64.deb", "ab") as file:
            file.write(b", changed")
        refused = run(os.path.join(SOURCE, "scripts/package.sh"), *again)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("other-1_amd64.deb: FAILED", refused.stdout + refused.stderr)

    def test_lintian_and_rpmlint_find_no_errors(self):
        done = run("lintian", "--allow-root", "--fail-on", "error", "--tag-display-limit", "0", self.deb)
        print(done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn("unused-override", done.stdout)
        self.assertNotIn("mismatched-override", done.stdout)
        done = run("rpmlint", "-c", os.path.join(SOURCE, "packaging/rpm/rpmlint.toml"), self.rpm)
        print(done.stdout)
        self.assertRegex(done.stdout, r"1 packages and 0 specfiles checked")
        self.assertEqual(re.findall(r"^\S+: E: .*$", done.stdout, re.M), [], done.stdout + done.stderr)


if __name__ == "__main__":
    native.unittest.main()
