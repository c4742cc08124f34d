"""Packages and releases of the agent for Windows, under Wine: an order installs a signed package, a release takes the
agent's place in a slot while its program runs, and goes back: `scripts/windows.sh test`."""

import json
import os
import shutil

from harness import Cli, Server, WorldTest
from wine import Wine, WindowsAgent, windows_program


class WindowsPackagesTest(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.wine = Wine(world)
        cls.addClassCleanup(cls.wine.close)  # before the world's: the last added is the first done
        cls.server = Server(world).start()
        cls.api, cls.cli = cls.server.api(), Cli(world, cls.server)
        cls.agent = WindowsAgent(world, cls.wine, cls.server, "packages").register(cls.api)
        cls.key = world.path("publisher.pem")
        made = cls.cli.run("pkg", "key", "create", cls.key, "--output", "json")
        assert made.returncode == 0, made.stderr
        trusted = cls.agent.command("trust", "add", json.loads(made.stdout)["PublicKey"], "--for", "packages,agent")
        assert trusted.returncode == 0, trusted.stdout + trusted.stderr
        cls.agent.start().wait_until_connected(cls.api, 60)

    def assist(self, *arguments, code=0, **more):
        done = self.cli.run(*arguments, **more)
        self.assertEqual(done.returncode, code, f"{arguments}:\n{done.stdout}{done.stderr}")
        return done

    def test_an_order_installs_a_package_and_takes_it_away(self):
        folder = self.world.path("software")
        os.makedirs(folder)
        for name, text in (("install.bat", "@echo installing %PACKAGE_NAME% %PACKAGE_VERSION%\r\n@echo here>installed.txt\r\n"),
                           ("remove.bat", "@echo removing %PACKAGE_NAME%\r\n"), ("data.txt", "data\n")):
            with open(os.path.join(folder, name), "w", encoding="ascii", newline="") as file:
                file.write(text)
        self.assist("pkg", "publish", folder, "--name", "software", "--version", "1.0", "--os", "windows", "--format", "zip",
                    "--install", "install.bat", "--uninstall", "remove.bat", "--key", self.key, "--channel", "stable")
        done = self.assist("pkg", "install", "software", "-i", self.agent.id, seconds=180)
        self.assertIn("installing software 1.0", done.stdout)
        listed = self.agent.command("pkg", "list", "--json")
        self.assertIn('"software"', listed.stdout, listed.stderr)
        self.assertEqual(self.agent.command("pkg", "verify", "software", seconds=120).returncode, 0)
        done = self.assist("pkg", "uninstall", "software", "-i", self.agent.id, seconds=180)
        self.assertIn("removing software", done.stdout)
        self.assertNotIn('"software"', self.agent.command("pkg", "list", "--json").stdout)

    def test_a_release_takes_the_agents_place_and_goes_back(self):
        program = windows_program("test-agents/signed-next/assist-agent.exe")
        if not os.path.exists(program):
            self.skipTest("scripts/windows.sh build test_agent_signed_next makes the other version")
        version, folder = "1.1.0", self.world.path("release")
        os.makedirs(folder)
        for path in (program, windows_program("assist-supervisor.exe")):
            shutil.copy(path, folder)
        self.assist("agent-release", "publish", folder, "--version", version, "--os", "windows", "--arch", "amd64", "--key",
                    self.key, seconds=180)
        done = self.agent.command("release", "apply", "--version", version, "--stable", "3", seconds=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr + self.agent.program.log_text())
        told = json.loads(self.agent.command("release", "status", "--json").stdout)
        self.assertTrue(told["Slot"].startswith(version + "-"), told)
        rows = self.api.call("DescribeManagedInstances", InstanceId=[self.agent.id]).ok()["Instances"]
        self.assertTrue(rows[0]["Connected"])
        row = self.api.wait_until_final(self.api.call(
            "RunCommand", Type="RunBatScript", CommandContent="echo %ASSIST_AGENT_PROGRAM%",
            InstanceId=[self.agent.id]).ok()["InvokeId"], self.agent.id, 60)
        self.assertIn(b"update", row["Bytes"], "the program in the slot serves")
        done = self.agent.command("release", "rollback", seconds=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        told = json.loads(self.agent.command("release", "status", "--json").stdout)
        self.assertEqual(told["Slot"], "", told)
        self.assertEqual(self.agent.interrupt(), 0)
        self.agent.start().wait_until_connected(self.api, 60)
