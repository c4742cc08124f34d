"""scripts/package.sh: makes the packages that the other modules install, once, and signs their sums."""

import os
import shutil
import subprocess
import unittest
import zipfile

from harness.world import program_path

DIST = os.environ["ASSIST_PACKAGES"]
SCRIPT = os.path.join(os.environ["ASSIST_SOURCE_DIR"], "scripts/package.sh")


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, **more)


class Make(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shutil.rmtree(DIST, ignore_errors=True)
        os.makedirs(DIST)
        cls.key = os.path.join(DIST, "key.pem")
        run("openssl", "genpkey", "-algorithm", "ed25519", "-out", cls.key).check_returncode()
        cls.done = run(SCRIPT, "--bin", os.path.dirname(program_path("assist-agent")), "--dist", DIST, "--fast",
                       "--windows-bin", "/nowhere", "--key", cls.key)

    def test_every_package_is_made_and_listed(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)
        self.assertIn("LEFT OUT: setup.exe and zip", self.done.stderr)
        made = self.done.stdout.split()
        sources = [name for name in made if name.endswith("-freebsd-src.tar.gz")]
        self.assertEqual(len(sources), 1 if os.path.exists(os.path.join(os.environ["ASSIST_SOURCE_DIR"], ".git")) else 0)
        kinds = sorted(name.split("-")[1].split("_")[0] + "." + name.rsplit(".", 1)[1] for name in made
                       if name not in sources)
        self.assertEqual(kinds, sorted(f"{kind}.{end}" for kind in ("agent", "server") for end in ("deb", "rpm", "gz")))
        with open(os.path.join(DIST, "SHA256SUMS"), encoding="ascii") as file:
            self.assertEqual([line.split()[1] for line in file], made)
        checked = run("sha256sum", "--strict", "-c", "SHA256SUMS", cwd=DIST)
        self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_the_signature_holds_for_these_sums_and_for_no_others(self):
        public = os.path.join(DIST, "public.pem")
        run("openssl", "pkey", "-in", self.key, "-pubout", "-out", public).check_returncode()

        def verify(sums):
            return run("openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", public, "-in", sums, "-sigfile",
                       os.path.join(DIST, "SHA256SUMS.sig")).returncode

        sums = os.path.join(DIST, "SHA256SUMS")
        self.assertEqual(verify(sums), 0)
        other = os.path.join(DIST, "other")
        with open(sums, "rb") as file, open(other, "wb") as out:
            out.write(file.read().replace(b"assist-agent", b"assist-Agent", 1))
        self.assertNotEqual(verify(other), 0)

    def test_without_a_key_it_says_that_nothing_is_signed(self):
        folder = os.path.join(DIST, "unsigned")
        done = run(SCRIPT, "--bin", os.path.dirname(program_path("assist-agent")), "--dist", folder, "--fast", "--only",
                   "tar")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("UNSIGNED", done.stderr)
        self.assertNotIn("SHA256SUMS.sig", os.listdir(folder))

    def test_the_programs_of_windows_come_into_a_zip(self):
        programs, folder = os.path.join(DIST, "windows-bin"), os.path.join(DIST, "zip")
        os.makedirs(programs)
        for name in ("assist-agent.exe", "assist-supervisor.exe"):
            with open(os.path.join(programs, name), "w", encoding="ascii") as file:
                file.write(name)
        sums = []
        for _ in range(2):  # the same bytes again
            done = run(SCRIPT, "--only", "zip", "--windows-bin", programs, "--dist", folder, "--key", self.key)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(os.path.join(folder, "SHA256SUMS"), encoding="ascii") as file:
                sums.append(file.read())
        [made] = done.stdout.split()
        self.assertRegex(made, r"^assist-agent-[0-9.]+-windows-amd64\.zip$")
        self.assertEqual(sums[0], sums[1])
        self.assertEqual([line.split()[1] for line in sums[0].splitlines()], [made])
        self.assertIn("SHA256SUMS.sig", os.listdir(folder))
        with zipfile.ZipFile(os.path.join(folder, made)) as file:
            inside = {name.split("/")[1]: file.read(name) for name in file.namelist()}
        self.assertEqual(sorted(inside), sorted(["assist-agent.exe", "assist-supervisor.exe", "install.cmd", "LICENSE.txt",
                                                 "README.txt"]))
        self.assertEqual(inside["assist-agent.exe"], b"assist-agent.exe")
        for name in ("install.cmd", "README.txt", "LICENSE.txt"):  # line ends that cmd and old editors need
            self.assertEqual(inside[name].count(b"\n"), inside[name].count(b"\r\n"), name)

    def test_what_is_missing_is_named(self):
        self.assertIn("/nowhere/assist-agent is missing", run(SCRIPT, "--bin", "/nowhere").stderr)
        for kind in ("exe", "zip"):
            done = run(SCRIPT, "--only", kind, "--windows-bin", "/nowhere", "--dist", os.path.join(DIST, "none"))
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, "/nowhere/assist-(agent|supervisor).exe is missing; scripts/windows.sh")
        self.assertIn("sparc", run(SCRIPT, "--arch", "sparc").stderr)
        self.assertIn("/no/key", run(SCRIPT, "--key", "/no/key").stderr)


if __name__ == "__main__":
    unittest.main()
