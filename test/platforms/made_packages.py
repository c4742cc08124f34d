"""Packages made for one test of the programs that were built, and rpm on a root."""

import glob
import os
import subprocess

from harness.world import program_path

DATABASE = "/usr/lib/sysimage/rpm"
RELEASE = "Assist Test Linux release 9.1 (Layout)"
# What the root's programs, which no rpm brought, provide to rpm.
_RELEASE_SPEC = f"""Name: assist-test-release
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


def _make(world, pattern, *command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, env=world.environment())
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    found, = glob.glob(world.path(pattern), recursive=True)
    return found


def built_package(world, kind, version, program="assist-agent"):
    """The package (`kind`: deb, rpm) that scripts/package.sh makes of a program, called `version`."""
    folder = f"made-{kind}-{version}"
    return _make(world, f"{folder}/{program}*.{kind}", os.path.join(os.environ["ASSIST_SOURCE_DIR"], "scripts/package.sh"),
                 "--bin", os.path.dirname(program_path("assist-agent")), "--dist", world.path(folder), "--fast", "--only",
                 kind, "--version", version)


def release_package(world):
    spec = world.path("release.spec")
    with open(spec, "w", encoding="utf-8") as file:
        file.write(_RELEASE_SPEC)
    return _make(world, "release/**/*.rpm", "rpmbuild", "-bb", "--quiet", "--define", f"_topdir {world.path('release')}", spec)
