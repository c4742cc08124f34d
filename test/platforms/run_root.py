#!/usr/bin/env python3
"""Tries one root, as ctest and scripts/roots.sh call it: run_root.py NAME. Exit code 77, which ctest shows as skipped, says
that this machine lacks the tools, or that this root is not wanted; a root that cannot be made is a failure.

ASSIST_ROOTS names what is wanted. By default that is what differs most, of two roots that are fetched: a minute."""

import os
import shutil
import sys
import unittest

TESTS = {
    "bullseye": "test_roots.Debian.test_bullseye",
    "bookworm": "test_roots.Debian.test_bookworm",
    "trixie": "test_roots.Debian.test_trixie",
    "rpm": "test_rpm_root.Rpm.test_rpm",
    "systemd": "test_services.Systemd.test_systemd",
    "deb_systemd": "test_package_services.Deb.test_deb_systemd",
    "rpm_systemd": "test_package_services.Rpm.test_rpm_systemd",
    "server_systemd": "test_server_service.ServerService.test_server_systemd",
    "openrc": "test_services.OpenRc.test_openrc",
}
DEFAULT = "bullseye systemd rpm_systemd"
TOOLS = ("debootstrap", "chroot", "tar", "unshare", "nsenter")
OF_PACKAGES = ("rpm", "deb_systemd", "rpm_systemd", "server_systemd")
PACKAGE_TOOLS = ("dpkg-deb", "dpkg-shlibdeps", "rpm", "rpmbuild", "strip")


def main():
    name = sys.argv[1]
    wanted = os.environ.get("ASSIST_ROOTS", DEFAULT).split()
    unknown = [word for word in wanted if word not in TESTS]
    if unknown:
        sys.exit(f"ASSIST_ROOTS: there is no root {unknown[0]}; there are {' '.join(TESTS)}")
    if name not in wanted:
        print(f"SKIPPED: ASSIST_ROOTS is {' '.join(wanted)}; `scripts/roots.sh {name}` tries it")
        return 77
    tools = TOOLS + PACKAGE_TOOLS if name in OF_PACKAGES else TOOLS
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing or os.geteuid() != 0:
        print(f"SKIPPED: {', '.join(missing) or 'root'} is missing; `scripts/deps.sh --roots` installs what is needed")
        return 77
    result = unittest.TextTestRunner(verbosity=2).run(unittest.defaultTestLoader.loadTestsFromName(TESTS[name]))
    return 0 if result.wasSuccessful() and result.testsRun == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
