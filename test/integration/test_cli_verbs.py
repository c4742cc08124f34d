"""The verbs of the command line that list, show, store and stop: in a pipe, as JSON, and at a terminal."""

import fcntl
import json
import os
import pty
import re
import shlex
import struct
import subprocess
import termios
import unittest

from harness import Agent, Cli, Fleet, WorldTest
from harness.world import program_path

NAMES = ("web-1", "web-2", "机器-3")


class VerbTest(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.fleet = Fleet(world, 0)
        cls.api, cls.cli = cls.fleet.api, cls.fleet.cli
        cls.agents = [Agent(world, cls.fleet.server, name, tags=["role=" + ("web" if name.startswith("web") else "db")])
                      for name in NAMES]
        for number, agent in enumerate(cls.agents):
            agent.root = world.path(f"agent-{number}")
            agent.register(cls.api).start()
        for agent in cls.agents:
            agent.wait_until_connected(cls.api)
        cls.ids = [agent.id for agent in cls.agents]
        cls.away = Agent(world, cls.fleet.server, "away").register(cls.api)
        # More than the API puts on a page unless it is asked.
        cls.others = [Agent(world, cls.fleet.server, f"spare-{n}").register(cls.api) for n in range(10)]

    def assist(self, *arguments, code=0, **more):
        """`assist …`, which must end with `code`."""
        done = self.cli.run(*arguments, **more)
        self.assertEqual(done.returncode, code, f"assist {shlex.join(arguments)}:\n{done.stdout}{done.stderr}")
        return done

    def document(self, *arguments, code=0):
        return json.loads(self.assist(*arguments, "--output", "json", code=code).stdout)

    def at_terminal(self, *arguments, columns=100, keys="", code=0, **env):
        """The same at a terminal; what is shown, with line feeds."""
        main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        environment = self.cli.environment(TERM="xterm", **env)
        with subprocess.Popen([program_path("assist"), *arguments], stdin=side, stdout=side, stderr=side,
                              env=environment, cwd=self.world.folder, start_new_session=True) as process:
            os.close(side)
            if keys:
                os.write(main, keys.encode())
            shown = b""
            while True:
                try:
                    piece = os.read(main, 65536)
                except OSError:  # the other end is closed
                    break
                if not piece:
                    break
                shown += piece
            self.assertEqual(process.wait(30), code, shown.decode(errors="replace"))
        os.close(main)
        return shown.decode(errors="replace").replace("\r\n", "\n")

    def folder(self):
        path = self.world.path(f"{self._testMethodName}-files")
        os.makedirs(path, exist_ok=True)
        return path

    def finished(self, script, ids=None, **parameters):
        """A run that is over."""
        ids = ids or self.ids
        invoke_id = self.api.run(script, ids, **parameters)
        for instance_id in ids:
            self.api.wait_until_final(invoke_id, instance_id)
        return invoke_id


class Ls(VerbTest):
    def test_a_pipe_gets_whole_values_between_tabs(self):
        lines = self.assist("ls").stdout.splitlines()
        self.assertEqual(lines[0].split("\t")[:4], ["ID", "NAME", "STATE", "SEEN"])
        rows = {line.split("\t")[1]: line.split("\t") for line in lines[1:]}
        self.assertEqual(set(rows), {*NAMES, "away", *(agent.name for agent in self.others)})
        self.assertEqual(rows["web-1"][0], self.ids[0])
        self.assertEqual((rows["web-1"][2], rows["away"][2], rows["away"][3]), ("online", "offline", "never"))
        self.assertRegex(rows["web-1"][3], r"^\d{4}-\d\d-\d\dT")
        self.assertIn("role=web", rows["web-1"])
        self.assertEqual([line.split("\t")[1] for line in lines[1:4]], ["away", "spare-0", "spare-1"], "by name")
        self.assertEqual(len(self.assist("ls", "--no-header").stdout.splitlines()), 14)

    def test_json_has_the_fields_of_both_operations_and_ids_are_ids(self):
        document = self.document("ls")
        self.assertEqual(document["TotalCount"], 14)
        rows = {row["InstanceName"]: row for row in document["Instances"]}
        self.assertEqual((rows["web-1"]["Connected"], rows["web-1"]["Deaf"], rows["web-1"]["InstanceId"]),
                         (True, False, self.ids[0]))
        self.assertIn("LastHeartbeatTime", rows["web-1"])
        self.assertEqual(self.assist("ls", "-o", "ids", "-t", "role=db").stdout, self.ids[2] + "\n")

    def test_filters(self):
        def names(*arguments):
            return [row["InstanceName"] for row in self.document("ls", *arguments)["Instances"]]

        self.assertEqual(names("web*"), ["web-1", "web-2"])
        self.assertEqual(names("--name", "web*", "-r"), ["web-2", "web-1"])
        self.assertEqual(names("--offline", "--limit", "1"), ["away"])
        self.assertEqual(set(names("--online")), set(NAMES))
        self.assertEqual(names("-t", "role=db"), ["机器-3"])
        self.assertEqual(names(self.ids[1], "web-1"), ["web-1", "web-2"])
        self.assertEqual(names("--os", "windows"), [])
        self.assertEqual(names("nothing*"), [])
        self.assertEqual(len(names("-n", "2")), 2)

    def test_a_machine_that_is_not_there_is_refused_with_near_ones(self):
        done = self.assist("ls", "web-3", code=3)
        self.assertRegex(done.stderr, r"did you mean (web-1, web-2|web-2, web-1)\?")
        self.assertEqual(done.stdout, "")
        error = self.document("ls", "mi-nothing", code=3)["Error"]
        self.assertEqual((error["Code"], error["ExitCode"]), ("InvalidInstance.NotFound", 3))

    def test_a_terminal_gets_what_fits_and_colours_unless_refused(self):
        for columns in (60, 80, 120, 200):
            shown = self.at_terminal("ls", "--no-color", columns=columns)
            self.assertNotIn("\x1b[3", shown)
            for line in shown.splitlines():
                width = sum(2 if ord(c) > 0x2e7f else 1 for c in line)
                if not line.startswith("assist: "):
                    self.assertLessEqual(width, columns, line)
        self.assertIn("14 machines: 3 online, 11 offline", shown)
        self.assertIn("no room for", self.at_terminal("ls", columns=60))
        self.assertIn("\x1b[32monline\x1b[0m", self.at_terminal("ls"))
        self.assertNotIn("\x1b[32m", self.at_terminal("ls", NO_COLOR="1"))
        self.assertIn("在线", self.at_terminal("ls", "--lang", "zh"))

    def test_every_machine_is_there_and_its_last_sign_of_life(self):
        expected = {*self.ids, self.away.id, *(agent.id for agent in self.others)}
        self.assertEqual(set(self.assist("ls", "-o", "ids").stdout.split()), expected)
        for row in self.document("ls")["Instances"]:
            self.assertIn("LastHeartbeatTime", row)


class Runs(VerbTest):
    def test_list_and_show(self):
        good = self.finished("echo 1", Name="list-good")
        bad = self.finished("exit 7", self.ids[:2], Name="list-bad")
        listed = self.document("inv", "ls", "--since", "1h")["Invocations"]
        ids = [row["InvokeId"] for row in listed]
        self.assertLess(ids.index(bad), ids.index(good), "the latest first")
        self.assertEqual(self.assist("inv", "ls", "-o", "ids", "--status", "Failed", "-c", "list-bad").stdout, bad + "\n")
        self.assertEqual(self.assist("inv", "ls", "-o", "ids", "-c", "list-bad", "-i", "机器-3").stdout, "")
        row = [line for line in self.assist("inv", "ls").stdout.splitlines() if line.startswith(bad)][0].split("\t")
        self.assertEqual(row[1:5], ["list-bad", "Failed", "2", "2 Failed"])
        shown = self.assist("inv", "show", bad).stdout
        self.assertIn("exit 7", shown)
        self.assertIn(f"web-1\t{self.ids[0]}\tFailed\t7\t", shown)
        document = self.document("inv", "show", bad)["Invocation"]
        self.assertEqual({(row["InstanceName"], row["ExitCode"]) for row in document["Instances"]},
                         {("web-1", 7), ("web-2", 7)})
        self.assertEqual(self.document("inv", "show")["Invocation"]["InvokeId"], ids[0], "without an id the latest")

    def test_a_run_that_is_not_there(self):
        known = self.finished("echo 1")
        done = self.assist("inv", "show", known[:-1] + ("0" if known[-1] != "0" else "1"), code=3)
        self.assertIn(f"did you mean {known}", done.stderr)
        self.assertIn("inv ls", self.assist("inv", "logs", "zzz", code=3).stderr)
        self.assertEqual(self.document("inv", "stop", "zzz", code=3)["Error"]["Code"], "InvalidInvokeId.NotFound")
        self.assertEqual(self.cli.run("inv", "stop").returncode, 2)

    def test_equal_outputs_are_shown_once_and_the_difference_of_the_others(self):
        lock = f"{self.folder()}/lock"
        script = f"seq 1 30; if mkdir {lock} 2>/dev/null; then echo odd; else echo even; fi; seq 31 60"
        invoke_id = self.finished(script)
        shown = self.assist("inv", "logs", invoke_id).stdout
        self.assertTrue(shown.startswith("2 machines said the same; 1 differs\n"), shown)
        self.assertEqual(shown.count("\neven\n"), 1)
        self.assertIn("@@ -28,7 +28,7 @@\n 28\n 29\n 30\n-even\n+odd\n 31\n", shown)
        apart = self.assist("inv", "logs", invoke_id, "--no-group").stdout
        self.assertEqual(len(apart.splitlines()), 3 * 61)
        self.assertIn("web-1 | 1\n", apart)
        groups = self.document("inv", "logs", invoke_id)["Groups"]
        self.assertEqual([group["Count"] for group in groups], [2, 1])
        self.assertIn("odd\n", groups[1]["Output"])

    def test_a_single_machine_in_a_pipe_is_its_output_and_nothing_else(self):
        invoke_id = self.finished("printf 'a\\033[31m\\n'; printf b >&2")
        self.assertEqual(self.assist("inv", "logs", invoke_id, "-i", "web-1").stdout, "a\x1b[31m\nb")
        self.assertIn("a\\x1b[31m\nb\n", self.at_terminal("inv", "logs", invoke_id, "-i", "web-1"))

    def test_long_outputs_are_whole(self):
        invoke_id = self.finished("seq 1 400000", self.ids[:1])
        expected = "".join(f"{number}\n" for number in range(1, 400001))
        self.assertGreater(len(expected), 2 << 20)
        self.assertEqual(self.assist("inv", "logs", invoke_id).stdout, expected)

    def test_only_the_failed(self):
        lock = f"{self.folder()}/lock"
        invoke_id = self.finished(f"if mkdir {lock} 2>/dev/null; then echo broken; exit 3; else echo fine; fi")
        shown = self.assist("inv", "logs", invoke_id, "--failed")
        self.assertIn("broken", shown.stdout)
        self.assertNotIn("fine", shown.stdout)
        self.assertIn("exit code 3", shown.stderr)

    def test_following_ends_with_the_run_and_its_exit_code(self):
        go = f"{self.folder()}/go"
        invoke_id = self.api.run(f"echo started; while [ ! -e {go} ]; do sleep 0.05; done; echo end; exit 4",
                                 self.ids[:2])
        with subprocess.Popen([program_path("assist"), "inv", "logs", invoke_id, "-f"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, env=self.cli.environment()) as process:
            first = {process.stdout.readline(), process.stdout.readline()}
            self.assertEqual(first, {"web-1 | started\n", "web-2 | started\n"}, "shown while it runs")
            with open(go, "wb"):
                pass
            out, err = process.communicate(timeout=30)
            self.assertEqual(process.returncode, 1, err)
        self.assertEqual(sorted(out.splitlines()), ["web-1 | end", "web-2 | end"])
        self.assertIn("2 failed", err)
        only = self.assist("inv", "logs", invoke_id, "-f", "-i", "web-2", code=1)
        self.assertEqual(only.stdout, "started\nend\n")

    def test_a_stop_says_what_it_stopped(self):
        go = f"{self.folder()}/go"
        script = f"case $PWD in *) if mkdir {go} 2>/dev/null; then echo over; else exec sleep 300; fi;; esac"
        first = self.api.run(script, self.ids[:1])
        self.api.wait_until_final(first, self.ids[0])
        os.rmdir(go)
        invoke_id = self.api.run(script, [*self.ids[:2], self.away.id])
        self.wait_for(lambda: {row["InvocationStatus"] for row in self.api.results(invoke_id)}
                      == {"Success", "Running", "Pending"}, 15, "one is over, one runs, one is away")
        document = self.document("inv", "stop", invoke_id, "--wait")
        states = {row["InstanceId"]: row["InvocationStatus"] for row in self.api.results(invoke_id)}
        self.assertEqual(document["Cancelled"], [self.away.id])
        self.assertEqual([states[one] for one in document["Terminated"]], ["Terminated"])
        self.assertEqual([states[one] for one in document["AlreadyEnded"]], ["Success"])
        self.assertEqual(document["Stopping"], [])
        again = self.assist("inv", "stop", invoke_id)
        self.assertIn("was over already on 3 machines", again.stdout)
        refused = self.document("inv", "stop", invoke_id, "-i", "机器-3", code=3)
        self.assertEqual(refused["Error"]["Code"], "InvalidInstanceId.NotFound")


class StoredCommands(VerbTest):
    def test_store_show_run_and_delete(self):
        path = f"{self.folder()}/hello.sh"
        with open(path, "w", encoding="utf-8") as file:
            file.write("echo Hello {{name}}\n")
        command_id = self.assist("cmd", "create", "hello", "--file", path, "--with-params", "-o", "ids").stdout.strip()
        self.assertRegex(command_id, r"^c-")
        self.assertIn(f"{command_id}\thello\tRunShellScript\t60\t0\tname\t", self.assist("cmd", "ls", "hel*").stdout)
        self.assertEqual(self.assist("cmd", "show", "hello", "--script").stdout, "echo Hello {{name}}\n")
        self.assertEqual(self.document("cmd", "show", command_id)["Command"]["Name"], "hello")
        done = self.assist("cmd", "run", "hello", "-i", "web-1", "-p", "name=Jack")
        self.assertEqual(done.stdout, "Hello Jack\n")
        started = self.assist("cmd", "run", "hello", "--all", "-p", "name=J", "-o", "ids").stdout.strip()
        self.assertRegex(started, r"^t-")
        refused = self.assist("cmd", "rm", "hello", "--yes", code=3)
        self.assertIn(started, refused.stderr, "the run that holds it is named")
        self.assist("inv", "stop", started, "--wait")
        self.assertEqual(self.cli.run("cmd", "rm", "hello").returncode, 2, "nobody can be asked")
        self.assertIn("[y/N]", self.at_terminal("cmd", "rm", "hello", keys="n\n", code=2))
        self.at_terminal("cmd", "rm", "hello", keys="y\n")
        self.assertIn("assist cmd ls", self.assist("cmd", "show", "zzzzz", code=3).stderr)

    def test_an_ambiguous_name(self):
        ids = [self.assist("cmd", "create", "same", "-o", "ids", "--", "true").stdout.strip() for _ in range(2)]
        refused = self.assist("cmd", "show", "same", code=3)
        for one in ids:
            self.assertIn(one, refused.stderr)
        self.assertEqual(self.document("cmd", "rm", *ids, "--yes"), {"Deleted": ids})
        near = self.assist("cmd", "create", "backup", "--", "true")
        self.assertIn("did you mean backup", self.assist("cmd", "run", "bakcup", "--all", code=3).stderr)
        self.assist("cmd", "rm", near.stdout.strip(), "--yes")


class ActivationCodes(VerbTest):
    def test_the_line_that_is_printed_registers_a_machine(self):
        shown = self.assist("activation", "create", "--count", "2", "--name", "fresh", "--description", "of a test").stdout
        line = re.search(r"^  (echo .* \| assist-agent register .*)$", shown, re.MULTILINE).group(1)
        root = self.world.path("agent-by-line")
        folder = os.path.dirname(program_path("assist-agent"))
        done = subprocess.run(["sh", "-c", f"{line} --root {root}"], capture_output=True, text=True, timeout=30, check=False,
                              env=self.world.environment(PATH=f"{folder}:{os.environ['PATH']}"))
        self.assertEqual(done.returncode, 0, done.stderr)
        activation_id = shlex.split(line)[shlex.split(line).index("--activation-id") + 1]
        code = shlex.split(line)[1]
        listed = self.assist("activation", "ls")
        row = [one for one in listed.stdout.splitlines() if one.startswith(activation_id)][0].split("\t")
        self.assertEqual(row[1:3], ["active", "1/2"])
        self.assertNotIn(code, listed.stdout)
        self.assertEqual(self.assist("activation", "rm", activation_id, "--yes", code=3).stdout, "")
        self.assertIn("its 1 machine stay", self.assist("activation", "disable", activation_id).stderr)
        rows = {one["ActivationId"]: one for one in self.document("activation", "ls")["ActivationList"]}
        self.assertIs(rows[activation_id]["Disabled"], True)
        subprocess.run([program_path("assist-agent"), "deregister", "--root", root], check=True, timeout=30,
                       env=self.world.environment(), capture_output=True)
        self.assist("activation", "rm", activation_id, "--yes")

    def test_json(self):
        document = self.document("activation", "create")
        self.assertEqual(set(document), {"ActivationId", "ActivationCode", "RegisterCommand", "InstallCommands"})
        self.assertEqual(document["InstallCommands"], {}, "this server has no packages")
        self.assist("activation", "rm", document["ActivationId"], "--yes")


class Sending(VerbTest):
    def test_a_file_arrives_or_it_is_said_where_not(self):
        source = f"{self.folder()}/app.conf"
        with open(source, "wb") as file:
            file.write(bytes(range(256)))
        target = f"{self.folder()}/there"
        user = "root" if os.geteuid() == 0 else None
        owner = [] if user else ["--owner", str(os.geteuid()), "--group", str(os.getegid())]
        self.assist("send", source, target, "-i", "web-1", *owner)
        with open(f"{target}/app.conf", "rb") as file:
            self.assertEqual(file.read(), bytes(range(256)))
        refused = self.assist("send", source, target, "-i", "web-1", "机器-3", *owner, code=1)
        self.assertIn("FileAlreadyExists", refused.stdout)
        self.assertIn("0 of 2 machines", refused.stderr)
        document = self.document("send", source, target, "-t", "role=db", "--overwrite", "--name", "x", *owner)
        self.assertEqual([row["InvocationStatus"] for row in document["Instances"]], ["Success"])
        self.assertTrue(os.path.exists(f"{target}/x"))
        self.assertEqual(self.cli.run("send", source).returncode, 2)


class Failures(VerbTest):
    def test_a_server_that_is_not_there(self):
        nobody = Cli(self.world, self.fleet.server, ASSIST_ENDPOINT="https://127.0.0.1:1")
        for arguments in (["ls"], ["inv", "ls"], ["cmd", "ls"], ["activation", "ls"]):
            done = nobody.run(*arguments, "--output", "json")
            self.assertEqual(done.returncode, 4, done.stderr)
            self.assertEqual(json.loads(done.stdout)["Error"]["Code"], "Unreachable")

    def test_a_key_that_is_wrong(self):
        wrong = Cli(self.world, self.fleet.server, ASSIST_ACCESS_KEY_SECRET="x" * 30)
        done = wrong.run("ls", "--output", "json")
        self.assertEqual(done.returncode, 3)
        error = json.loads(done.stdout)["Error"]
        self.assertEqual(error["Code"], "SignatureDoesNotMatch")
        self.assertNotEqual(error["RequestId"], "")

    def test_every_verb_has_help(self):
        for path in ("ls", "inv", "inv ls", "inv show", "inv logs", "inv stop", "cmd", "cmd ls", "cmd show", "cmd create",
                     "cmd run", "cmd rm", "activation", "activation create", "activation ls", "activation disable",
                     "activation rm", "send", "why"):
            for language in ("en", "zh"):
                done = self.assist(*path.split(), "--help", "--lang", language)
                self.assertIn(f"assist {path}", done.stdout)


if __name__ == "__main__":
    unittest.main()
