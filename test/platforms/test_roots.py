"""The agent in roots of real systems: those of Debian's suites. run_root.py runs one of them."""

import os
import shutil

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

    def check(self, root, name, folder="/var/lib/assist"):
        agent = self.agent_in(root, name, program="/usr/sbin/assist-agent")
        agent.inside, agent.root = folder, root + folder
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
