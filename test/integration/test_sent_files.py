"""SendFile from the command line to real agents: what lies on the machine, and what is shown of it, whatever happens to
the agent meanwhile."""

import base64
import grp
import os
import pwd
import stat
import unittest

from harness import Agent, Cli, Server, WorldTest


def own_names():
    """An account and a group to which an agent of this process may give a file."""
    if os.geteuid() == 0:
        return "daemon", "sys"
    return pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name


class SentFiles(WorldTest):
    def setUp(self):
        super().setUp()
        self.server = Server(self.world).start()
        self.api, self.cli = self.server.api(), Cli(self.world, self.server)
        self.agent = Agent(self.world, self.server, "m1").register(self.api)
        self.folder = self.world.path("target", "deep")

    def online(self):
        self.agent.start().wait_until_connected(self.api)

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def send(self, name, content, *more):
        sent = self.cli.ecs("SendFile", "--Name", name, "--TargetDir", self.folder, "--Content",
                            base64.b64encode(content).decode(), "--ContentType", "Base64", "--InstanceIds",
                            self.agent.id, *more)
        return sent["InvokeId"]

    def shown(self, invoke_id):
        [row] = self.api.call("DescribeSendFileResults", InvokeId=invoke_id).ok()["Invocations"]["Invocation"]
        [instance] = row["InvokeInstances"]["InvokeInstance"]
        return row, instance

    def end_of(self, invoke_id):
        self.wait_for(lambda: self.shown(invoke_id)[1]["InvocationStatus"] not in ("Pending", "Running"), 20,
                      f"{invoke_id} has ended")
        return self.shown(invoke_id)

    def assert_refused(self, invoke_id, status, code, detail):
        row, instance = self.end_of(invoke_id)
        self.assertEqual((row["InvocationStatus"], instance["InvocationStatus"], instance["ErrorCode"]),
                         ("Failed", status, code))
        self.assertIn(detail, instance["ErrorDetail"])

    def test_a_file_comes_with_owner_group_and_mode_into_a_folder_that_is_made(self):
        self.online()
        owner, group = own_names()
        sent = self.send("a b.conf", b"one\n", "--FileOwner", owner, "--FileGroup", group, "--FileMode", "0640")
        row, instance = self.end_of(sent)
        self.assertEqual((row["InvocationStatus"], instance["InvocationStatus"], instance["ErrorCode"]),
                         ("Success", "Success", ""), self.agent.program.log_text())
        self.assertLessEqual(instance["CreationTime"], instance["StartTime"])
        self.assertLessEqual(instance["StartTime"], instance["FinishTime"])
        info = os.stat(self.path("a b.conf"))
        self.assertEqual((pwd.getpwuid(info.st_uid).pw_name, grp.getgrgid(info.st_gid).gr_name,
                          stat.S_IMODE(info.st_mode)), (owner, group, 0o640))
        self.assertEqual(self.read("a b.conf"), b"one\n")

        self.assert_refused(self.send("a b.conf", b"two\n"), "Invalid", "FileAlreadyExists", "a b.conf")
        self.assertEqual(self.read("a b.conf"), b"one\n")
        self.end_of(self.send("a b.conf", b"three\n", "--Overwrite", "true"))
        self.assertEqual(self.read("a b.conf"), b"three\n")
        info = os.stat(self.path("a b.conf"))
        self.assertEqual((info.st_uid, stat.S_IMODE(info.st_mode)), (os.geteuid(), 0o644), "root is the default")

        wrong = self.send("a b.conf", b"four\n", "--Overwrite", "true", "--FileOwner", "no-such-account")
        self.assert_refused(wrong, "Invalid", "AccountNotExists", "no-such-account")
        wrong = self.send("new", b"four\n", "--FileGroup", "no-such-group")
        self.assert_refused(wrong, "Invalid", "UserGroupNotExists", "no-such-group")
        self.assert_refused(self.send("no/folder/x", b"x"), "Failed", "FileCreateFail", "No such file or directory")
        with open(self.path("file"), "w", encoding="ascii"):
            pass
        self.folder = self.path("file")
        self.assert_refused(self.send("x", b"x"), "Failed", "FilePathInvalid", "Not a directory")
        self.folder = os.path.dirname(self.folder)
        self.assertEqual(self.read("a b.conf"), b"three\n", "a file with a wrong owner is not left in its place")
        self.assertEqual(sorted(os.listdir(self.folder)), ["a b.conf", "file"])

    def test_a_large_file_arrives_whole(self):
        self.online()
        content = os.urandom(1 << 20)
        # Too long for an argument of a program.
        sent = self.api.call("SendFile", _form=True, Name="big", TargetDir=self.folder, ContentType="Base64",
                             Content=base64.b64encode(content).decode(), InstanceId=[self.agent.id]).ok()["InvokeId"]
        self.wait_for(lambda: self.shown(sent)[1]["InvocationStatus"] == "Success", 30, "it is there")
        self.assertEqual(self.read("big"), content)

    def test_a_machine_that_is_away_gets_it_when_it_is_back(self):
        sent = self.send("x", b"waits")
        _, instance = self.shown(sent)
        self.assertEqual((instance["InvocationStatus"], instance["Delivery"]), ("Pending", "NotDelivered"))
        self.assertFalse(os.path.exists(self.folder))
        self.online()
        self.assertEqual(self.end_of(sent)[1]["InvocationStatus"], "Success")
        self.assertEqual(self.read("x"), b"waits")
        self.assertEqual(self.agent.stop(), 0)
        with open(self.path("x"), "wb") as file:
            file.write(b"changed since")
        self.server.kill()
        self.server.start()
        self.online()
        self.assertEqual(self.end_of(self.send("y", b"next"))[1]["InvocationStatus"], "Success")
        self.assertEqual(self.read("x"), b"changed since")

    def test_an_agent_that_is_killed_again_and_again_writes_each_file_once(self):
        """Without overwriting: what is written a second time would be refused, what is lost would not be there."""
        count = 200
        sent = {}
        for number in range(count):
            answer = self.api.call("SendFile", Name=f"f{number:03}", TargetDir=self.folder, Content=f"content of {number}",
                                   InstanceId=[self.agent.id])
            sent[f"f{number:03}"] = answer.ok()["InvokeId"]
        os.makedirs(self.folder)
        for _ in range(8):
            before = len(os.listdir(self.folder))
            self.agent.start()
            self.wait_for(lambda there=before: len(os.listdir(self.folder)) > there + 5, 30,
                          "some more files are there", interval=0.001)
            self.agent.kill()
            self.assertLess(len(os.listdir(self.folder)), count, "it was killed in the middle")
        self.online()
        for number, (name, invoke_id) in enumerate(sent.items()):
            row, instance = self.end_of(invoke_id)
            self.assertEqual((name, row["InvocationStatus"], instance["InvocationStatus"], instance["ErrorCode"]),
                             (name, "Success", "Success", ""))
            self.assertEqual(self.read(name), b"content of %d" % number)
        self.assertEqual(sorted(os.listdir(self.folder)), sorted(sent), "nothing is left beside them")


if __name__ == "__main__":
    unittest.main()
