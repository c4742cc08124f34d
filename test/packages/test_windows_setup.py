"""setup.exe and zip of the agent for Windows, under Wine with a real server: installed, upgraded while a script runs,
removed, purged, refused. Judged by what is on the machine and what the server sees."""

import base64
import contextlib
import glob
import os
import re
import shutil
import subprocess
import sys
import unittest
import zipfile

SOURCE = os.environ["ASSIST_SOURCE_DIR"]
sys.path.insert(0, os.path.join(SOURCE, "test/windows"))
from harness import Server, WorldTest, procfs  # noqa: E402
from harness.waiting import wait_for  # noqa: E402
from wine import Wine, windows_path, windows_program  # noqa: E402

_WAIT = "ping -n 2 127.0.0.1 >nul\n"  # Windows has no sleep for scripts
_FOLDER = "Program Files/Assist"
_DATA = "ProgramData/assist-agent"
_KEY = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\AssistAgent"
_PROFILES = r"HKLM\Software\Microsoft\Windows NT\CurrentVersion\ProfileList"
_PROGRAMS = {"assist-agent.exe", "assist-supervisor.exe"}


def make(kind, version, folder):
    """The one package of this kind, as people get it."""
    script = os.path.join(SOURCE, "scripts/package.sh")
    subprocess.run([script, "--only", kind, "--version", version, "--dist", folder, "--windows-bin",
                    os.path.dirname(windows_program("assist-agent.exe"))], check=True, timeout=120, capture_output=True)
    [file] = glob.glob(os.path.join(folder, f"*-{version}-*.{kind}"))
    return file


