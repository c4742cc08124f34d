"""The disk: two servers on one folder, a folder that cannot be written, a disk that is full; and what a start refuses."""

import json
import os
import shutil
import subprocess
import unittest

from harness import Server, WorldTest
from harness.world import free_port, program_path


class StartTest(WorldTest):
    def assert_refuses_to_start(self, server, *words, seconds=15):
        """It ends by itself, with a code that is not 0, and says why."""
        server.spawn()
        code = server.program.wait(seconds)
        text = server.program.log_text()
        self.assertGreater(code, 0, text)
        for word in words:
            self.assertRegex(text, word)
        return text


class Starts(StartTest):
    def test_a_second_server_on_the_same_folder_is_refused(self):
        first = Server(self.world, "first").start()
        second = Server(self.world, "second", data=first.data)
        self.assert_refuses_to_start(second, first.data, "(?i)already|another|in use|lock")
        first.api().call("DescribeCommands").ok()
        self.assertEqual(first.stop(), 0)
        second.start()  # now it may
        second.api().call("DescribeCommands").ok()

    def test_a_port_that_is_taken(self):
        first = Server(self.world, "first").start()
        second = Server(self.world, "second")
        second.port = first.port
        self.assert_refuses_to_start(second, str(first.port), "(?i)in use")

    def test_the_admin_key_is_the_owners_alone_and_stays(self):
        server = Server(self.world).start()
        self.assertEqual(os.stat(os.path.join(server.data, "admin.json")).st_mode & 0o777, 0o600)
        self.assertEqual(set(server.admin), {"Endpoint", "AccessKeyId", "AccessKeySecret", "CaFile", "CaFingerprint"})
        self.assertEqual(server.admin["CaFingerprint"], server.ca_fingerprint())
        self.assertIn(str(server.port), server.admin["Endpoint"])
        before = server.admin
        self.assertEqual(server.stop(), 0)
        server.start()
        self.assertEqual(server.admin, before)

    def test_nothing_secret_in_the_data_folder_is_open_to_others(self):
        server = Server(self.world).start()
        open_ones = []
        for folder, _, names in os.walk(server.data):
            for name in names:
                path = os.path.join(folder, name)
                if os.stat(path).st_mode & 0o077 and not name.endswith((".pem", ".crt")):
                    open_ones.append(path)
                if os.stat(path).st_mode & 0o077 and os.path.isfile(path) and name.endswith((".pem", ".crt")):
                    with open(path, encoding="ascii", errors="replace") as file:
                        self.assertNotIn("PRIVATE KEY", file.read(), path)
        folder_closed = not os.stat(server.data).st_mode & 0o077
        self.assertTrue(folder_closed or not open_ones, open_ones)

    def test_a_wrong_key_in_the_configuration_is_named(self):
        wrong = (("no_such_key = 1\n", "no_such_key"), ("limits = \"enormous\"\n", "limits"), ("limits = 7\n", "limits"),
                 ("= nonsense\n", "(?i)line 1|1:"))
        for number, (text, word) in enumerate(wrong):
            with self.subTest(text=text):
                self.assert_refuses_to_start(Server(self.world, f"wrong-{number}", config=text), word)

    def test_a_configuration_that_is_not_there(self):
        server = Server(self.world, "server", "--config", self.world.path("none.toml"))
        self.assert_refuses_to_start(server, "none.toml")

    def test_insecure_http_is_refused_on_other_than_loopback(self):
        for host in ("0.0.0.0", "[::]"):
            with self.subTest(host=host):
                done = subprocess.run([program_path("assist-server"), "run", "--data", self.world.path("open"), "--listen",
                                       f"{host}:{free_port()}", "--insecure-http"], capture_output=True, text=True,
                                      timeout=15, check=False, env=self.world.environment())
                self.assertGreater(done.returncode, 0)
                self.assertRegex(done.stdout + done.stderr, "refused.*(loopback|127\\.0\\.0\\.1)")

    def test_unknown_arguments_are_refused(self):
        for arguments in (["run", "--no-such-flag"], ["no-such-verb"], [], ["run", "--listen", "nonsense"]):
            with self.subTest(arguments=arguments):
                done = subprocess.run([program_path("assist-server"), *arguments], capture_output=True, text=True,
                                      timeout=15, check=False, env=self.world.environment())
                self.assertGreater(done.returncode, 0)
                self.assertTrue((done.stdout + done.stderr).strip())

    def test_access_keys_by_command(self):
        server = Server(self.world).start()

        def keys(*arguments):
            return subprocess.run([program_path("assist-server"), "access-key", *arguments, "--data", server.data,
                                   "--json"], capture_output=True, text=True, timeout=15, check=False,
                                  env=self.world.environment())

        for way in ("while it runs", "while it is stopped"):
            with self.subTest(way=way):
                created = keys("create", "--name", "ci")
                self.assertEqual(created.returncode, 0, created.stderr)
                key = json.loads(created.stdout)
                listed = keys("list")
                self.assertEqual(listed.returncode, 0, listed.stderr)
                self.assertEqual({row["AccessKeyId"] for row in json.loads(listed.stdout)["AccessKeys"]},
                                 {key["AccessKeyId"], server.admin["AccessKeyId"]})
                self.assertNotIn(key["AccessKeySecret"], listed.stdout)
                if not server.program.running():
                    server.start()
                other = server.api(key_id=key["AccessKeyId"], secret=key["AccessKeySecret"])
                self.assertEqual(other.call("DescribeCommands").status, 200)
                self.assertEqual(keys("delete", key["AccessKeyId"]).returncode, 0)
                self.assertEqual(other.call("DescribeCommands").code, "InvalidAccessKeyId.NotFound")
                self.assertNotEqual(keys("delete", key["AccessKeyId"]).returncode, 0)
                self.assertEqual(server.stop(), 0)


