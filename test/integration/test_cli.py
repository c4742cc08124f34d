"""The command line as people use it: languages, completion in real shells, man pages, a terminal, the options of run."""
import errno
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time
import unittest

from harness import Cli, Fleet, WorldTest
from harness.world import program_path


class Words(WorldTest):
    """What needs no server."""

    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.cli = Cli(world)

    def test_the_locale_chooses_the_language_and_json_stays(self):
        chinese = self.cli.run("help", LC_ALL="zh_CN.UTF-8")
        self.assertIn("在机器上运行脚本", chinese.stdout)
        for variables in ({"LC_ALL": "C"}, {"LC_ALL": "zh_CN.GB18030"}, {"LC_ALL": "zh_CN.UTF-8", "ASSIST_LANG": "en"}):
            self.assertIn("run a script on machines", self.cli.run("help", **variables).stdout)
        self.assertIn("需要一个值", self.cli.run("--lang", "zh", "run", "--user").stderr)
        previews = [self.cli.run("schedule", "preview", "--output", "json", "at(2099-12-24 18:00:00 UTC)", ASSIST_LANG=language)
                    for language in ("en", "zh")]
        self.assertEqual(*(done.stdout for done in previews))
        self.assertEqual(json.loads(previews[0].stdout)["Next"], ["2099-12-24T18:00:00Z"])

    def test_help_of_every_verb_names_its_examples(self):
        verbs = re.findall(r"^  ([a-z-]+)", self.cli.run("help").stdout.split("Examples:")[0], re.M)
        self.assertIn("run", verbs)
        for verb in verbs:
            with self.subTest(verb=verb):
                done = self.cli.run("help", verb)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn("Examples:", done.stdout)
                self.assertEqual(done.stdout, self.cli.run(verb, "--help").stdout)

    def test_the_man_pages_are_good_roff(self):
        if shutil.which("groff") is None:
            self.skipTest("no groff here")
        for verb in ("", "run", "schedule", "ecs", "configure", "completion", "pkg", "agent-release"):
            with self.subTest(verb=verb):
                page = self.cli.run("man", *([verb] if verb else []))
                self.assertEqual(page.returncode, 0, page.stderr)
                done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-k"], input=page.stdout, capture_output=True,
                                      text=True, timeout=20)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn("assist", done.stdout)

    def test_the_pages_of_server_and_agent_have_the_options_of_the_programs(self):
        folder = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "man")
        for program, verbs in (("assist-server", ["run", "service install"]),
                               ("assist-agent", ["register", "run", "status", "deregister", "service install"])):
            with self.subTest(program=program):
                page = os.path.join(folder, program + ".8")
                with open(page, encoding="utf-8") as source:
                    told = set(re.findall(r"^\\fB(--[a-z-]+)\\fR", source.read().replace("\\-", "-"), re.M))
                known = set()
                for verb in verbs:
                    done = subprocess.run([program_path(program), *verb.split(), "--help"], capture_output=True, text=True,
                                          timeout=20, check=True)
                    known |= set(re.findall(r"^  (--[a-z-]+)", done.stdout, re.M))
                self.assertEqual(told, known)
                if shutil.which("groff") is not None:
                    done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", page], capture_output=True, text=True,
                                          timeout=20)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))

    def complete(self, shell, script):
        if shutil.which(shell[0]) is None:
            self.skipTest(f"no {shell[0]} here")
        environment = dict(self.world.environment(), LC_ALL="C.UTF-8",
                           PATH=os.path.dirname(program_path("assist")) + ":" + os.environ["PATH"])
        done = subprocess.run([*shell, script], capture_output=True, text=True, timeout=30, env=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split("\n")

    def test_bash_completes(self):
        def bash(words):
            listed = " ".join(f"'{word}'" for word in words)
            return self.complete(["bash", "--norc", "-c"], f"""
                source <(assist completion bash); COMP_WORDS=({listed}); COMP_CWORD={len(words) - 1}
                _assist 2>/dev/null; printf '%s\\n' "${{COMPREPLY[@]}}" """)
        self.assertIn("run", bash(["assist", "r"]))
        self.assertIn("--max-concurrency", bash(["assist", "run", "--max"]))
        self.assertEqual(bash(["assist", "run", "--prefix", ""])[:3], ["auto", "always", "never"])
        self.assertIn("DescribeInvocations", bash(["assist", "ecs", "DescribeInv"]))
        with open(self.world.path("script-of-mine.sh"), "w", encoding="utf-8") as script:
            script.write("echo 1\n")
        self.assertIn(self.world.path("script-of-mine.sh"),
                      bash(["assist", "run", "--file", self.world.path("script-of")]))

    def test_fish_completes(self):
        lines = self.complete(["fish", "-c"], "assist completion fish | source; complete -C 'assist run --pre'")
        self.assertTrue(lines[0].startswith("--prefix\t"), lines)

    def test_zsh_loads_the_script(self):
        lines = self.complete(["zsh", "-f", "-c"], """autoload -U compinit; compinit -u -D
            source <(assist completion zsh); print $_comps[assist]""")
        self.assertEqual(lines[0], "_assist")


class Run(WorldTest):
    """The options of `assist run` against a real server and agents."""

    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.fleet = Fleet(world, 2)
        cls.cli, cls.ids = cls.fleet.cli, cls.fleet.ids

    def test_a_script_from_standard_input_with_parameters_answers_in_json(self):
        done = self.cli.run("run", "--all", "--stdin", "--param", "name=Jack", "--output", "json",
                            text_in="echo hello {{name}}\n")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        answer = json.loads(done.stdout)
        self.assertEqual({row["InstanceId"] for row in answer["Machines"]}, set(self.ids))
        self.assertEqual({row["Output"] for row in answer["Machines"]}, {"hello Jack\n"})
        self.assertEqual((answer["TotalCount"], answer["Succeeded"]), (2, 2))

    def test_a_machine_goes_by_its_name(self):
        name = self.fleet.agents[0].name
        done = self.cli.run("run", "-i", name, "--", "echo here")
        self.assertEqual((done.returncode, done.stdout), (0, "here\n"), done.stderr)
        done = self.cli.run("run", "-i", name + "x", "--", "echo here")
        self.assertEqual(done.returncode, 3)
        self.assertIn(self.fleet.agents[0].id, done.stderr)

    def test_tags_that_nobody_has_are_named(self):
        done = self.cli.run("run", "-t", "no=body", "--", "echo")
        self.assertEqual(done.returncode, 3)
        self.assertIn("no machine has the tags no=body", done.stderr)

    def test_no_wait_prints_the_id(self):
        done = self.cli.run("run", "--all", "--no-wait", "--", "true")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"\At-[0-9a-z-]+\n\Z")

    def test_at_a_terminal_ctrl_c_is_answered_and_the_second_leaves(self):
        environment = self.cli.environment(TERM="xterm", LC_ALL="C.UTF-8")
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(program_path("assist"), ["assist", "run", "--all", "--", "sleep 600"], environment)
        seen = b""

        def until(text, seconds=20):  # None: the other side has closed
            nonlocal seen
            end = time.monotonic() + seconds
            while text is None or text not in seen:
                self.assertLess(time.monotonic(), end, seen)
                if not select.select([terminal], [], [], 0.2)[0]:
                    continue
                try:
                    seen += os.read(terminal, 4096)
                except OSError as error:  # how Linux tells that nobody has the terminal open any more
                    self.assertEqual((error.errno, text), (errno.EIO, None), seen)
                    return
        try:
            until(b"0 of 2 done")
            self.assertIn(b"\x1b[", seen)
            os.write(terminal, b"\x03")
            until(b"Ctrl-C again leaves")
            invocation = re.search(rb"the run (t-\S+) goes on", seen).group(1).decode()
            os.write(terminal, b"\x03")
            until(None)  # who does not read may keep the program from ending
            _, status = os.waitpid(pid, 0)
            self.assertEqual(os.waitstatus_to_exitcode(status), 128 + signal.SIGINT, seen)
            self.assertNotIn(b"assist: ", seen.split(b"Ctrl-C again leaves", 1)[1], "who leaves is told nothing more")
        finally:
            os.close(terminal)
        self.cli.ecs("StopInvocation", "--InvokeId", invocation)


if __name__ == "__main__":
    unittest.main()
