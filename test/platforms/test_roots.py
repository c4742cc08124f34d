"""The agent in roots of real systems: those of Debian's suites. test_roots.py NAME, as ctest and scripts/roots.sh call it,
tries one. Exit code 77, which ctest shows as skipped, says that this machine lacks the tools, or that ASSIST_ROOTS is set
and names others; a root that cannot be made is a failure."""

import os
import shutil
import sys
import unittest

import debian_root
from harness.world import program_path
from test_static_agent import PROGRAMS, StaticAgentTest

class RootTest(StaticAgentTest):
    """What holds of an agent in any of them."""

    def settle(self, root):
        """The agent's programs in place, the server's CA, a user and a group of the root's own tools."""
        for program in PROGRAMS:
            shutil.copy(program_path(program), f"{root}/usr/sbin")
        shutil.copy(self.server.ca_file, f"{root}/etc/ca.pem")
        self.add_users(root)

    def add_users(self, root):
        debian_root.inside(root, "groupadd", "--gid", "4323", "crew")
        debian_root.inside(root, "useradd", "--create-home", "--uid", "4321", "--groups", "crew", "worker")

    def check(self, root, name):
        agent = self.agent_in(root, name, program="/usr/sbin/assist-agent")
        self.flows(agent, f"{root}/tmp", "/tmp")
        row = self.api.run_and_wait("id -un; id -Gn; pwd; umask; echo $HOME; touch /etc/x || echo no", agent.id,
                                    Username="worker")
        said = row["Bytes"].decode().splitlines()
        self.assertEqual(said[:3], ["worker", "worker crew", "/home/worker"], row)
        self.assertEqual((said[4], said[-1]), ("/home/worker", "no"), row)
        row = self.api.run_and_wait("id", agent.id, Username="nosuchone")
        self.assertEqual((row["InvocationStatus"], row["ErrorCode"]), ("Invalid", "AccountNotExists"))
        return agent


class Debian(RootTest):
    def debian(self, suite, version):
        root = debian_root.unpack(self.world, suite)
        self.settle(root)
        agent = self.check(root, suite)
        where = self.api.run_and_wait(". /etc/os-release; echo $ID $VERSION_ID; cat /etc/debian_version", agent.id)
        self.assertTrue(where["Bytes"].startswith(b"debian %s\n%s" % (version, version)), where["Bytes"])

    def test_bullseye(self):
        self.debian("bullseye", b"11")

    def test_bookworm(self):
        self.debian("bookworm", b"12")

    def test_trixie(self):
        self.debian("trixie", b"13")


TOOLS = ("debootstrap", "chroot", "tar")


def main():
    name = sys.argv.pop(1)
    wanted = os.environ.get("ASSIST_ROOTS", name).split()
    if name not in wanted:
        print(f"SKIPPED: ASSIST_ROOTS names only {' '.join(wanted)}")
        return 77
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing or os.geteuid() != 0:
        print(f"SKIPPED: {', '.join(missing) or 'root'} is missing; `scripts/deps.sh --roots` installs what is needed")
        return 77
    test, = (f"{kind.__name__}.test_{name}" for kind in (Debian,) if hasattr(kind, f"test_{name}"))
    unittest.main(argv=[sys.argv[0], "-v", test])
    return 0


if __name__ == "__main__":
    sys.exit(main())
