#!/usr/bin/env python3
"""Runs one module of this folder as a ctest: run.py NAME. Exit code 77, which ctest shows as skipped, when the machine
lacks what the module needs, with the reason."""

import importlib
import os
import shutil
import sys
import unittest

SKIPPED = 77
TOOLS = {
    "make": ["dpkg-deb", "dpkg-shlibdeps", "rpmbuild", "strip", "openssl"],
    "units": ["systemd-analyze"],
    "deb": ["dpkg", "chroot"],
    "rpm": ["rpm", "chroot"],
    "tar": ["chroot"],
    "install_line": ["chroot", "curl"],
    "lint": ["lintian", "rpmlint"],
    "source": ["git", "cmake", "ninja"],
    "windows_setup": ["makensis", "/usr/lib/wine/wine64"],
}
NEEDS_ROOT = {"deb", "rpm", "tar", "install_line"}
NEEDS_PACKAGES = {"deb", "rpm", "tar", "lint", "install_line"}


def main():
    name = sys.argv[1]
    missing = [tool for tool in TOOLS[name] if not shutil.which(tool)]
    if missing:
        print(f"SKIPPED: {', '.join(missing)} not found; `scripts/deps.sh --packages` installs what is needed"
              f"{', with --windows too' if name == 'windows_setup' else ''}")
        return SKIPPED
    if name == "windows_setup" and not os.path.exists(os.path.join(os.environ["ASSIST_WINDOWS_BIN_DIR"], "assist-agent.exe")):
        print(f"SKIPPED: no assist-agent.exe in {os.environ['ASSIST_WINDOWS_BIN_DIR']}; scripts/windows.sh builds it")
        return SKIPPED
    if name in NEEDS_ROOT and os.geteuid() != 0:
        print("SKIPPED: needs root, to install packages into a root of their own")
        return SKIPPED
    if name == "source" and not os.path.exists(os.path.join(os.environ["ASSIST_SOURCE_DIR"], ".git")):
        print("SKIPPED: no git checkout, of which the archive of sources is made")
        return SKIPPED
    if name in NEEDS_PACKAGES and not os.path.exists(os.path.join(os.environ["ASSIST_PACKAGES"], "SHA256SUMS")):
        print("SKIPPED: no packages were made (see the test packages_make)")
        return SKIPPED
    suite = unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(f"test_{name}"))
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