class Mounts(StartTest):
    """These need the right to mount. A container of root without it is a broken test machine, so they fail there."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("needs root, for mount")

    def test_a_read_only_folder_is_refused(self):
        server = Server(self.world).start()
        self.assertEqual(server.stop(), 0)
        frozen = self.world.path("frozen")
        os.makedirs(frozen)
        self.world.mount("tmpfs", frozen, "size=64m")
        shutil.copytree(server.data, frozen, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock"))
        self.world.mount(None, frozen, "remount,ro")
        text = self.assert_refuses_to_start(Server(self.world, "second", data=frozen), frozen, "(?i)read-only|not writ")
        self.assertNotIn("terminate called", text)

    def test_a_full_disk_refuses_changes_and_heals(self):
        small = self.world.path("small")
        os.makedirs(small)
        self.world.mount("tmpfs", small, "size=24m")
        data = os.path.join(small, "data")
        server = Server(self.world, "server", data=data)
        server.start()
        api = server.api()
        filler = os.path.join(small, "filler")
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 65536)
            except OSError:
                pass
            try:
                while True:
                    file.write(b"\0" * 512)
            except OSError:
                pass
        refused = None
        accepted = []
        for number in range(200):
            answer = api.call("CreateCommand", Type="RunShellScript", Name=f"full-{number}",
                              CommandContent="QUFB" * 4_000)
            if answer.status == 200:
                accepted.append(answer.json["CommandId"])
                continue
            refused = answer
            break
        self.assertIsNotNone(refused, "200 commands of 16 kB went onto a full disk")
        self.assertIn(refused.status, (500, 503, 403), refused)
        self.assertTrue(refused.code and refused.json["Message"] and refused.json["RequestId"])
        self.assertTrue(server.program.running())
        api.call("DescribeCommands").ok()  # reading goes on
        os.unlink(filler)
        answer = self.wait_for(lambda: (lambda a: a if a.status == 200 else None)(
            api.call("CreateCommand", Type="RunShellScript", Name="after", CommandContent="ZWNobyAx")), 15,
            "changes are taken again")
        accepted.append(answer.json["CommandId"])
        self.assertEqual(server.stop(), 0)
        server.start()
        for command in accepted:  # nothing that was answered with 200 is lost
            self.assertEqual(api.call("DescribeCommands", CommandId=command).ok()["TotalCount"], 1)


if __name__ == "__main__":
    unittest.main()
