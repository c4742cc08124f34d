"""The server's deb under systemd as process 1: confined as its unit says, and serving all the same; started again after a crash
and by the watchdog; stopped, started, purged."""

import json
import os
import shutil
import signal

from harness import Agent, Server, procfs
from harness.waiting import wait_for
from made_packages import built_package
from test_services import SystemdTest

# Of linux/capability.h: CAP_NET_BIND_SERVICE alone.
_BIND_LOW_PORTS = 1 << 10


class ServerService(SystemdTest):
    def test_server_systemd(self):
        deb = built_package(self.world, "deb", "1.0", "assist-server")
        self.inner = Server(self.world, "inner")

        def settle(root):
            shutil.copy(deb, f"{root}/root")
            os.makedirs(f"{root}/var/lib/assist-server")
            with open(f"{root}/var/lib/assist-server/assist-server.toml", "w", encoding="ascii") as file:
                file.write(f'listen = "127.0.0.1:{self.inner.port}"\n')

        self.boot_systemd(settle, kind="server")
        self.booted.must("dpkg", "-i", f"/root/{os.path.basename(deb)}")
        self.wait_until_it_serves()
        self.check_confined()

        agent = Agent(self.world, self.inner, "outer").register(self.inner.api()).start()
        agent.wait_until_connected(self.inner.api())
        self.assertEqual(self.inner.api().run_and_wait("echo 123", agent.id)["Bytes"], b"123\n")

        self.check_started_again(signal.SIGKILL)
        folder = f"{self.booted.root}/etc/systemd/system/assist-server.service.d"
        os.makedirs(folder)
        with open(f"{folder}/quick.conf", "w", encoding="ascii") as file:
            file.write("[Service]\nWatchdogSec=2\n")
        self.booted.must("systemctl", "daemon-reload")
        self.booted.must("systemctl", "restart", "assist-server")
        self.wait_until_it_serves()
        self.check_started_again(signal.SIGSTOP)
        agent.wait_until_connected(self.inner.api(), 60)
        self.assertEqual(self.inner.api().run_and_wait("echo 456", agent.id)["Bytes"], b"456\n")

        self.booted.must("assist-server", "service", "stop")
        self.assertEqual(self.booted.processes("assist-server"), [])
        self.assertEqual(self.booted.do("assist-server", "service", "status").returncode, 3)
        self.booted.must("dpkg", "-P", "assist-server")
        self.assertFalse(os.path.exists(f"{self.booted.root}/var/lib/assist-server"))

    def only(self):
        found = self.booted.processes("assist-server")
        self.assertEqual(len(found), 1, found)
        return found[0]

    def wait_until_it_serves(self):
        data = f"{self.booted.root}/var/lib/assist-server"

        def serves():
            if not os.path.exists(f"{data}/admin.json"):
                return False
            with open(f"{data}/admin.json", encoding="utf-8") as file:
                self.inner.admin = {**json.load(file), "CaFile": f"{data}/ca.pem"}
            try:
                return self.inner.api().call("DescribeRegions").status == 200
            except OSError:
                return False

        wait_for(serves, 60, f"the server answers; {self.booted.do('journalctl', '-u', 'assist-server').stdout[-2000:]}")

    def check_confined(self):
        server = self.only()
        status = procfs.status(server)
        uid = os.stat(f"{self.booted.root}/var/lib/assist-server/admin.json").st_uid
        self.assertNotEqual(uid, 0)
        self.assertEqual(status["Uid"].split(), [str(uid)] * 4)
        self.assertEqual((status["NoNewPrivs"].strip(), status["Seccomp"].strip()), ("1", "2"))
        self.assertEqual([int(status[name], 16) for name in ("CapEff", "CapBnd")], [_BIND_LOW_PORTS] * 2)
        # What it sees: everything read-only but its folder, and no device of the machine.
        with open(f"/proc/{server}/mounts", encoding="utf-8") as file:
            mounts = {line.split()[1]: line.split()[3].split(",") for line in file}
        self.assertIn("ro", mounts["/"])
        self.assertIn("rw", mounts["/var/lib/assist-server"])
        self.assertEqual([name for name in os.listdir(f"/proc/{server}/root/dev") if name.startswith(("sd", "vd", "mem"))], [])

    def check_started_again(self, how):
        before = self.only()
        procfs.end(before, how)
        wait_for(lambda: self.booted.processes("assist-server") not in ([], [before]), 30,
                 f"the server runs again after {how.name}")
        self.wait_until_it_serves()
        self.assertNotEqual(self.only(), before)
