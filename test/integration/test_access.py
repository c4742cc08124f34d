"""Who may do what: keys with policies, made by assist-server and used by the command line (docs/access.md)."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import unittest

from harness import Cli, Fleet, WorldTest
from harness.world import program_path


class Keys(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.fleet = Fleet(world, 2)
        cls.api, cls.server, cls.ids = cls.fleet.api, cls.fleet.server, cls.fleet.ids

    def key_command(self, *arguments):
        return subprocess.run([program_path("assist-server"), "access-key", *arguments, "--data", self.server.data],
                              capture_output=True, text=True, timeout=15, check=False, env=self.world.environment())

    def make(self, policy):
        """A key with this policy, a name or a document, and a command line that uses it."""
        if isinstance(policy, dict):
            path = self.world.path("policy.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(policy, file, indent=2)
            policy = path
        done = self.key_command("create", "--policy", policy, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        key = json.loads(done.stdout)
        return key, Cli(self.world, self.server, ASSIST_ACCESS_KEY_ID=key["AccessKeyId"],
                        ASSIST_ACCESS_KEY_SECRET=key["AccessKeySecret"])

    def assert_denied(self, done, action):
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn("Forbidden.RAM", done.stdout + done.stderr)
        self.assertIn(action, done.stdout + done.stderr)

    def test_an_operator_runs_what_is_stored_and_nothing_else(self):
        stored = self.fleet.cli.ecs("CreateCommand", "--Name", "hi", "--Type", "RunShellScript", "--CommandContent",
                                    "ZWNobyBoaQ==")["CommandId"]
        _, cli = self.make("operator")
        task = cli.ecs("InvokeCommand", "--CommandId", stored, "--InstanceIds", *self.ids)["InvokeId"]
        self.wait_for(lambda: cli.ecs("DescribeInvocations", "--InvokeId", task)["Invocations"]["Invocation"][0]
                      ["InvocationStatus"] == "Success", 20, "the stored command has run")
        done = cli.run("run", "-i", self.ids[0], "--", "echo no")
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)  # the server refused
        self.assert_denied(done, "ecs:RunCommand")
        for arguments in (["DeleteCommand", "--CommandId", stored],
                          ["SendFile", "--Name", "x", "--TargetDir", "/tmp", "--Content", "x", "--InstanceIds", self.ids[0]],
                          ["CreateActivation"], ["DeregisterManagedInstance", "--InstanceId", self.ids[0]]):
            with self.subTest(arguments=arguments):
                self.assert_denied(cli.run("ecs", *arguments), "ecs:" + arguments[0])

    def test_a_policy_by_tag_holds_on_the_machines_that_have_it(self):
        mine = {"StringEquals": {"acs:ResourceTag/number": "1"}}
        _, cli = self.make({"Version": "1", "Statement": [
            {"Effect": "Allow", "Action": ["ecs:RunCommand", "ecs:StopInvocation", "ecs:Describe*"], "Resource": "*",
             "Condition": mine}]})
        done = cli.run("run", "-i", self.ids[0], "--", "echo mine")
        self.assertEqual((done.returncode, "mine" in done.stdout), (0, True), done.stdout + done.stderr)
        done = cli.run("run", "-i", self.ids[1], "--", "echo theirs")
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assert_denied(done, f"instance/{self.ids[1]}")
        run = ["RunCommand", "--Type", "RunShellScript", "--CommandContent", "true"]
        self.assert_denied(cli.run("ecs", *run, "--InstanceIds", *self.ids), self.ids[1])
        self.assert_denied(cli.run("ecs", *run, "--InstanceIds", "mi-0123456789"), "mi-0123456789")
        cli.ecs(*run, "--ResourceTag.1.Key", "number", "--ResourceTag.1.Value", "1")
        self.assert_denied(cli.run("ecs", *run, "--ResourceTag.1.Key", "number", "--ResourceTag.1.Value", "2"), "number=2")
        self.assertEqual(cli.ecs("DescribeManagedInstances", "--Tag.1.Key", "number", "--Tag.1.Value", "1")["TotalCount"], 1)
        self.assert_denied(cli.run("ecs", "DescribeManagedInstances"), "instance/*")
        # Nothing of what was refused has begun.
        theirs = self.api.call("DescribeInvocations", InstanceId=self.ids[1]).ok()["Invocations"]["Invocation"]
        self.assertFalse([row for row in theirs if row["CommandName"] != "hi"], theirs)

    def test_a_policy_changes_from_the_next_call_on(self):
        key, cli = self.make("read-only")
        self.assert_denied(cli.run("ecs", "CreateActivation"), "ecs:CreateActivation")
        self.assertEqual(self.key_command("policy", key["AccessKeyId"], "admin").returncode, 0)
        cli.ecs("CreateActivation")
        self.assertEqual(self.key_command("deactivate", key["AccessKeyId"]).returncode, 0)
        self.assertIn("InvalidAccessKeyId.Inactive", cli.run("ecs", "DescribeCommands").stderr)
        listed = self.key_command("list")
        self.assertRegex(listed.stdout, key["AccessKeyId"] + r" .* no +admin")
        self.assertEqual(self.key_command("activate", key["AccessKeyId"]).returncode, 0)
        cli.ecs("DescribeCommands")

    def test_a_policy_that_is_not_understood_makes_no_key(self):
        before = self.key_command("list").stdout
        path = self.world.path("wrong.json")
        for document, says in (
                ('{"Version":"1","Statement":[{"Effect":"Allow","Action":"ecs:RunComand","Resource":"*"}]}',
                 'Statement[0].Action: "ecs:RunComand" is no operation of this server'),
                ('{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","NotAction":"x"}]}',
                 'Statement[0]: "NotAction" is not known'),
                ("{", "a policy is a JSON object")):
            with open(path, "w", encoding="utf-8") as file:
                file.write(document)
            done = self.key_command("create", "--policy", path)
            self.assertEqual(done.returncode, 1)
            self.assertIn(says, done.stderr)
        done = self.key_command("create", "--policy", self.world.path("not there"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("neither admin, operator or read-only nor a file", done.stderr)
        self.assertEqual(self.key_command("list").stdout, before)


class AuditLog(WorldTest):
    """The log of changing calls: what it tells, and that nothing in it can be changed unseen."""

    def setUp(self):
        super().setUp()
        self.fleet = Fleet(self.world, 1)
        self.server, self.cli = self.fleet.server, self.fleet.cli
        self.store = os.path.join(self.server.data, "store.db")

    def rows(self, *filters):
        done = self.cli.run("audit", "ls", "--output", "json", "--limit", "1000", *filters)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["AuditRecords"]["AuditRecord"]

    def verify_offline(self, *more):
        return subprocess.run([program_path("assist-server"), "audit", "verify", "--data", self.server.data, *more],
                              capture_output=True, text=True, timeout=30, check=False, env=self.world.environment())

    def change(self, *statements):
        """As one with the file in his hands does it."""
        store = sqlite3.connect(self.store)
        for name in ("audit_append", "audit_keep", "audit_prune", "audit_start_keep"):
            store.execute(f"DROP TRIGGER IF EXISTS {name}")
        for statement in statements:
            store.execute(statement)
        store.commit()
        store.close()

    def test_it_tells_who_did_what_from_where_and_what_came_of_it(self):
        script = "echo audited"
        task = self.cli.ecs("RunCommand", "--Type", "RunShellScript", "--CommandContent", script, "--InstanceIds",
                            *self.fleet.ids)["InvokeId"]
        denied = self.cli.run("ecs", "RunCommand", "--Type", "RunShellScript", "--CommandContent", "x", "--InstanceIds", "mi-0")
        self.assertNotEqual(denied.returncode, 0)
        self.cli.ecs("DescribeInvocations")
        made = subprocess.run([program_path("assist-server"), "access-key", "create", "--name", "ci", "--policy", "operator",
                               "--data", self.server.data, "--json"], capture_output=True, text=True, timeout=15,
                              check=True, env=self.world.environment())
        key = json.loads(made.stdout)
        newest, refused, done = self.rows()[:3]
        self.assertEqual((newest["Action"], newest["ResultIds"], newest["Source"]),
                         ("access-key.create", key["AccessKeyId"], f"admin.sock uid={os.geteuid()}"))
        self.assertEqual((refused["Action"], refused["Result"], refused["Resources"]),
                         ("RunCommand", "InvalidInstance.NotFound", "instance/mi-0"))
        self.assertEqual((done["Action"], done["Result"], done["AccessKeyId"], done["AccessKeyName"], done["Source"]),
                         ("RunCommand", "OK", self.server.admin["AccessKeyId"], "admin", "127.0.0.1"))
        self.assertIn(task, done["ResultIds"])
        self.assertEqual(done["ContentHash"], hashlib.sha256(script.encode()).hexdigest())
        self.assertEqual(done["Resources"], f"instance/{self.fleet.ids[0]}")
        self.assertEqual({row["Action"] for row in self.rows("--result", "InvalidInstance.NotFound")}, {"RunCommand"})
        self.assertEqual(self.rows("--action", "NoSuch"), [])
        table = self.cli.run("audit", "ls").stdout
        self.assertRegex(table, r"^NUMBER\tTIME")
        self.assertIn("access-key.create", table)
        self.assertNotIn(key["AccessKeySecret"], json.dumps(self.rows()))
        self.assertNotIn(script, json.dumps(self.rows()))
        self.assertEqual(self.cli.run("audit", "verify").returncode, 0)
        self.assertEqual(self.verify_offline().returncode, 0)  # while the server runs

    def test_whatever_is_changed_in_it_is_found(self):
        for _ in range(6):
            self.cli.ecs("CreateActivation")
        head = self.world.path("head")
        done = self.cli.run("audit", "verify", "--head-file", head)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("the chain is whole", done.stdout)
        self.assertEqual(self.verify_offline("--head-file", head).returncode, 0)
        self.server.stop()
        saved = self.world.path("saved.db")
        shutil.copy(self.store, saved)
        last = sqlite3.connect(saved).execute("SELECT max(number) FROM audit").fetchone()[0]
        columns = [row[1] for row in sqlite3.connect(saved).execute("PRAGMA table_info(audit)") if row[1] != "number"]
        self.assertEqual(len(columns), 13)

        def found(says, *statements, options=()):
            shutil.copy(saved, self.store)
            self.change(*statements)
            done = self.verify_offline(*options)
            self.assertEqual(done.returncode, 1, f"{statements}: {done.stdout}")
            self.assertIn(says, done.stderr, statements)

        for column in columns:
            for number in (1, 3, last):
                found(f"row {number} ", f"UPDATE audit SET {column}={column}||'x' WHERE number={number}")
        found("row 4 is missing", "DELETE FROM audit WHERE number=4")
        found("row 1 is missing", "DELETE FROM audit WHERE number=1")
        found("row 2 ", "UPDATE audit SET number=-2 WHERE number=2", "UPDATE audit SET number=2 WHERE number=3",
              "UPDATE audit SET number=3 WHERE number=-2")
        found("row 4 does not follow", "INSERT INTO audit_start VALUES(1,3,'x')", "DELETE FROM audit WHERE number<3")
        cut = f"DELETE FROM audit WHERE number={last}"
        found("the end is missing", cut, options=("--head-file", head))
        with open(head, encoding="ascii") as file:
            found("the end is missing", cut, options=("--head", file.read().strip()))
        # The same by the API: the server shows what is in its file.
        self.server.start()
        done = self.cli.run("audit", "verify", "--head-file", head)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("the end is missing", done.stderr)


if __name__ == "__main__":
    unittest.main()
