"""What the tests of every kind of package share: an agent and a server installed in a root of their own, and what must
hold of them whatever brought them."""

import glob
import json
import os
import subprocess

from harness import Server, WorldTest, procfs
from harness.waiting import wait_for
from harness.world import free_port
from scratch_root import BusyboxRoot, ScratchRoot

DIST = os.environ["ASSIST_PACKAGES"]


def package(pattern):
    found = glob.glob(os.path.join(DIST, pattern))
    if len(found) != 1:
        raise AssertionError(f"{pattern} in {DIST}: {found}")
    return found[0]


class InstalledTest(WorldTest):
    """A root without systemd, so that the SysV scripts start and stop for real."""

    def make_root(self, packages=()):
        self.root = ScratchRoot(self.world, packages)
        self.addCleanup(self.root.end_all)
        return self.root

    def make_busybox_root(self):
        self.root = BusyboxRoot(self.world)
        self.addCleanup(self.root.end_all)
        return self.root

    def inside(self, *command, code=0, **more):
        done = self.root.do(*command, **more)
        self.assertEqual(done.returncode, code, f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def only(self, program):
        """The one process of a program in the root."""
        found = self.root.processes(program)
        self.assertEqual(len(found), 1, f"{program}: {found}")
        return found[0]

    # --- the agent ------------------------------------------------------------------------------------------------

    def register_and_start(self):
        """A server outside, the agent inside registered with it and started as a service."""
        self.server = Server(self.world).start()
        self.api = self.server.api()
        activation = self.api.call("CreateActivation", InstanceCount=1).ok()
        said = self.inside("assist-agent", "register", "--server", self.server.url, "--activation-id",
                           activation["ActivationId"], "--activation-code", "-", "--ca-fingerprint",
                           self.server.admin["CaFingerprint"], text_in=activation["ActivationCode"] + "\n")
        self.instance = said.split("instance id: ")[1].split()[0]
        self.inside("assist-agent", "service", "start")
        self.wait_until_connected()

    def wait_until_connected(self):
        def connected():
            rows = self.api.call("DescribeManagedInstances", InstanceId=[self.instance]).ok()["Instances"]
            return rows[0]["Connected"]

        wait_for(connected, 20, "the installed agent is connected")

    def wait_for_another(self, program, before):
        def other():
            found = self.root.processes(program)
            return found[0] if len(found) == 1 and found[0] != before else None

        return wait_for(other, 25, f"another {program} than {before} runs")

    def start_script(self):
        """A script that runs until go() is called; counts its starts."""
        self.invoke_id = self.api.run("echo start >> /tmp/starts; echo begin; while [ ! -e /tmp/go ]; do sleep 0.1; "
                                      "done; echo end", [self.instance])
        self.api.wait_for_output(self.invoke_id, self.instance, b"begin\n")
        return self.only("assist-supervisor")

    def go(self):
        with open(self.root.path("tmp/go"), "w", encoding="ascii"):
            pass

    def check_upgrade(self, upgrade):
        """`upgrade()` restarts the agent alone: the script that runs is not touched and its result arrives."""
        supervisor = self.start_script()
        agent = self.only("assist-agent")
        upgrade()
        self.wait_for_another("assist-agent", agent)
        self.wait_until_connected()
        self.assertEqual(self.only("assist-supervisor"), supervisor)
        self.assertEqual(self.api.result(self.invoke_id, self.instance)["InvocationStatus"], "Running")
        self.go()
        row = self.api.wait_until_final(self.invoke_id, self.instance, 30)
        self.assertEqual((row["InvocationStatus"], row["ExitCode"], row["Bytes"]), ("Success", 0, b"begin\nend\n"))
        self.assertEqual(self.root.read("/tmp/starts"), "start\n")

    def check_crash(self):
        """What is killed is started again by the service's script."""
        agent = self.only("assist-agent")
        procfs.end(agent)
        self.wait_for_another("assist-agent", agent)
        self.wait_until_connected()

    # --- the server -----------------------------------------------------------------------------------------------

    def settle_server_port(self):
        self.port = free_port()
        os.makedirs(self.root.path("var/lib/assist-server"), exist_ok=True)
        with open(self.root.path("var/lib/assist-server/assist-server.toml"), "w", encoding="ascii") as file:
            file.write(f'listen = "127.0.0.1:{self.port}"\n')

    def wait_for_server(self):
        """It answers; its admin.json."""
        where = self.root.path("var/lib/assist-server/admin.json")

        def answers():
            if not os.path.exists(where):
                return False
            done = subprocess.run(["curl", "-sk", "--noproxy", "*", f"https://127.0.0.1:{self.port}/healthz"],
                                  capture_output=True, timeout=10, check=False)
            return done.stdout.strip() == b"ok"

        wait_for(answers, 20, "the installed server answers")
        with open(where, encoding="utf-8") as file:
            return json.load(file)

    def check_server_is_confined(self, admin):
        uid = int(self.inside("id", "-u", "assist-server"))
        self.assertNotEqual(uid, 0)
        self.assertEqual(procfs.status(self.only("assist-server"))["Uid"].split(), [str(uid)] * 4)
        info = os.stat(self.root.path("var/lib/assist-server/admin.json"))
        self.assertEqual((info.st_uid, info.st_mode & 0o777), (uid, 0o600))
        self.assertEqual(os.stat(self.root.path("var/lib/assist-server")).st_mode & 0o777, 0o700)
        self.inside("assist", "ecs", "DescribeRegions", ASSIST_ENDPOINT=f"https://127.0.0.1:{self.port}",
                    ASSIST_ACCESS_KEY_ID=admin["AccessKeyId"], ASSIST_ACCESS_KEY_SECRET=admin["AccessKeySecret"],
                    ASSIST_CA_FILE="/var/lib/assist-server/ca.pem")
