"""Files that are sent by the command line: on disk by our agent; what a stock agent gets, and what a crash of the server
leaves of it."""

import base64
import os
import stat
import unittest

from harness import Cli, Fleet, Server, WorldTest
from harness.stock_agent import Key, StockAgent


class FilesOnOurAgent(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.fleet = Fleet(world, 2)
        cls.api, cls.cli, cls.ids = cls.fleet.api, cls.fleet.cli, cls.fleet.ids

    def instances(self, invoke_id):
        [row] = self.cli.ecs("DescribeSendFileResults", "--InvokeId", invoke_id)["Invocations"]["Invocation"]
        return row, {each["InstanceId"]: each for each in row["InvokeInstances"]["InvokeInstance"]}

    def wait_until_final(self, invoke_id):
        def final():
            row, instances = self.instances(invoke_id)
            return row["InvocationStatus"] not in ("Pending", "Running") and (row, instances)

        return self.wait_for(final, 20, f"{invoke_id} has ended")

    def send(self, ids, folder, name, content, *more):
        return self.cli.ecs("SendFile", "--Name", name, "--TargetDir", folder, "--Content", content, "--InstanceIds", *ids,
                            *more)["InvokeId"]

    def test_it_stands_in_its_place_and_is_not_replaced_unless_that_is_asked_for(self):
        folder = os.path.join(self.world.folder, "made", "on the way")
        path = os.path.join(folder, "50% of a & b.txt")
        one = self.ids[:1]
        row, instances = self.wait_until_final(self.send(one, folder, os.path.basename(path), "hello file\n", "--FileMode",
                                                         "0640"))
        self.assertEqual((row["InvocationStatus"], instances[one[0]]["ErrorCode"]), ("Success", ""))
        self.assertRegex(instances[one[0]]["FinishTime"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(instances[one[0]]["Delivery"], "Accepted")
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b"hello file\n")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o640)

        row, instances = self.wait_until_final(self.send(one, folder, os.path.basename(path), "another"))
        self.assertEqual((row["InvocationStatus"], instances[one[0]]["InvocationStatus"], instances[one[0]]["ErrorCode"]),
                         ("Failed", "Invalid", "FileAlreadyExists"))
        self.assertEqual(instances[one[0]]["ErrorDetail"], os.path.basename(path))
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b"hello file\n")
        row, _ = self.wait_until_final(self.send(one, folder, os.path.basename(path), "another", "--Overwrite", "true"))
        self.assertEqual(row["InvocationStatus"], "Success")
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b"another")

    def test_what_each_machine_says_of_it_is_told(self):
        row, _ = self.wait_until_final(self.send(self.ids[1:], self.world.folder, "both.txt", "x"))
        self.assertEqual((row["InvocationStatus"], row["VmCount"]), ("Success", 1))
        row, instances = self.wait_until_final(self.send(self.ids, self.world.folder, "both.txt", "x"))
        self.assertEqual((row["InvocationStatus"], row["VmCount"]), ("Failed", 2))
        self.assertEqual({each["ErrorCode"] for each in instances.values()}, {"FileAlreadyExists"})
        self.assertEqual(set(instances), set(self.ids))
        row, instances = self.wait_until_final(self.send(self.ids[:1], self.world.folder, "x", "x", "--FileOwner",
                                                         "nobody-of-that-name"))
        self.assertEqual(instances[self.ids[0]]["ErrorCode"], "AccountNotExists")
        row, instances = self.wait_until_final(self.send(self.ids[:1], os.path.join(self.world.folder, "both.txt"), "x", "x"))
        self.assertEqual((instances[self.ids[0]]["InvocationStatus"], instances[self.ids[0]]["ErrorCode"]),
                         ("Failed", "FilePathInvalid"))

    def test_every_byte_of_a_mebibyte(self):
        content = os.urandom(1 << 20)
        invoke_id = self.api.call("SendFile", _form=True, Name="large", TargetDir=self.world.folder, ContentType="Base64",
                                  Content=base64.b64encode(content).decode(), InstanceId=self.ids[:1]).ok()["InvokeId"]
        row, _ = self.wait_until_final(invoke_id)
        self.assertEqual(row["InvocationStatus"], "Success")
        with open(os.path.join(self.world.folder, "large"), "rb") as file:
            self.assertEqual(file.read(), content)