class WindowsSetup(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.setup, cls.younger = (make("exe", version, world.path("dist")) for version in ("0.1.0", "0.2.0"))
        cls.zip = make("zip", "0.1.0", world.path("dist"))
        cls.wine = Wine(world)
        cls.addClassCleanup(cls.wine.close)  # before the world's: the last added is the first done
        cls.wine.remove_powershell()
        cls.server = Server(world).start()
        cls.api = cls.server.api()

    def setUp(self):
        super().setUp()
        self.addCleanup(self.clear)

    def clear(self):
        """For the next test; what a failed one left behind, too."""
        if os.path.exists(self.path(_FOLDER, "uninstall.exe")):
            self.uninstall("/PURGE")
        self.agent("service", "uninstall")
        for folder in (_FOLDER, _DATA):
            subprocess.run(["rm", "-rf", self.path(folder)], check=True)

    # --- the machine ------------------------------------------------------------------------------------------------

    def path(self, *parts):
        return self.wine.in_windows(*parts)

    def files(self, folder):
        try:
            return set(os.listdir(self.path(folder)))
        except FileNotFoundError:
            return set()

    def log(self, folder=_FOLDER):
        with open(self.path(folder, "setup.log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def early_log(self):
        """What is said before there is a folder for programs."""
        [path] = [file for temporary in ("AppData/Local/Temp", "Temp", "Local Settings/Temp")
                  for file in glob.glob(self.path("users/*", temporary, "assist-agent-setup.log"))]
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()

    @contextlib.contextmanager
    def variable(self, name, value):
        """In the environment of the programs that are started meanwhile."""
        before = dict(self.wine.env)
        self.wine.env[name] = value
        try:
            yield
        finally:
            self.wine.env.clear()
            self.wine.env.update(before)

    def agent(self, *words):
        """A program that is never installed asks the service control manager."""
        done = self.wine.run(windows_program("assist-agent.exe"), *words)
        return done.returncode

    def listed(self):
        """What "Apps" of Windows shows of the agent: name → value."""
        done = self.wine.run("reg.exe", "query", _KEY)
        return dict(re.findall(r"^\s+(\w+)\s+REG_\w+\s+(.*?)\r?$", done.stdout, re.M))

    def run_setup(self, *words, setup=None):
        return self.wine.run(setup or self.setup, "/S", *words, seconds=120).returncode

    def run_with_temp(self, folder, program, line):
        """With that %TEMP%, which Wine does not take from Linux."""
        program = windows_path(program).replace("/", "\\")
        with open(self.path("run.cmd"), "w", encoding="ascii") as file:
            file.write(f'@set TEMP={folder}\n@set TMP={folder}\n@"{program}" {line}\n@exit /b %errorlevel%\n')
        return self.wine.run("cmd.exe", "/c", r"C:\run.cmd", seconds=120).returncode

    @contextlib.contextmanager
    def profile_below(self, folder):
        """Where Wine looks for the profile of its one account."""
        def put(value):
            done = self.wine.run("reg.exe", "add", _PROFILES, "/v", "ProfilesDirectory", "/t", "REG_EXPAND_SZ", "/d", value, "/f")
            self.assertEqual(done.returncode, 0, done.stderr)

        put(folder)
        try:
            yield
        finally:
            put(r"C:\users")

    def uninstall(self, *words):
        """In place, where it lies, so that it is waited for and its exit code is its own."""
        return self.wine.run(self.path(_FOLDER, "uninstall.exe"), "/S", *words, r"_?=C:\Program", "Files\\Assist",
                             seconds=120).returncode

    # --- the server's view ------------------------------------------------------------------------------------------

    def activation(self):
        """Parameters of a new activation, and its code."""
        made = self.api.call("CreateActivation", InstanceCount=1).ok()
        words = [f"/SERVER={self.server.url}", f"/ACTIVATION_ID={made['ActivationId']}",
                 f"/CA_FINGERPRINT={self.server.admin['CaFingerprint']}"]
        return words, made["ActivationCode"], made["ActivationId"]

    def instances(self, activation_id):
        return self.api.call("DescribeManagedInstances", ActivationId=activation_id).ok()["Instances"]

    def wait_until_connected(self, activation_id, wanted=True):
        def connected():
            rows = self.instances(activation_id)
            return rows if [row["Connected"] for row in rows] == [wanted] else None

        [row] = wait_for(connected, 60, f"the installed agent is {'' if wanted else 'not '}connected")
        return row

    def start(self, instance, script):
        content = base64.b64encode(script.encode()).decode()
        return self.api.call("RunCommand", _form=True, Type="RunBatScript", CommandContent=content,
                             ContentEncoding="Base64", InstanceId=[instance], Timeout=600).ok()["InvokeId"]

    def check_a_script_runs(self, instance):
        row = self.api.wait_until_final(self.start(instance, "echo hello\nexit /b 7\n"), instance, 60)
        self.assertEqual((row["InvocationStatus"], row["ExitCode"], row["Bytes"]), ("Failed", 7, b"hello\r\n"), row)

    def start_long_script(self, instance):
        """Runs until go() is called."""
        self.gate = self.world.path(f"go-{instance}")
        there = windows_path(self.gate).replace("/", "\\")
        script = f"echo first\n:again\nif exist {there} goto on\n{_WAIT}goto again\n:on\necho second\n"
        self.invoke_id = self.start(instance, script)
        self.api.wait_for_output(self.invoke_id, instance, b"first", 60)
        [supervisor] = self.supervisors()
        return supervisor

    def go(self, instance):
        with open(self.gate, "wb"):
            pass
        row = self.api.wait_until_final(self.invoke_id, instance, 60)
        self.assertEqual((row["InvocationStatus"], row["ExitCode"], row["Bytes"]), ("Success", 0, b"first\r\nsecond\r\n"))

    def supervisors(self):
        return [pid for pid in self.world.processes()
                if b"assist-supervisor.exe" in (procfs.command_line(pid) or b"") and procfs.alive(pid)]

    def check_nothing_is_installed(self, but="setup.log"):
        self.assertLessEqual(self.files(_FOLDER), {but})
        self.assertEqual(self.agent("service", "status"), 4)
        self.assertEqual(self.listed(), {})
        self.assertEqual(self.files(_DATA), set())

    # --- tests ------------------------------------------------------------------------------------------------------

    def test_a_silent_installation_registers_and_serves(self):
        words, code, activation_id = self.activation()
        self.assertEqual(self.run_setup(*words, f"/ACTIVATION_CODE={code}", "/NAME=a name", "/TAGS=a=b;c=d e",
                                        "/TAG=e=f;g", "/TAG=h=i"), 0)
        row = self.wait_until_connected(activation_id)
        self.assertEqual(row["InstanceName"], "a name")
        tags = {tag["TagKey"]: tag["TagValue"] for tag in row["Tags"]}
        self.assertEqual(tags, {"a": "b", "c": "d e", "e": "f;g", "h": "i"})
        self.assertEqual(self.agent("service", "status"), 0)
        self.assertEqual(self.files(_FOLDER), _PROGRAMS | {"uninstall.exe", "LICENSE.txt", "README.txt", "setup.log"})
        self.assertNotIn(code, self.log())
        shown = self.listed()
        self.assertEqual((shown["DisplayName"], shown["DisplayVersion"]), ("Assist agent", "0.1.0"))
        self.check_a_script_runs(row["InstanceId"])
        # The same words again change nothing; those for another server are refused.
        self.assertEqual(self.run_setup(*words, f"/ACTIVATION_CODE={code}"), 0)
        self.assertEqual(self.run_setup("/SERVER=https://127.0.0.1:1", "/ACTIVATION_ID=x", "/ACTIVATION_CODE=y"), 4)
        self.assertIn("deregister", self.log())
        self.assertEqual(self.agent("service", "status"), 0)
        self.assertEqual(self.run_setup(r"/D=C:\Elsewhere"), 2)
        self.assertEqual(self.files("Elsewhere"), set())

    def test_an_upgrade_restarts_the_agent_alone(self):
        words, code, activation_id = self.activation()
        with self.variable("ASSIST_ACTIVATION_CODE", code):
            self.assertEqual(self.run_setup(*words), 0)
        instance = self.wait_until_connected(activation_id)["InstanceId"]
        supervisor = self.start_long_script(instance)
        self.assertEqual(self.run_setup(setup=self.younger), 0)
        self.wait_until_connected(activation_id)
        self.assertEqual(self.supervisors(), [supervisor])
        self.assertEqual(self.api.result(self.invoke_id, instance)["InvocationStatus"], "Running")
        self.assertEqual(self.listed()["DisplayVersion"], "0.2.0")
        self.go(instance)
        self.check_a_script_runs(instance)
        # What was in use is gone after the next one.
        self.wait_for(lambda: not self.supervisors(), 30, "the supervisor has ended")
        self.assertEqual(self.run_setup(setup=self.younger), 0)
        self.assertEqual([name for name in self.files(_FOLDER) if name.endswith(".old")], [])

    def test_a_file_in_use_ends_an_upgrade_and_the_old_agent_runs_again(self):
        words, code, activation_id = self.activation()
        self.assertEqual(self.run_setup(*words, f"/ACTIVATION_CODE={code}"), 0)
        instance = self.wait_until_connected(activation_id)["InstanceId"]
        before = self.files(_FOLDER)
        writer = self.start_writer(r"C:\Program Files\Assist\README.txt")
        readme = self.path(_FOLDER, "README.txt")
        self.wait_for(lambda: os.path.getsize(readme) < 1000, 30, "the file is in use")
        self.assertEqual(self.run_setup(setup=self.younger), 5)
        self.assertRegex(self.log(), r"there again: .*README\.txt")
        self.assertEqual(self.agent("service", "status"), 0)
        self.check_a_script_runs(instance)
        self.assertEqual(self.listed()["DisplayVersion"], "0.1.0")
        self.assertEqual(self.files(_FOLDER), before)
        for pid in writer.family():
            procfs.end(pid)

    def test_an_upgrade_that_does_not_start_here_changes_nothing(self):
        words, code, activation_id = self.activation()
        self.assertEqual(self.run_setup(*words, f"/ACTIVATION_CODE={code}"), 0)
        self.wait_until_connected(activation_id)
        with open(self.path(_DATA, "agent.toml"), "w", encoding="ascii") as file:
            file.write("no_such_key = 1\n")
        self.assertEqual(self.run_setup(setup=self.younger), 3)
        self.assertIn("no_such_key", self.log())
        self.assertEqual(self.agent("service", "status"), 0)
        self.assertEqual(self.listed()["DisplayVersion"], "0.1.0")

    def test_removed_it_keeps_its_data_and_purged_it_does_not(self):
        words, code, activation_id = self.activation()
        self.assertEqual(self.run_setup(*words, f"/ACTIVATION_CODE={code}"), 0)
        instance = self.wait_until_connected(activation_id)["InstanceId"]
        supervisor = self.start_long_script(instance)
        quiet = self.listed()["QuietUninstallString"]
        self.assertEqual(quiet, r'"C:\Program Files\Assist\uninstall.exe" /S')
        self.wine.run(self.path(_FOLDER, "uninstall.exe"), "/S", seconds=120)  # goes on by itself
        self.wait_for(lambda: self.listed() == {}, 60, "it is listed no more")
        self.assertEqual(self.agent("service", "status"), 4)
        self.wait_for(lambda: not self.files(_FOLDER) & (_PROGRAMS | {"uninstall.exe"}), 30, "the programs are gone")
        self.wait_until_connected(activation_id, wanted=False)
        self.assertTrue(os.path.exists(self.path(_DATA, "identity/identity.json")))
        self.assertEqual(self.supervisors(), [supervisor], "a script that runs goes on")
        # Installed again it knows who it is, and tells what became of the script.
        self.assertEqual(self.run_setup(), 0)
        self.wait_until_connected(activation_id)
        self.go(instance)
        self.wait_for(lambda: not self.supervisors(), 30, "the supervisor has ended")
        self.assertEqual(self.uninstall("/PURGE"), 0)
        self.check_nothing_is_installed(but="uninstall.exe")  # in place it cannot remove itself

    def test_a_purge_that_leaves_files_in_use_names_them(self):
        self.assertEqual(self.run_setup(), 0)
        os.makedirs(self.path(_DATA, "results"))
        with open(self.path(_DATA, "results", "free.txt"), "wb"):
            pass
        held = self.path(_DATA, "results", "held.txt")
        writer = self.start_writer(r"C:\ProgramData\assist-agent\results\held.txt")
        self.wait_for(lambda: os.path.exists(held), 30, "the file is in use")
        try:
            self.assertEqual(self.uninstall("/PURGE"), 5)
        finally:
            for pid in writer.family():
                procfs.end(pid)
        self.assertIn("results", self.log())
        self.assertIn(r"started again: C:\ProgramData\assist-agent", self.log())
        self.assertEqual((self.files(_DATA), self.files(f"{_DATA}/results")), ({"results"}, {"held.txt"}))
        self.assertEqual(self.files(_FOLDER), {"setup.log", "uninstall.exe"})
        self.assertEqual((self.agent("service", "status"), self.listed()), (4, {}))

    def test_a_wrong_code_installs_nothing_and_says_why(self):
        words, _, activation_id = self.activation()
        self.assertEqual(self.run_setup(*words, "/ACTIVATION_CODE=wrong"), 4)
        self.assertIn("not registered", self.log())
        self.assertRegex(self.log(), r"(?i)activation")
        self.assertEqual(self.instances(activation_id), [])
        self.check_nothing_is_installed()

    def test_a_server_that_does_not_answer_installs_nothing_and_says_why(self):
        self.assertEqual(self.run_setup("/SERVER=https://127.0.0.1:1", "/ACTIVATION_ID=x", "/ACTIVATION_CODE=y"), 4)
        self.assertIn("127.0.0.1:1", self.log())
        self.check_nothing_is_installed()

    def check_refused(self, temporary):
        """Before anything is put where others might write."""
        before = self.files("windows/temp")
        self.assertEqual(self.run_with_temp(temporary, self.setup, r"/S /D=C:\Elsewhere"), 3)
        self.assertIn("install.cmd", self.log().splitlines()[-2])
        self.assertEqual(self.files("windows/temp"), before)
        self.assertEqual(self.files("Elsewhere"), set())
        self.check_nothing_is_installed()

    def test_where_others_write_to_temp_it_neither_installs_nor_removes(self):
        for folder in ("windows/temp", "users/Low", "users/Lower"):
            os.makedirs(self.path(folder), exist_ok=True)
        for temporary in (r"C:\windows\temp", r"C:\users\..\WINDOWS\Temp", r"C:\users\Low"):
            with self.subTest(temporary=temporary):
                self.check_refused(temporary)
        with self.profile_below(r"C:\windows\system32\config"):
            self.check_refused(r"C:\users\Lower")
        self.assertEqual(self.run_with_temp(r"C:\users\Lower", self.setup, "/S"), 0)
        before = self.files(_FOLDER)
        uninstaller = self.path(_FOLDER, "uninstall.exe")
        self.assertEqual(self.run_with_temp(r"C:\windows\temp", uninstaller, r"/S _?=C:\Program Files\Assist"), 3)
        self.assertEqual(self.files(_FOLDER), before)
        self.assertEqual(self.agent("service", "status"), 3)

    def test_a_wrong_word_installs_nothing_and_is_named(self):
        for words, said in ((["/SERVR=https://a"], "/SERVR="), (["/s"], "/s"), (["/SERVER="], "/SERVER="),
                            (["/NAME=x"], "/SERVER="), (["/SERVER=https://a"], "/ACTIVATION_ID="),
                            (["/SERVER=https://a", "/ACTIVATION_ID=b", r"/CA_FILE=C:\c d" + "\\"], "/CA_FILE="),
                            (["/SERVER=https://a", "/ACTIVATION_ID=" + "b" * 700], "700")):
            with self.subTest(words=words):
                self.assertEqual(self.run_setup(*words), 2)
                self.assertIn(said, self.early_log().splitlines()[-2])
                self.check_nothing_is_installed()
                self.assertFalse(os.path.exists(self.path(_FOLDER)))

    def test_without_activation_the_service_waits_to_be_started(self):
        self.assertEqual(self.run_setup(r"/D=C:\Assist", "here"), 0)
        self.addCleanup(subprocess.run, ["rm", "-rf", self.path("Assist here")], check=True)
        self.assertEqual(self.agent("service", "status"), 3)
        self.assertEqual(self.files(_DATA), set(), "it was not started")
        self.assertEqual(self.listed()["InstallLocation"], r"C:\Assist here")
        self.check_list_was_asked_for(r"C:\Assist here")
        self.assertLess(_PROGRAMS, self.files("Assist here"))
        # A younger one finds it where it is.
        self.assertEqual(self.run_setup(setup=self.younger), 0)
        self.assertEqual(self.agent("service", "status"), 3)
        self.assertEqual(self.listed()["InstallLocation"], r"C:\Assist here")
        self.assertEqual(self.files(_FOLDER), set())
        self.wine.run(self.path("Assist here", "uninstall.exe"), "/S", "/PURGE", seconds=120)  # goes on by itself
        self.wait_for(lambda: not os.path.exists(self.path("Assist here")), 60, "its folder is gone")
        self.check_nothing_is_installed()

    def check_list_was_asked_for(self, folder):
        log = self.early_log()
        self.assertIn(f'icacls "{folder}" /setowner *S-1-5-32-544', log)
        self.assertIn(f'icacls "{folder}" /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F '
                      "*S-1-5-32-545:(OI)(CI)RX", log)

    def test_a_folder_elsewhere_is_taken_only_when_it_can_be_kept_from_others(self):
        os.makedirs(self.path("Taken"))
        self.addCleanup(subprocess.run, ["rm", "-rf", self.path("Taken"), self.path("Empty")], check=True)
        with open(self.path("Taken", "assist-agent.exe"), "wb"):
            pass
        self.assertEqual(self.run_setup(r"/D=C:\Taken"), 2)
        self.assertIn("assist-agent.exe", self.early_log().splitlines()[-2])
        self.assertEqual(self.files("Taken"), {"assist-agent.exe"})
        self.check_nothing_is_installed()
        # Wine's icacls does nothing and says that all went well; this one says what it was given, and 2.
        icacls = self.path("windows/system32/icacls.exe")
        shutil.move(icacls, icacls + ".kept")
        self.addCleanup(shutil.move, icacls + ".kept", icacls)
        shutil.copy(windows_program("assist-agent.exe"), icacls)
        overrides = self.wine.env["WINEDLLOVERRIDES"]
        for folder in (r"C:\New", r"C:\Program Files\..\Else"):
            with self.subTest(folder=folder), self.variable("WINEDLLOVERRIDES", f"{overrides};icacls.exe=n"):
                self.assertEqual(self.run_setup(*f"/D={folder}".split()), 5)  # with its space as two words: no quotation marks
                self.assertIn(f"(icacls); nothing was installed: {folder}: 2", self.early_log())
                self.assertFalse(os.path.exists(self.path("New")) or os.path.exists(self.path("Else")))
                self.check_nothing_is_installed()
        self.assertEqual(self.run_setup(), 0, "the usual folder inherits its list")
        self.assertNotIn("icacls", self.log())

    def test_a_failure_takes_a_new_folder_elsewhere_away_again(self):
        os.makedirs(self.path("Empty"))
        self.addCleanup(subprocess.run, ["rm", "-rf", self.path("Empty")], check=True)
        words = ["/SERVER=https://127.0.0.1:1", "/ACTIVATION_ID=x", "/ACTIVATION_CODE=y"]
        self.assertEqual(self.run_setup(*words, r"/D=C:\New"), 4)
        self.assertIn("127.0.0.1:1", self.early_log())
        self.assertFalse(os.path.exists(self.path("New")))
        self.check_nothing_is_installed()
        self.assertEqual(self.run_setup(r"/D=C:\Empty"), 0)
        self.check_list_was_asked_for(r"C:\Empty")
        self.wine.run(self.path("Empty", "uninstall.exe"), "/S", "/PURGE", seconds=120)  # goes on by itself
        self.wait_for(lambda: not os.path.exists(self.path("Empty")), 60, "its folder is gone")

    def unpack(self):
        with zipfile.ZipFile(self.zip) as file:
            file.extractall(self.path("unpacked"))
        [folder] = self.files("unpacked")
        return folder

    def start_writer(self, path):
        """A program whose output goes to that file, and that lets no other write."""
        with open(self.path("writer.cmd"), "w", encoding="ascii") as file:
            file.write(f'ping -n 996 127.0.0.1 >"{path}"\n')
        return self.world.start(["/usr/lib/wine/wine64", "cmd.exe", "/c", r"C:\writer.cmd"], "writer.log", **self.wine.env)

    def test_the_zip_tells_what_went_wrong(self):
        folder = self.unpack()

        def install(*words):
            return self.wine.run("cmd.exe", "/c", f"C:\\unpacked\\{folder}\\install.cmd", *words, seconds=120).returncode

        # One that Windows cannot start, since a DLL is missing: its exit code is negative.
        def break_agent(*place):
            with open(self.path(*place, "assist-agent.exe"), "r+b") as file:
                whole = file.read()
                at = whole.upper().index(b"WS2_32.DLL")
                file.seek(at)
                file.write(b"WS9_99.DLL")

        agent = self.path("unpacked", folder, "assist-agent.exe")
        break_agent("unpacked", folder)
        self.assertEqual(install("--server", "https://127.0.0.1:1", "--activation-id", "x"), 4)
        self.assertEqual(install(), 3)
        self.assertEqual(self.files(_FOLDER), set())
        shutil.copy(windows_program("assist-agent.exe"), agent)
        self.assertEqual(install(), 0)
        # One that cannot be copied: what was there before is there again.
        supervisor = self.path("unpacked", folder, "assist-supervisor.exe")
        os.remove(supervisor)
        os.mkdir(supervisor)
        self.assertEqual(install(), 5)
        self.assertEqual(self.files(_FOLDER), _PROGRAMS)
        self.assertEqual(self.agent("service", "status"), 3)
        # The service stays, and so do the programs.
        break_agent(_FOLDER)
        self.assertEqual(install("--remove"), 6)
        self.assertEqual(self.files(_FOLDER), _PROGRAMS)
        self.assertEqual(self.agent("service", "status"), 3)

    def test_the_zip_installs_upgrades_and_removes(self):
        folder = self.unpack()
        self.assertEqual(self.files(f"unpacked/{folder}"), _PROGRAMS | {"LICENSE.txt", "README.txt", "install.cmd"})

        def install(*words):
            return self.wine.run("cmd.exe", "/c", f"C:\\unpacked\\{folder}\\install.cmd", *words, seconds=120)

        _, code, activation_id = self.activation()
        words = ["--server", self.server.url, "--activation-id", activation_id, "--ca-fingerprint",
                 self.server.admin["CaFingerprint"], "--tag", "a=b"]
        with self.variable("ASSIST_ACTIVATION_CODE", "wrong"):
            self.assertEqual(install(*words).returncode, 4)
        self.assertEqual(self.files(_FOLDER), set())
        with self.variable("ASSIST_ACTIVATION_CODE", code):
            done = install(*words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        instance = self.wait_until_connected(activation_id)["InstanceId"]
        supervisor = self.start_long_script(instance)
        self.assertEqual(install().returncode, 0)
        self.wait_until_connected(activation_id)
        self.assertEqual(self.supervisors(), [supervisor])
        self.go(instance)
        self.wait_for(lambda: not self.supervisors(), 30, "the supervisor has ended")
        self.assertEqual(install("--remove", "--prune").returncode, 2)
        self.assertEqual(install("--remove").returncode, 0)
        self.assertEqual(self.files(_FOLDER), set())
        self.assertTrue(os.path.exists(self.path(_DATA, "identity/identity.json")))
        self.assertEqual(install().returncode, 0)
        self.wait_until_connected(activation_id)
        done = install("--remove", "--purge")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.check_nothing_is_installed()


if __name__ == "__main__":
    unittest.main()
