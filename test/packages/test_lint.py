"""lintian and rpmlint find no errors but those that are listed with reasons (packaging/)."""

import glob
import os
import re
import subprocess
import unittest

DIST = os.environ["ASSIST_PACKAGES"]
SOURCE = os.environ["ASSIST_SOURCE_DIR"]


class Lint(unittest.TestCase):
    def packages(self, ending):
        found = sorted(glob.glob(os.path.join(DIST, f"*.{ending}")))
        self.assertEqual(len(found), 2, found)
        return found

    def test_lintian_finds_no_errors(self):
        done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", "--tag-display-limit", "0",
                               *self.packages("deb")], capture_output=True, text=True, timeout=120, check=False)
        print(done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        # An override that overrides nothing any more would hide the next fault.
        self.assertNotIn("unused-override", done.stdout)
        self.assertNotIn("mismatched-override", done.stdout)

    def test_rpmlint_finds_no_errors(self):
        done = subprocess.run(["rpmlint", "-c", os.path.join(SOURCE, "packaging/rpm/rpmlint.toml"),
                               *self.packages("rpm")], capture_output=True, text=True, timeout=120, check=False)
        print(done.stdout)
        self.assertRegex(done.stdout, r"2 packages and 0 specfiles checked")
        self.assertEqual(re.findall(r"^\S+: E: .*$", done.stdout, re.M), [], done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
