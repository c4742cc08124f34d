"""The agent's sources for FreeBSD: whole, the same every time, and fit to be configured where nothing else lies."""

import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import unittest

SOURCE = os.environ["ASSIST_SOURCE_DIR"]
BIN = os.environ["ASSIST_BIN_DIR"]


def make(folder, *words):
    done = subprocess.run([os.path.join(SOURCE, "scripts/package.sh"), "--only", "source", "--bin", BIN, "--dist", folder, "--fast",
                           *words], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return os.path.join(folder, done.stdout.strip())


class FreeBsdSource(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="assist-source-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.archive = make(os.path.join(cls.folder, "dist"), "--version", "1.2.3")
        with tarfile.open(cls.archive) as file:
            cls.members = file.getmembers()
            file.extractall(cls.folder)
        cls.tree = os.path.join(cls.folder, "assist-agent-1.2.3-freebsd-src")

    def read(self, *parts):
        with open(os.path.join(self.tree, *parts), encoding="utf-8") as file:
            return file.read()

    def test_the_same_commit_gives_the_same_bytes(self):
        again = make(os.path.join(self.folder, "again"), "--version", "1.2.3")
        with open(self.archive, "rb") as one, open(again, "rb") as other:
            self.assertEqual(one.read(), other.read())

    def test_it_belongs_to_nobody_and_lies_below_one_folder(self):
        for member in self.members:
            self.assertEqual((member.uid, member.gid, member.mode & 0o022), (0, 0, 0), member.name)
            self.assertEqual(member.name.split("/")[0], os.path.basename(self.tree))

    def test_every_header_that_is_included_is_there(self):
        missing, seen = [], 0
        for above, _, names in os.walk(self.tree):
            for name in names:
                # Tests and what they stand on need more; they are not built here.
                if not re.search(r"\.(cc|h)$", name) or re.search(r"_test\.cc$|/testing(/|$)|^(fake|manual|memory)_", above + "/" + name):
                    continue
                for header in re.findall(r'^#include "([^"]+)"', self.read(os.path.join(above, name)), re.M):
                    seen += 1
                    if not os.path.exists(os.path.join(self.tree, header)):
                        missing.append(f"{os.path.relpath(os.path.join(above, name), self.tree)}: {header}")
        self.assertGreater(seen, 500)
        self.assertEqual(missing, [])

    def test_it_is_configured_with_nothing_beside_it(self):
        build = os.path.join(self.folder, "build")
        done = subprocess.run(["cmake", "-G", "Ninja", "-S", self.tree, "-B", build, "-DCMAKE_BUILD_TYPE=Release",
                               "-DASSIST_STATIC_AGENT=OFF"], capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        planned = subprocess.run(["ninja", "-C", build, "-n", "assist_agent", "assist_supervisor"], capture_output=True, text=True,
                                 timeout=60, check=False)
        self.assertEqual(planned.returncode, 0, planned.stdout + planned.stderr)
        self.assertIn("bin/assist-agent", planned.stdout)
        self.assertNotIn("server", os.listdir(self.tree))

    def test_the_manifest_is_json_and_has_what_pkg_asks_for(self):
        manifest = json.loads(self.read("packaging/freebsd/+MANIFEST"))  # JSON is UCL
        self.assertEqual((manifest["name"], manifest["version"], manifest["prefix"]), ("assist-agent", "1.2.3", "/usr/local"))
        for key in ("origin", "comment", "desc", "maintainer", "www"):  # pkg-create(8): the required ones
            self.assertTrue(manifest[key], key)
            self.assertNotIn("@version@", manifest[key])
        for name, script in manifest["scripts"].items():
            done = subprocess.run(["sh", "-n"], input=script, text=True, capture_output=True, check=False)
            self.assertEqual(done.returncode, 0, name + done.stderr)

    def test_the_list_of_files_is_what_the_manual_puts_there(self):
        files = [line for line in self.read("packaging/freebsd/pkg-plist").splitlines() if not line.startswith("@")]
        manual = self.read("packaging/freebsd/README.md")
        for name in files:
            self.assertIn(f"usr/local/{os.path.dirname(name)}", manual, name)
        self.assertIn("etc/rc.d/assist_agent", files)

    def test_the_script_is_that_of_the_agent(self):
        printed = subprocess.run([os.path.join(BIN, "assist-agent"), "service", "print", "--system", "rc.d", "--program",
                                  "/usr/local/sbin/assist-agent"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(self.read("packaging/freebsd/assist_agent"), printed)
        self.assertIn("/usr/local/sbin/assist-agent run", printed)
        self.assertTrue(os.access(os.path.join(self.tree, "packaging/freebsd/assist_agent"), os.X_OK))


if __name__ == "__main__":
    unittest.main()
