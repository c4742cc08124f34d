"""What a task is on the machine: its end by time-out and stop, exit codes, folder, user, bytes and order of its output."""

import json
import os
import pwd
import signal
import statistics
import time
import unittest

from harness import Agent, Fleet, WorldTest, procfs

FAMILY = """echo $$ > {folder}/script
sh -c 'sh -c "echo \\$\\$ > {folder}/grandchild; exec sleep 300" & echo $$ > {folder}/child; wait' &
setsid sh -c 'echo $$ > {folder}/daemon; exec sleep 300' &
echo started
wait
"""
MEMBERS = ("script", "child", "grandchild", "daemon")


class TaskTest(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.fleet = Fleet(world, 1)
        cls.api, cls.id = cls.fleet.api, cls.fleet.ids[0]

    def folder(self):
        """A folder of this test alone, which every user may write to."""
        path = self.world.path(f"{self._testMethodName}-files")
        os.makedirs(path, exist_ok=True)
        os.chmod(path, 0o777)
        return path

    def start_family(self, **parameters):
        """A script with a child, a grandchild and a daemon of its own session; the InvokeId and their pids."""
        folder = self.folder()
        invoke_id = self.api.run(FAMILY.format(folder=folder), [self.id], **parameters)

        def pids():
            try:
                found = {}
                for name in MEMBERS:
                    with open(os.path.join(folder, name), encoding="ascii") as file:
                        found[name] = int(file.read())
                return found
            except (FileNotFoundError, ValueError):
                return None

        family = self.wait_for(pids, 10, "all of the family have started")
        for name, pid in family.items():
            self.assertTrue(procfs.alive(pid), name)
            self.addCleanup(procfs.end, pid)
        return invoke_id, family

    def wait_until_all_end(self, family, seconds=5):
        self.wait_for(lambda: not [name for name, pid in family.items() if procfs.alive(pid)], seconds,
                      "every process of the script has ended")


class TimeOut(TaskTest):
    def test_a_time_out_ends_children_grandchildren_and_daemons(self):
        begin = time.monotonic()
        invoke_id, family = self.start_family(Timeout=10)
        row = self.api.wait_for_status(invoke_id, self.id, "Timeout", 25)
        self.assertGreater(time.monotonic() - begin, 9)
        self.assertEqual((row["ErrorCode"], row["InvokeRecordStatus"]), ("ExecutionTimeout", "Failed"))
        self.assertEqual(row["Bytes"], b"started\n")
        self.wait_until_all_end(family)


class Stop(TaskTest):
    def test_a_stop_without_a_mode_ends_the_whole_tree(self):
        invoke_id, family = self.start_family()
        self.api.wait_for_output(invoke_id, self.id, b"started")
        self.api.call("StopInvocation", InvokeId=invoke_id).ok()
        row = self.api.wait_for_status(invoke_id, self.id, "Terminated", 10)
        self.assertEqual((row["InvokeRecordStatus"], row["Bytes"]), ("Stopped", b"started\n"))
        self.assertNotEqual(row["StopTime"], "")
        self.wait_until_all_end(family)

    def test_a_stop_with_process_ends_the_script_alone(self):
        invoke_id, family = self.start_family(TerminationMode="Process")
        self.api.wait_for_output(invoke_id, self.id, b"started")
        self.api.call("StopInvocation", InvokeId=invoke_id, InstanceId=[self.id]).ok()
        self.api.wait_for_status(invoke_id, self.id, "Terminated", 10)
        self.wait_for(lambda: not procfs.alive(family["script"]), 5, "the script's process has ended")
        for name in ("child", "grandchild", "daemon"):
            self.assertTrue(procfs.alive(family[name]), name)

    def test_a_stop_of_what_has_ended_changes_nothing(self):
        invoke_id = self.api.run("echo 1", [self.id])
        self.api.wait_until_final(invoke_id, self.id)
        self.api.call("StopInvocation", InvokeId=invoke_id).ok()
        self.assertEqual(self.api.result(invoke_id, self.id)["InvocationStatus"], "Success")

    def test_a_stop_of_a_task_that_waits_for_its_machine_cancels_at_once(self):
        away = Agent(self.world, self.fleet.server, "away").register(self.api)
        invoke_id = self.api.run(f"touch {self.folder()}/ran", [away.id])
        self.assertEqual(self.api.result(invoke_id, away.id)["InvocationStatus"], "Pending")
        self.api.call("StopInvocation", InvokeId=invoke_id).ok()
        self.assertEqual(self.api.result(invoke_id, away.id)["InvocationStatus"], "Cancelled")
        away.start().wait_until_connected(self.api)
        # What is run after it shows that the machine has fetched its work.
        self.assertEqual(self.api.run_and_wait("echo 1", away.id)["InvocationStatus"], "Success")
        self.assertFalse(os.path.exists(f"{self.folder()}/ran"))
        self.assertEqual(self.api.result(invoke_id, away.id)["InvocationStatus"], "Cancelled")

    def test_one_machine_of_two_can_be_stopped(self):
        other = Agent(self.world, self.fleet.server, "other").register(self.api).start()
        other.wait_until_connected(self.api)
        go = f"{self.folder()}/go"
        invoke_id = self.api.run(f"echo started; while [ ! -e {go} ]; do sleep 0.05; done; echo end",
                                 [self.id, other.id])
        for instance_id in (self.id, other.id):
            self.api.wait_for_output(invoke_id, instance_id, b"started")
        self.api.call("StopInvocation", InvokeId=invoke_id, InstanceId=[self.id]).ok()
        self.api.wait_for_status(invoke_id, self.id, "Terminated", 10)
        self.assertEqual(self.api.result(invoke_id, other.id)["InvocationStatus"], "Running")
        with open(go, "wb"):
            pass
        self.assertEqual(self.api.wait_for_status(invoke_id, other.id, "Success", 10)["Bytes"], b"started\nend\n")


class Results(TaskTest):
    def test_the_exit_code_is_the_scripts(self):
        rows = {code: self.api.run(f"echo out; exit {code}", [self.id]) for code in (0, 1, 7, 255)}
        for code, invoke_id in rows.items():
            row = self.api.wait_until_final(invoke_id, self.id)
            self.assertEqual((row["ExitCode"], row["Bytes"], row["InvokeRecordStatus"]), (code, b"out\n", "Finished"))
            self.assertEqual((row["InvocationStatus"], row["ErrorCode"]),
                             ("Success", "") if code == 0 else ("Failed", "ExitCodeNonzero"))

    def test_a_script_that_kills_itself_has_failed_with_128_and_the_signal(self):
        row = self.api.run_and_wait("echo before; kill -9 $$; echo never", self.id)
        self.assertEqual((row["InvocationStatus"], row["ExitCode"]), ("Failed", 128 + signal.SIGKILL))
        self.assertTrue(row["Bytes"].startswith(b"before\n"), row["Bytes"])
        self.assertNotIn(b"never", row["Bytes"])

    def test_a_daemon_that_is_left_behind_does_not_hold_the_result_back(self):
        folder = self.folder()
        row = self.api.run_and_wait(f"setsid sh -c 'echo $$ > {folder}/pid; exec sleep 300' & echo done", self.id, 8)
        self.assertEqual((row["InvocationStatus"], row["Bytes"]), ("Success", b"done\n"))

        def pid():
            with open(f"{folder}/pid", encoding="ascii") as file:
                return int(file.read() or 0)

        left = self.wait_for(lambda: os.path.exists(f"{folder}/pid") and pid(), 5, "the daemon has written its pid")
        self.addCleanup(procfs.end, left)
        self.assertTrue(procfs.alive(left))

    def test_the_working_directory(self):
        folder = self.folder()
        row = self.api.run_and_wait("pwd", self.id, WorkingDir=folder)
        self.assertEqual(row["Bytes"].decode(), folder + "\n")
        gone = self.api.run_and_wait("pwd", self.id, WorkingDir=folder + "/none")
        self.assertEqual((gone["InvocationStatus"], gone["ErrorCode"]), ("Invalid", "DirectoryNotExists"))
        self.assertEqual(gone["Bytes"], b"")

    def test_the_home_folder_is_where_a_script_runs_by_default(self):
        row = self.api.run_and_wait("echo $HOME; pwd", self.id)
        home = pwd.getpwuid(os.getuid()).pw_dir
        self.assertEqual(row["Bytes"].decode(), f"{home}\n{home}\n")

    @unittest.skipUnless(os.geteuid() == 0, "another user's command needs root")
    def test_the_user(self):
        row = self.api.run_and_wait("id -un; id -gn; id -Gn; echo $HOME; touch /root/assist-test && echo wrote", self.id,
                                    Username="nobody", WorkingDir="/tmp")
        self.assertEqual(row["InvocationStatus"], "Failed", row)
        lines = row["Bytes"].decode().splitlines()
        entry = pwd.getpwnam("nobody")
        self.assertEqual(lines[:4], ["nobody", "nogroup", "nogroup", entry.pw_dir])
        self.assertNotIn("wrote", lines)
        self.assertEqual(row["Username"], "nobody")

    @unittest.skipUnless(os.geteuid() == 0, "another user's command needs root")
    def test_a_user_without_a_home_folder_needs_a_working_directory(self):
        self.assertFalse(os.path.exists(pwd.getpwnam("nobody").pw_dir), "this system's nobody has a home")
        row = self.api.run_and_wait("pwd", self.id, Username="nobody")
        self.assertEqual((row["InvocationStatus"], row["ErrorCode"]), ("Invalid", "DirectoryNotExists"))

    def test_a_user_who_does_not_exist(self):
        row = self.api.run_and_wait("id", self.id, Username="no-such-user")
        self.assertEqual((row["InvocationStatus"], row["ErrorCode"]), ("Invalid", "AccountNotExists"))

    def test_a_type_that_linux_cannot_run(self):
        answer = self.api.call("RunCommand", Type="RunPowerShellScript", CommandContent="1", InstanceId=[self.id])
        if answer.status == 200:
            row = self.api.wait_until_final(answer.json["InvokeId"], self.id)
            self.assertEqual((row["InvocationStatus"], row["ErrorCode"]), ("Invalid", "CommandNotApplicable"))
        else:
            self.assertEqual((answer.status, answer.code), (400, "InvalidInstance.NotMatch"))

    def test_every_byte_comes_through(self):
        row = self.api.run_and_wait("i=0; while [ $i -lt 256 ]; do printf \"\\\\$(printf %03o $i)\"; i=$((i+1)); done",
                                    self.id)
        self.assertEqual(row["Bytes"], bytes(range(256)))

    def test_plain_text_answers_stay_valid_for_bytes_that_are_not_utf8(self):
        invoke_id = self.api.run("printf 'a\\377b \\344\\270\\255'", [self.id])
        self.api.wait_until_final(invoke_id, self.id)
        [row] = self.api.results(invoke_id, self.id, ContentEncoding="PlainText")
        self.assertEqual(row["Output"], "a\ufffdb \u4e2d")

    def test_no_output_and_no_end_of_line(self):
        self.assertEqual(self.api.run_and_wait("true", self.id)["Bytes"], b"")
        self.assertEqual(self.api.run_and_wait("printf abc", self.id)["Bytes"], b"abc")

    def test_both_streams_in_the_order_of_writing(self):
        script = "i=0; while [ $i -lt 200 ]; do echo o$i; echo e$i >&2; i=$((i+1)); done"
        expected = "".join(f"o{i}\ne{i}\n" for i in range(200)).encode()
        self.assertEqual(self.api.run_and_wait(script, self.id)["Bytes"], expected)

    def test_the_first_line_names_the_interpreter(self):
        row = self.api.run_and_wait("#!/usr/bin/env python3\nimport sys\nprint('py', sys.version_info[0])\n", self.id)
        self.assertEqual(row["Bytes"], b"py 3\n")

    def test_parameters_are_put_in(self):
        row = self.api.run_and_wait("echo {{ who }} {{ACS::InstanceId}} {{other}}.", self.id, EnableParameter=True,
                                    Parameters='{"who":"Jack"}')
        self.assertEqual(row["Bytes"].decode(), f"Jack {self.id} .\n")

    def test_a_value_that_looks_like_a_variable_or_a_parameter_is_text(self):
        value = "{{ACS::InstanceId}} {{ who }} {"
        row = self.api.run_and_wait("echo '{{who}}' {{ACS::InstanceId}} {{ ACS::InvokeId }}", self.id,
                                    EnableParameter=True, Parameters=json.dumps({"who": value}))
        self.assertEqual(row["Bytes"].decode(), f"{value} {self.id} {row['InvokeId']}\n")
        row = self.api.run_and_wait("echo '{{who}}'", self.id, EnableParameter=True,
                                    Parameters=json.dumps({"who": value}))
        self.assertEqual(row["Bytes"].decode(), f"{value}\n")

    def test_braces_without_enable_parameter_are_text(self):
        self.assertEqual(self.api.run_and_wait("echo '{{who}}'", self.id)["Bytes"], b"{{who}}\n")

    def test_a_script_of_half_a_megabyte(self):
        script = "cat <<'END' | wc -c\n" + "x" * 99 + ("\n" + "x" * 99) * 5999 + "\nEND\n"
        row = self.api.run_and_wait(script, self.id)
        self.assertEqual(row["Bytes"].split(), [b"600000"])

    def test_standard_input_is_empty(self):
        self.assertEqual(self.api.run_and_wait("cat; echo end", self.id)["Bytes"], b"end\n")

    def test_many_commands_at_once_on_one_machine(self):
        invocations = [self.api.run(f"echo {number}", [self.id]) for number in range(30)]
        for number, invoke_id in enumerate(invocations):
            self.assertEqual(self.api.wait_until_final(invoke_id, self.id)["Bytes"], f"{number}\n".encode())

    def test_output_is_visible_soon_after_it_is_written(self):
        count = 8
        script = ("i=0; while [ $i -lt %d ]; do echo \"mark $i $(date +%%s.%%N)\"; i=$((i+1)); sleep 0.6; done" % count)
        invoke_id = self.api.run(script, [self.id])
        delays, seen = [], 0

        def look():
            nonlocal seen
            text = self.api.result(invoke_id, self.id)["Bytes"].decode()
            now = time.time()
            lines = text.splitlines() if text.endswith("\n") else text.splitlines()[:-1]
            for line in lines[seen:]:
                delays.append(now - float(line.split()[2]))
            seen = len(lines)
            return seen == count

        self.wait_for(look, 20, f"{count} marks are visible")
        print(f"output visible after: median {statistics.median(delays):.3f} s, worst {max(delays):.3f} s")
        # The promise is 0.5 s; a busy machine of two cores may be slower now and then, but never by seconds.
        self.assertLess(statistics.median(delays), 1.0, delays)
        self.assertLess(max(delays), 2.0, delays)


if __name__ == "__main__":
    unittest.main()
