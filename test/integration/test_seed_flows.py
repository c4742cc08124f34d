"""The first flows a user tries: a stored command on two machines, a command at once, `assist run` on many machines."""

import base64
import json
import os
import re
import unittest

from harness import Cli, Fleet, WorldTest


class SeedFlows(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.fleet = Fleet(world, 3)
        cls.api, cls.cli, cls.ids = cls.fleet.api, cls.fleet.cli, cls.fleet.ids

    def wait_until_done(self, invoke_id, ids):
        for instance_id in ids:
            self.api.wait_until_final(invoke_id, instance_id)

    def test_a_stored_command_runs_on_two_machines(self):
        created = self.cli.ecs("CreateCommand", "--CommandContent", "ZWNobyAxMjM=", "--Type", "RunShellScript", "--Name",
                               "test", "--Description", "test")
        self.assertRegex(created["CommandId"], r"^c-[0-9a-f]{32}$")
        self.assertRegex(created["RequestId"], r"^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$")
        first, second, third = self.ids
        invoked = self.cli.ecs("InvokeCommand", "--InstanceIds", first, second, "--CommandId", created["CommandId"],
                               "--Timed", "false")
        self.assertRegex(invoked["InvokeId"], r"^t-[0-9a-f]{32}$")
        self.wait_until_done(invoked["InvokeId"], [first, second])

        listed = self.cli.ecs("DescribeInvocations", "--InvokeId", invoked["InvokeId"])
        self.assertEqual(listed["TotalCount"], 1)
        [invocation] = listed["Invocations"]["Invocation"]
        self.assertEqual(invocation["CommandId"], created["CommandId"])
        self.assertEqual(invocation["CommandName"], "test")
        self.assertEqual(invocation["CommandContent"], "ZWNobyAxMjM=")
        self.assertEqual((invocation["InvocationStatus"], invocation["InvokeStatus"]), ("Success", "Finished"))
        self.assertIs(invocation["Timed"], False)
        self.assertEqual(invocation["Parameters"], "{}")
        rows = invocation["InvokeInstances"]["InvokeInstance"]
        self.assertEqual({row["InstanceId"] for row in rows}, {first, second})
        for row in rows:
            self.assertEqual((row["InvocationStatus"], row["InstanceInvokeStatus"], row["ExitCode"], row["Repeats"]),
                             ("Success", "Finished", 0, 1))

        for instance_id in (first, second):
            answer = self.cli.ecs("DescribeInvocationResults", "--InstanceId", instance_id, "--InvokeId",
                                  invoked["InvokeId"])
            [row] = answer["Invocation"]["InvocationResults"]["InvocationResult"]
            self.assertEqual(row["Output"], "MTIzCg==")
            self.assertEqual((row["ExitCode"], row["InvocationStatus"], row["InvokeRecordStatus"]),
                             (0, "Success", "Finished"))
            self.assertEqual((row["ErrorCode"], row["Dropped"]), ("", 0))
            for time in ("StartTime", "FinishedTime"):
                self.assertRegex(row[time], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        untouched = self.cli.ecs("DescribeInvocationResults", "--InstanceId", third, "--InvokeId", invoked["InvokeId"])
        self.assertEqual(untouched["Invocation"]["InvocationResults"]["InvocationResult"], [])

    def test_every_form_of_the_list_of_instances_is_taken(self):
        command = self.cli.ecs("CreateCommand", "--CommandContent", "ZWNobyAxMjM=", "--Type", "RunShellScript", "--Name",
                               "forms")["CommandId"]
        first, second, _ = self.ids
        forms = [["--InstanceIds", first, second], ["--InstanceId.1", first, "--InstanceId.2", second],
                 ["--InstanceIds", json.dumps([first, second])], ["--InstanceIds", f"['{first}', '{second}']"],
                 ["--InstanceIds", f"{first},{second}"], ["--InstanceIds.1", first, "--InstanceIds.2", second]]
        for form in forms:
            with self.subTest(form=form):
                invoked = self.cli.ecs("InvokeCommand", "--CommandId", command, *form)
                self.wait_until_done(invoked["InvokeId"], [first, second])
                self.assertEqual({row["InstanceId"] for row in self.api.results(invoked["InvokeId"])}, {first, second})

    def test_run_command_runs_at_once_and_leaves_no_command_behind(self):
        answer = self.cli.ecs("RunCommand", "--Type", "RunShellScript", "--CommandContent", "echo hello $((40+2))",
                              "--InstanceIds", *self.ids)
        self.assertRegex(answer["CommandId"], r"^c-[0-9a-f]{32}$")
        self.wait_until_done(answer["InvokeId"], self.ids)
        for row in self.api.results(answer["InvokeId"]):
            self.assertEqual(base64.b64decode(row["Output"]), b"hello 42\n")
        listed = self.cli.ecs("DescribeCommands", "--CommandId", answer["CommandId"])
        self.assertEqual((listed["TotalCount"], listed["Commands"]["Command"]), (0, []))

    def test_a_command_can_be_listed_used_and_deleted(self):
        command = self.cli.ecs("CreateCommand", "--CommandContent", "ZWNobyAxMjM=", "--Type", "RunShellScript", "--Name",
                               "short-lived")["CommandId"]
        [row] = self.cli.ecs("DescribeCommands", "--CommandId", command)["Commands"]["Command"]
        self.assertEqual((row["Name"], row["CommandContent"], row["Type"], row["Timeout"], row["EnableParameter"]),
                         ("short-lived", "ZWNobyAxMjM=", "RunShellScript", 60, False))
        invoked = self.cli.ecs("InvokeCommand", "--CommandId", command, "--InstanceIds", self.ids[0])
        self.wait_until_done(invoked["InvokeId"], self.ids[:1])
        self.cli.ecs("DeleteCommand", "--CommandId", command)
        self.assertEqual(self.cli.ecs("DescribeCommands", "--CommandId", command)["TotalCount"], 0)
        # History stays.
        self.assertEqual(self.cli.ecs("DescribeInvocations", "--InvokeId", invoked["InvokeId"])["TotalCount"], 1)

    def test_the_machines_are_listed_as_connected(self):
        machines = self.cli.ecs("DescribeManagedInstances")
        self.assertEqual(machines["TotalCount"], 3)
        for row in machines["Instances"]:
            self.assertIs(row["Connected"], True)
            self.assertRegex(row["InstanceId"], r"^mi-")
            self.assertEqual(row["OsType"].lower(), "linux")
            self.assertRegex(row["AgentVersion"], r"^\d+(\.\d+)+")
        self.assertEqual({row["InstanceName"] for row in machines["Instances"]}, {"m1", "m2", "m3"})
        status = self.cli.ecs("DescribeCloudAssistantStatus", "--InstanceIds", *self.ids)
        rows = status["InstanceCloudAssistantStatusSet"]["InstanceCloudAssistantStatus"]
        self.assertEqual([row["InstanceId"] for row in rows], self.ids)  # the order of the request
        self.assertEqual({row["CloudAssistantStatus"] for row in rows}, {"true"})


class RunVerb(WorldTest):
    """`assist run`: output of many machines, summary, exit codes (design.md, section 3)."""

    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.fleet = Fleet(world, 3)
        cls.api, cls.cli, cls.ids = cls.fleet.api, cls.fleet.cli, cls.fleet.ids

    def test_output_of_each_machine_is_prefixed_and_all_succeeded_is_0(self):
        done = self.cli.run("run", "--all", "--", "echo first; echo second; pwd >/dev/null")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        lines = done.stdout.splitlines()
        for agent in self.fleet.agents:
            own = [line for line in lines if agent.name in line or agent.id in line]
            text = "\n".join(own)
            self.assertRegex(text, r"first\b")
            self.assertRegex(text, r"second\b")
            self.assertLess(text.index("first"), text.index("second"))
        self.assertRegex(done.stdout + done.stderr, r"\b3\b")  # the summary counts the machines
        self.assertNotIn("\x1b", done.stdout + done.stderr)    # a pipe is not a terminal

    def test_one_of_three_failing_is_1(self):
        marker = self.world.path("only-one")
        script = f"if mkdir {marker} 2>/dev/null; then exit 9; fi; echo fine"
        done = self.cli.run("run", "--all", "--", script)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(done.stdout.count("fine"), 2)
        self.assertRegex(done.stdout + done.stderr, r"\b9\b")

    def test_machines_are_chosen_by_id_and_by_tag(self):
        marker = "which-machine"
        done = self.cli.run("run", "-i", self.ids[0], self.ids[2], "--", f"echo {marker}")
        self.assertEqual((done.returncode, done.stdout.count(marker)), (0, 2), done.stdout + done.stderr)
        done = self.cli.run("run", "-t", "number=2", "--", f"echo {marker}")
        self.assertEqual((done.returncode, done.stdout.count(marker)), (0, 1), done.stdout + done.stderr)

    def test_a_machine_that_is_killed_by_its_time_out_is_1(self):
        done = self.cli.run("run", "-i", self.ids[0], "--timeout", "10", "--", "echo before; sleep 60")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("before", done.stdout)

    def test_usage_is_2(self):
        for arguments in (["run"], ["run", "--all"], ["run", "--", "echo 1"], ["run", "--all", "--no-such-flag", "--", "x"],
                          ["no-such-verb"]):
            with self.subTest(arguments=arguments):
                done = self.cli.run(*arguments)
                self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                self.assertTrue(done.stderr.strip())

    def test_refused_by_the_server_is_3(self):
        unknown = self.cli.run("run", "-i", "mi-does-not-exist", "--", "echo 1")
        self.assertEqual(unknown.returncode, 3, unknown.stdout + unknown.stderr)
        self.assertIn("InvalidInstance.NotFound", unknown.stderr)
        wrong_key = self.cli.run("run", "--all", "--", "echo 1", ASSIST_ACCESS_KEY_SECRET="wrong")
        self.assertEqual(wrong_key.returncode, 3, wrong_key.stdout + wrong_key.stderr)

    def test_cannot_reach_is_4(self):
        done = self.cli.run("run", "--all", "--", "echo 1", ASSIST_ENDPOINT="https://127.0.0.1:1")
        self.assertEqual(done.returncode, 4, done.stdout + done.stderr)
        self.assertIn("127.0.0.1:1", done.stderr)

    def test_megabytes_come_through_whole_and_in_order(self):
        done = self.cli.run("run", "-i", self.ids[0], "--", "seq 1 300000; echo end")
        self.assertEqual(done.returncode, 0, done.stderr)
        expected = "".join(f"{number}\n" for number in range(1, 300_001)) + "end\n"
        self.assertEqual(len(done.stdout), len(expected))
        self.assertTrue(done.stdout == expected, "the bytes differ")

    def test_control_characters_reach_a_pipe_as_they_are(self):
        done = self.cli.run("run", "-i", self.ids[0], "--", "printf 'a\\033[31mb\\n'")
        self.assertIn("a\x1b[31mb", done.stdout)


class Configure(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.fleet = Fleet(world, 0)

    def test_what_it_was_told_in_a_pipe_works(self):
        server = self.fleet.server
        cli = Cli(self.world)  # nothing in the environment
        answers = [server.admin["AccessKeyId"], server.admin["AccessKeySecret"], "cn-hangzhou", "", server.url,
                   server.ca_file]
        done = cli.run("configure", text_in="\n".join(answers) + "\n")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        asked = done.stdout + done.stderr
        self.assertNotIn(server.admin["AccessKeySecret"], asked)
        stored = self.world.path("home", ".assist", "config.toml")
        self.assertEqual(os.stat(stored).st_mode & 0o777, 0o600)
        self.assertEqual(cli.ecs("DescribeCommands")["TotalCount"], 0)

        # Enter keeps what is there; the environment goes before the file.
        done = cli.run("configure", text_in="\n" * 6)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn(server.admin["AccessKeySecret"], done.stdout + done.stderr)
        self.assertEqual(cli.ecs("DescribeCommands")["TotalCount"], 0)
        done = cli.run("ecs", "DescribeCommands", ASSIST_ENDPOINT="https://127.0.0.1:1")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("127.0.0.1:1", done.stderr)


class ErrorLines(WorldTest):
    """Each usual mistake gives one clear line, and an exit code that is not 0."""

    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.fleet = Fleet(world, 0)
        cls.cli = cls.fleet.cli

    def assert_one_line(self, done, *words):
        self.assertNotEqual(done.returncode, 0, done.stdout + done.stderr)
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        self.assertEqual(len(lines), 1, done.stderr)
        for word in words:
            self.assertRegex(lines[0], re.compile(word, re.IGNORECASE))

    def test_nobody_listens_at_the_endpoint(self):
        self.assert_one_line(self.cli.run("ecs", "DescribeCommands", ASSIST_ENDPOINT="https://127.0.0.1:1"),
                             r"127\.0\.0\.1:1", "refused|reach|connect")

    def test_the_endpoint_has_no_such_name(self):
        self.assert_one_line(self.cli.run("ecs", "DescribeCommands", ASSIST_ENDPOINT="https://no-such-host.invalid:8443"),
                             r"no-such-host\.invalid")

    def test_the_endpoint_is_not_an_address(self):
        self.assert_one_line(self.cli.run("ecs", "DescribeCommands", ASSIST_ENDPOINT="://"), "endpoint|address|url")

    def test_unknown_key(self):
        self.assert_one_line(self.cli.run("ecs", "DescribeCommands", ASSIST_ACCESS_KEY_ID="nobody"),
                             r"InvalidAccessKeyId\.NotFound|access key")

    def test_wrong_secret(self):
        done = self.cli.run("ecs", "DescribeCommands", ASSIST_ACCESS_KEY_SECRET="wrong-secret-of-the-test")
        self.assert_one_line(done, "SignatureDoesNotMatch|secret")
        self.assertNotIn("wrong-secret-of-the-test", done.stdout + done.stderr)

    def test_no_key_at_all(self):
        self.assert_one_line(self.cli.run("ecs", "DescribeCommands", ASSIST_ACCESS_KEY_ID=None,
                                          ASSIST_ACCESS_KEY_SECRET=None), "ASSIST_ACCESS_KEY_ID|assist configure")

    def test_certificate_of_an_unknown_authority(self):
        self.assert_one_line(self.cli.run("ecs", "DescribeCommands", ASSIST_CA_FILE=None), "certificate",
                             "ASSIST_CA_FILE|ca-file|ca_file")

    def test_unknown_action(self):
        self.assert_one_line(self.cli.run("ecs", "NoSuchAction"), "NoSuchAction|InvalidAction.NotFound")

    def test_missing_parameter(self):
        self.assert_one_line(self.cli.run("ecs", "DeleteCommand"), "CommandId")

    def test_an_error_of_the_api_is_printed_as_json_too(self):
        done = self.cli.run("ecs", "DeleteCommand", "--CommandId", "c-" + "0" * 32)
        self.assert_one_line(done, r"InvalidCmdId\.NotFound")
        self.assertEqual(json.loads(done.stdout)["Code"], "InvalidCmdId.NotFound")

    def test_help_teaches_by_example(self):
        for arguments in (["--help"], ["run", "--help"], ["ecs", "--help"]):
            with self.subTest(arguments=arguments):
                done = Cli(self.world).run(*arguments)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertRegex(done.stdout, r"assist (run|ecs) ")


if __name__ == "__main__":
    unittest.main()
