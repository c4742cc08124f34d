"""The agent as a service under a real init as process 1: systemd, OpenRC. Installed, started, killed, stopped and started
again while a script runs, taken away: `assist-agent service …`, with the tools of that system."""

import os
import shutil
import signal

import debian_root
from booted import Booted
from harness import procfs
from harness.world import program_path
from harness.waiting import wait_for
from test_static_agent import PROGRAMS, StaticAgentTest


class ServiceTest(StaticAgentTest):
    def boot(self, kind, init, settle=None, chroot=False):
        """`settle(root)`: in place of the agent's programs."""
        root = debian_root.unpack(self.world, kind)
        if os.path.isdir(f"{root}/etc/systemd/system"):
            for unit in _MASKED:
                os.symlink("/dev/null", f"{root}/etc/systemd/system/{unit}")
        if settle:
            settle(root)
        else:
            for program in PROGRAMS:
                shutil.copy(program_path(program), f"{root}/usr/sbin")
        shutil.copy(self.server.ca_file, f"{root}/etc/ca.pem")
        self.booted = Booted(self.world, root, init, chroot)
        self.addCleanup(self.booted.end)
        return self.booted

    def status(self, code):
        done = self.booted.do("assist-agent", "service", "status")
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)

    def register(self):
        activation = self.api.call("CreateActivation", InstanceCount=1).ok()
        said = self.booted.must("assist-agent", "register", "--server", self.server.url, "--activation-id",
                                activation["ActivationId"], "--activation-code", "-", "--ca-file", "/etc/ca.pem",
                                text_in=activation["ActivationCode"] + "\n")
        self.instance = said.split("instance id: ")[1].split()[0]

    def wait_until_connected(self, connected=True, seconds=30):
        def state():
            rows = self.api.call("DescribeManagedInstances", InstanceId=[self.instance]).ok()["Instances"]
            return rows[0]["Connected"] is connected

        wait_for(state, seconds, f"the agent is {'' if connected else 'not '}connected")

    def agent(self):
        found = self.booted.processes("assist-agent")
        self.assertEqual(len(found), 1, found)
        return found[0]

    def wait_for_another(self, before, seconds=30):
        def other():
            found = self.booted.processes("assist-agent")
            return len(found) == 1 and found[0] != before

        wait_for(other, seconds, f"another agent than process {before} runs")
        self.wait_until_connected()

    def start_script(self, name):
        """A script that runs until finish(); it counts its starts."""
        invocation = self.api.run(f"echo s >> /root/{name}.starts; echo begin; while [ ! -e /root/{name}.go ]; do "
                                  "sleep 0.1; done; echo end", [self.instance])
        self.api.wait_for_output(invocation, self.instance, b"begin\n")
        supervisors = self.booted.processes("assist-supervisor")
        self.assertEqual(len(supervisors), 1)
        return name, invocation, supervisors[0]

    def finish(self, script):
        """It still runs, once; and its result arrives."""
        name, invocation, supervisor = script
        self.assertEqual(self.booted.processes("assist-supervisor"), [supervisor],
                         "the script did not outlive the service")
        with open(f"{self.booted.root}/root/{name}.go", "wb"):
            pass
        row = self.api.wait_for_status(invocation, self.instance, "Success", 30)
        self.assertEqual(row["Bytes"], b"begin\nend\n")
        with open(f"{self.booted.root}/root/{name}.starts", encoding="ascii") as file:
            self.assertEqual(file.read(), "s\n")

    def check_service(self, restart):
        """From not installed to taken away; `restart`: the system's own words for it."""
        service = ("assist-agent", "service")
        self.status(4)
        self.register()
        self.booted.must(*service, "install")
        self.status(3)
        self.booted.must(*service, "start")
        self.wait_until_connected()
        self.status(0)

        crashed = self.agent()
        script = self.start_script("crash")
        procfs.end(crashed)
        self.wait_for_another(crashed)
        self.finish(script)

        before = self.agent()
        script = self.start_script("restart")
        self.booted.must(*restart)
        self.wait_for_another(before)
        self.finish(script)

        script = self.start_script("stop")
        self.booted.must(*service, "stop")
        self.status(3)
        self.assertEqual(self.booted.processes("assist-agent"), [])
        self.wait_until_connected(False)
        self.booted.must(*service, "start")
        self.wait_until_connected()
        self.finish(script)

    def check_uninstall(self, files):
        for file in files:
            self.assertTrue(os.path.lexists(self.booted.root + file), file)
        self.booted.must("assist-agent", "service", "uninstall")
        self.status(4)
        self.assertEqual(self.booted.processes("assist-agent"), [])
        for file in files:
            self.assertFalse(os.path.lexists(self.booted.root + file), file)
        self.assertTrue(os.path.exists(f"{self.booted.root}/var/lib/assist-agent/identity"))


# Units of systemd: what they would mount is the machine's, and can be written.
_MASKED = ("sys-kernel-debug.mount", "sys-kernel-tracing.mount", "sys-fs-fuse-connections.mount")


class SystemdTest(ServiceTest):
    def boot_systemd(self, settle=None, kind="systemd", chroot=False):
        booted = self.boot(kind, "/lib/systemd/systemd --unit=multi-user.target --show-status=0", settle, chroot)
        wait_for(lambda: booted.do("systemctl", "is-system-running").stdout.strip() in ("running", "degraded"), 60,
                 "systemd has booted")
        return booted


class Systemd(SystemdTest):
    def test_systemd(self):
        self.boot_systemd()
        self.check_service(("systemctl", "restart", "assist-agent"))
        self.check_watchdog()
        self.check_uninstall(["/etc/systemd/system/assist-agent.service",
                              "/etc/systemd/system/multi-user.target.wants/assist-agent.service"])

    def show(self, name):
        return self.booted.must("systemctl", "show", "-P", name, "assist-agent").strip()

    def check_watchdog(self):
        """An agent that does nothing any more is ended and started again. A drop-in shortens the minutes to seconds."""
        self.assertGreater(self.show("WatchdogUSec"), "0")
        folder = f"{self.booted.root}/etc/systemd/system/assist-agent.service.d"
        os.makedirs(folder)
        with open(f"{folder}/quick.conf", "w", encoding="ascii") as file:
            file.write("[Service]\nWatchdogSec=2\n")
        self.booted.must("systemctl", "daemon-reload")
        self.booted.must("systemctl", "restart", "assist-agent")
        self.wait_until_connected()
        script = self.start_script("watchdog")
        stuck, restarts = self.agent(), int(self.show("NRestarts"))
        procfs.end(stuck, signal.SIGSTOP)  # alive, and silent
        self.wait_for_another(stuck)
        self.assertGreater(int(self.show("NRestarts")), restarts)
        self.assertIn("Watchdog timeout", self.booted.must("journalctl", "-u", "assist-agent", "--no-pager"))
        self.finish(script)
        # One that works is left alone for longer than that.
        well = self.agent()
        row = self.api.run_and_wait("sleep 5; echo slept", self.instance)
        self.assertEqual((row["Bytes"], self.agent()), (b"slept\n", well))
        shutil.rmtree(folder)


class OpenRc(ServiceTest):
    def test_openrc(self):
        booted = self.boot("openrc", "/sbin/openrc-init")
        wait_for(lambda: booted.do("rc-status", "--runlevel").stdout.strip() == "default", 60,
                 "OpenRC is in runlevel default")
        self.check_service(("rc-service", "assist-agent", "restart"))
        self.check_uninstall(["/etc/init.d/assist-agent", "/etc/runlevels/default/assist-agent"])
