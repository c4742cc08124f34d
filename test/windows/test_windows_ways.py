"""What the agent for Windows has of its machine, under Wine: authorities that are trusted, zones, passwords of accounts,
proxies: `scripts/windows.sh test`."""

import os
import re

from connect_proxy import ConnectProxy
from harness import Server, WorldTest
from wine import Wine, WindowsAgent, windows_program


class _WithoutTrust(WindowsAgent):
    def trust_arguments(self):
        return []


class _ByName:
    """A server as an agent sees it that only knows its name."""

    def __init__(self, server, name):
        self.url = f"https://{name}:{server.port}"
        self.ca_file = server.ca_file


class WindowsWaysTest(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.wine = Wine(world)
        cls.addClassCleanup(cls.wine.close)  # before the world's: the last added is the first done
        cls.server = Server(world).start()
        cls.api = cls.server.api()

    def test_the_system_s_store_of_certificates_is_trusted(self):
        agent = _WithoutTrust(self.world, self.wine, self.server, "store")
        with self.assertRaises(AssertionError) as refused:
            agent.register(self.api)
        self.assertIn("signed by nobody", str(refused.exception))
        self.assertIn("--ca-fingerprint", str(refused.exception))
        self.wine.trust(self.server.ca_file)
        agent.register(self.api)
        agent.start().wait_until_connected(self.api, 60)
        self.assertEqual(agent.interrupt(), 0)
        self.wine.trust_no_more(self.server.ca_file)
        agent.start()
        self.wait_for(lambda: "signed by nobody" in agent.program.log_text(), 60, "it is refused again")
        self.assertEqual(agent.interrupt(), 0)

    def test_schedules_know_the_zones_of_the_world_and_the_machine_tells_its_own(self):
        agent = WindowsAgent(self.world, self.wine, self.server, "zones").register(self.api)
        agent.start(TZ="Asia/Shanghai").wait_until_connected(self.api, 60)

        def kept(frequency):
            invoke_id = self.api.call("RunCommand", Type="RunBatScript", CommandContent="ver", RepeatMode="Period",
                                      Frequency=frequency, InstanceId=[agent.id]).ok()["InvokeId"]

            def row():
                rows = self.api.call("DescribeSchedules", InvokeId=invoke_id).ok()["Schedules"]["Schedule"]
                return rows[0] if rows and rows[0].get("NextDueTime") and rows[0].get("TimeZone") else None

            return self.wait_for(row, 30, "the machine has accepted the schedule")

        self.assertEqual(kept("0 0 12 1 7 ? 2030 Asia/Kathmandu")["NextDueTime"], "2030-07-01T06:15:00Z")
        own = kept("0 0 12 1 7 ? 2030")
        self.assertEqual((own["NextDueTime"], own["TimeZone"]), ("2030-07-01T04:00:00Z", "Asia/Shanghai"), own)
        self.assertEqual(kept("0 0 12 1 7 ? 2030 Europe/Berlin")["NextDueTime"], "2030-07-01T10:00:00Z", "summer time")
        self.assertEqual(agent.interrupt(), 0)

    def test_a_password_is_kept_by_the_machine_and_one_that_is_missing_is_named(self):
        agent = WindowsAgent(self.world, self.wine, self.server, "accounts").register(self.api)

        def password(*words, text_in=None):
            done = agent.command("password", *words, text_in=text_in)
            return done.returncode, done.stdout.replace("\r", ""), done.stderr

        self.assertEqual(password("list")[:2], (0, ""))
        code, _, said = password("set", "no name")
        self.assertEqual(code, 2)
        self.assertIn("is no name of a password", said)
        self.assertEqual(password("set", "deploy", text_in="\n")[0], 2, "an empty one")
        code, out, said = password("set", "deploy", text_in="Geheim-77-wort\r\n")
        self.assertEqual((code, out), (0, ""), said)
        self.assertEqual(password("list")[:2], (0, "deploy\n"))
        folder = os.path.join(agent.root, "passwords")
        [kept] = os.listdir(folder)
        with open(os.path.join(folder, kept), "rb") as file:
            self.assertNotIn(b"Geheim", file.read())

        agent.start().wait_until_connected(self.api, 60)
        invoke_id = self.api.call("RunCommand", Type="RunBatScript", CommandContent="ver", InstanceId=[agent.id],
                                  Username="LOCAL SERVICE", WindowsPasswordName="other").ok()["InvokeId"]
        row = self.api.wait_until_final(invoke_id, agent.id, 60)
        self.assertEqual(row["InvocationStatus"], "Invalid", row)
        self.assertIn("assist-agent password set other", row["ErrorDetail"] + row["ErrorInfo"], row)
        self.assertEqual(agent.interrupt(), 0)
        self.assertNotIn("Geheim", agent.program.log_text())

        self.assertEqual(password("remove", "deploy")[0], 0)
        code, _, said = password("remove", "deploy")
        self.assertEqual(code, 1)
        self.assertIn("no password named deploy", said)

    def refused(self, agent, *words):
        """What a register of `agent` says, which must fail for these words and leave no identity."""
        with self.assertRaises(AssertionError) as failed:
            agent.register(self.api)
        for word in words:
            self.assertIn(word, str(failed.exception))
        self.assertFalse(os.path.exists(os.path.join(agent.root, "identity", "identity.json")))

    def test_a_folder_of_somebody_else_is_not_taken(self):
        if os.geteuid() != 0:
            self.skipTest("to give a folder to another account, this must run as root")
        agent = WindowsAgent(self.world, self.wine, self.server, "planted")
        os.makedirs(agent.root, exist_ok=True)
        os.chown(agent.root, 65534, -1)
        self.refused(agent, "planted belongs to", "/setowner *S-1-5-32-544", "--root")
        done = agent.command("password", "set", "deploy", text_in="secret\n")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("belongs to", done.stderr)
        os.chown(agent.root, os.geteuid(), -1)
        for below in ("identity", "agent.toml"):  # a folder and a file in it that were there before
            path = os.path.join(agent.root, below)
            if below == "identity":
                os.makedirs(path, exist_ok=True)
            else:
                with open(path, "w", encoding="ascii") as file:
                    file.write("")
            os.chown(path, 65534, -1)
            self.refused(agent, f"{below} belongs to")
            os.chown(path, os.geteuid(), -1)
        agent.register(self.api)
        os.chown(agent.root, 65534, -1)
        agent.start()
        self.assertEqual(agent.program.wait(30), 1)
        self.assertIn("belongs to", agent.program.log_text())

    def test_a_link_in_the_place_of_the_folder_is_not_taken(self):
        agent = WindowsAgent(self.world, self.wine, self.server, "linked")
        elsewhere = self.world.path("elsewhere")
        os.makedirs(elsewhere)
        if os.path.isdir(agent.root):
            os.rmdir(agent.root)
        os.symlink(elsewhere, agent.root)
        self.refused(agent, "linked is a link", "rmdir", "--root")
        self.assertEqual(os.listdir(elsewhere), [])
        os.remove(agent.root)
        os.makedirs(agent.root)
        os.symlink(elsewhere, os.path.join(agent.root, "tasks"))
        self.refused(agent, "tasks is a link")

    def test_a_service_that_cannot_work_is_not_started_again_and_one_that_breaks_is(self):
        agent = WindowsAgent(self.world, self.wine, self.server, "unset")
        program = windows_program("assist-agent.exe")

        def service(verb, *words):
            done = self.wine.run(program, "service", verb, *words)
            return done.returncode, done.stdout + done.stderr

        def end():
            text = self.wine.run("sc.exe", "query", "assist-agent").stdout
            found = dict(re.findall(r"(\w+) +: +(\d+)", text))
            return found["STATE"], found["WIN32_EXIT_CODE"], found["SERVICE_EXIT_CODE"]

        self.assertEqual(service("install", "--root", agent.inside)[0], 0)
        self.addCleanup(service, "uninstall")
        service("start")  # may see it running for a moment
        self.wait_for(lambda: end()[0] == "1", 30, "the service has stopped")
        self.assertEqual(end(), ("1", "0", "0"), "not registered: for the manager it is done")
        agent.register(self.api)
        with open(os.path.join(agent.root, "agent.toml"), "w", encoding="utf-8") as file:
            file.write("no_such_key = 1\n")
        service("start")
        self.wait_for(lambda: end()[0] == "1", 30, "the service has stopped")
        self.assertEqual(end(), ("1", "0", "0"), "wrong settings: the same")
        os.remove(os.path.join(agent.root, "agent.toml"))
        os.mkdir(os.path.join(agent.root, "agent.toml"))  # settings that cannot be read now: they may be later
        service("start")
        self.wait_for(lambda: end()[0] == "1", 30, "the service has stopped")
        self.assertEqual(end(), ("1", "1066", "1"))
        os.rmdir(os.path.join(agent.root, "agent.toml"))
        log = os.path.join(agent.root, "assist-agent.log")
        os.remove(log)
        os.mkdir(log)  # something else breaks: another start may help
        service("start")
        self.wait_for(lambda: end()[0] == "1", 30, "the service has stopped")
        self.assertEqual(end(), ("1", "1066", "1"))

    def test_all_goes_through_the_proxy_that_is_set(self):
        proxy = ConnectProxy("ann", "pass word")
        self.addCleanup(proxy.close)
        server = Server(self.world, "beyond", "--advertise", "assist.example").start()
        agent = WindowsAgent(self.world, self.wine, _ByName(server, "assist.example"), "proxied")
        os.mkdir(agent.root)

        def set_proxy(user_info):
            with open(os.path.join(agent.root, "agent.toml"), "w", encoding="utf-8") as file:
                file.write(f'proxy = "http://{user_info}@127.0.0.1:{proxy.port}"\n')

        set_proxy("ann:wrong")
        with self.assertRaises(AssertionError) as refused:
            agent.register(server.api())
        self.assertIn("407", str(refused.exception))
        set_proxy("ann:pass%20word")
        agent.register(server.api())
        agent.start().wait_until_connected(server.api(), 60)
        invoke_id = server.api().call("RunCommand", Type="RunBatScript", CommandContent="echo there",
                                      InstanceId=[agent.id]).ok()["InvokeId"]
        row = server.api().wait_until_final(invoke_id, agent.id, 60)
        self.assertEqual((row["InvocationStatus"], row["Bytes"]), ("Success", b"there\r\n"), row)
        self.assertEqual({target for target, _ in proxy.asked}, {f"assist.example:{server.port}"})
        self.assertGreater(len(proxy.asked), 2, "registering, requests, the WebSocket")
        self.assertEqual(agent.interrupt(), 0)
        self.assertNotIn("word", agent.program.log_text(), "the proxy's password is in no log")