class FilesOnAStockAgent(WorldTest):
    def setUp(self):
        super().setUp()
        self.server = Server(self.world).start()
        self.api, self.cli = self.server.api(), Cli(self.world, self.server)
        self.agent = StockAgent(self.server, Key(self.world.folder))
        self.assertEqual(self.agent.register(self.api.call("CreateActivation", InstanceCount=1).ok()).status, 200)
        self.agent.fetch("startup")

    def send(self, *more):
        sent = self.cli.ecs("SendFile", "--Name", "with space & more.txt", "--TargetDir", "/srv/app", "--Content",
                            "aGVsbG8gZmlsZQo=", "--ContentType", "Base64", "--FileOwner", "demo", "--FileMode", "0640",
                            "--InstanceIds", self.agent.id, *more)
        self.assertRegex(sent["InvokeId"], r"^f-[0-9a-f]{32}$")
        return sent["InvokeId"]

    def shown(self, invoke_id):
        listed = self.cli.ecs("DescribeSendFileResults", "--InvokeId", invoke_id)
        self.assertEqual(listed["TotalCount"], 1)
        [row] = listed["Invocations"]["Invocation"]
        [instance] = row["InvokeInstances"]["InvokeInstance"]
        return row, instance

    def test_it_goes_out_once_whatever_happens_to_the_server(self):
        invoke_id = self.send()
        row, instance = self.shown(invoke_id)
        self.assertEqual((row["Content"], row["ContentType"], row["FileMode"], row["Overwrite"], row["VmCount"]),
                         ("aGVsbG8gZmlsZQo=", "Base64", "0640", "false", 1))
        self.assertEqual((instance["InvocationStatus"], instance["Delivery"]), ("Pending", "NotDelivered"))

        [entry] = self.agent.fetch().json["file"]
        task = entry["task"]
        self.assertEqual((task["taskID"], task["name"], task["destination"], task["owner"], task["group"], task["mode"],
                          task["overwrite"]),
                         (invoke_id, "with space & more.txt", "/srv/app", "demo", "root", "0640", False))
        self.assertEqual(base64.b64decode(task["content"]), b"hello file\n")
        self.assertNotIn("assist", entry)
        self.assertEqual(self.shown(invoke_id)[1]["InvocationStatus"], "Running")
        self.server.kill()
        self.server.start()
        self.assertEqual(self.agent.fetch().json["file"], [], "it may stand there already")
        self.assertEqual(self.shown(invoke_id)[1]["InvocationStatus"], "Running")
        report = f"/luban/api/v1/task/invalid?taskId={invoke_id}&taskType=sendfile&param=FileExist&value="
        self.assertEqual(self.agent.signed("POST", report + "with space & more.txt").status, 200)
        row, instance = self.shown(invoke_id)
        self.assertEqual((row["InvocationStatus"], instance["InvocationStatus"], instance["ErrorCode"],
                          instance["ErrorDetail"]), ("Failed", "Invalid", "FileAlreadyExists", "with space & more.txt"))
        again = self.agent.signed("POST", f"/luban/api/v1/task/finish?taskId={invoke_id}&status=Success&taskType=sendfile"
                                  "&errorcode=0")
        self.assertEqual(again.status, 200)
        self.assertEqual(self.shown(invoke_id)[1], instance, "a late report changes nothing")

    def test_a_restart_of_the_agent_leaves_what_it_had_unknown_unless_it_may_be_written_twice(self):
        once, twice = self.send(), self.send("--Repeatable", "true")
        self.assertEqual({entry["task"]["taskID"] for entry in self.agent.fetch().json["file"]}, {once, twice})
        [entry] = self.agent.fetch("startup").json["file"]
        self.assertEqual(entry["task"]["taskID"], twice)
        _, instance = self.shown(once)
        self.assertEqual((instance["InvocationStatus"], instance["ErrorCode"], instance["Outcome"]),
                         ("Error", "ExecutionInterrupted", "Unknown"))
        self.assertEqual(self.shown(twice)[1]["InvocationStatus"], "Running")

    def test_a_refusal_is_told_in_words(self):
        done = self.cli.run("ecs", "SendFile", "--Name", "x", "--TargetDir", "not/absolute", "--Content", "x",
                            "--InstanceIds", self.agent.id)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("FileTargetDir.Invalid", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
