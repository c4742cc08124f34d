"""The harness itself: a test tool that is wrong makes every test say yes."""

import os
import subprocess
import time
import unittest

from harness import NotInTime, World, procfs, raw, wait_for
from harness.api import encode, flatten, query_of, signature_acs3, signature_v1
from harness.world import free_port


class Signatures(unittest.TestCase):
    """The vectors of openapi.md 4.4."""

    COMMON = [("SignatureMethod", "HMAC-SHA1"), ("SignatureVersion", "1.0"), ("Version", "2014-05-26"),
              ("AccessKeyId", "testid")]

    def test_version_1(self):
        regions = self.COMMON + [("Action", "DescribeRegions"), ("Format", "XML"), ("Timestamp", "2016-02-23T12:46:24Z"),
                                 ("SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf")]
        self.assertEqual(signature_v1("GET", regions, "testsecret"), "OLeaidS1JvxuMvnyHOwuJ+uX5qY=")
        hosts = self.COMMON + [("Action", "DescribeDedicatedHosts"), ("Format", "JSON"), ("RegionId", "cn-beijing"),
                               ("Timestamp", "2023-03-13T08:34:30Z"),
                               ("SignatureNonce", "edb2b34af0af9a6d14deaf7c1a5315eb")]
        self.assertEqual(signature_v1("GET", hosts, "testsecret"), "9NaGiOspFP5UPcwX8Iwt2YJXXuk=")
        self.assertEqual(signature_v1("POST", hosts, "testsecret"), "ZvQ9xGiFnquSJRvj+WE6kdSpTwU=")

    def test_acs3(self):
        headers = {"host": "ecs.cn-shanghai.aliyuncs.com", "x-acs-action": "RunInstances",
                   "x-acs-version": "2014-05-26", "x-acs-date": "2023-10-26T10:22:32Z",
                   "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
                   "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}
        parameters = [("RegionId", "cn-shanghai"),
                      ("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd")]
        self.assertEqual(signature_acs3("POST", parameters, headers, sorted(headers), b"", "YourAccessKeySecret"),
                         "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0")

    def test_encoding(self):
        self.assertEqual(encode("a-_.~ *!'()/+中"), "a-_.~%20%2A%21%27%28%29%2F%2B%E4%B8%AD")

    def test_lists_are_numbered(self):
        flat = flatten({"InstanceId": ["a", "b"], "Tag": [{"Key": "k", "Value": "v w"}], "Timed": False, "Nothing": None})
        self.assertEqual(query_of(flat), "InstanceId.1=a&InstanceId.2=b&Tag.1.Key=k&Tag.1.Value=v%20w&Timed=false")


class Waiting(unittest.TestCase):
    def test_it_ends_at_the_deadline_and_says_what_was_waited_for(self):
        begin = time.monotonic()
        with self.assertRaisesRegex(NotInTime, "the moon"):
            wait_for(lambda: 0, 0.1, "the moon")
        self.assertLess(time.monotonic() - begin, 2)

    def test_it_gives_what_the_condition_gave(self):
        answers = iter([None, 0, "yes"])
        self.assertEqual(wait_for(lambda: next(answers), 5, "yes"), "yes")


class Worlds(unittest.TestCase):
    def test_nothing_survives_the_end_of_a_world(self):
        world = World()
        # A family that hides: a daemon of a session of its own, without its parent, which ignores SIGTERM; one without
        # the mark in its environment, but with a file of the folder open.
        script = ("trap '' TERM; setsid sh -c 'trap \"\" TERM; echo $$ > daemon; while :; do sleep 0.1; done' &"
                  " env -i setsid sh -c 'exec >> open; echo $$ > unmarked; cd /; sleep 300' & echo $$ > self; wait")
        world.start(["sh", "-c", script], "log")

        def pid_of(name):
            try:
                with open(world.path(name), encoding="ascii") as file:
                    return int(file.read())
            except (FileNotFoundError, ValueError):
                return None

        family = [wait_for(lambda name=name: pid_of(name), 5, name) for name in ("daemon", "unmarked", "self")]
        folder = world.folder
        world.close()
        self.assertEqual([pid for pid in family if procfs.alive(pid)], [])
        self.assertFalse(os.path.exists(folder))

    def test_one_world_does_not_end_anothers_processes(self):
        first, second = World(), World()
        self.addCleanup(first.close)
        kept = first.start(["sleep", "300"], "log")
        second.start(["sleep", "300"], "log")
        second.close()
        self.assertTrue(kept.running())

    def test_programs_see_none_of_the_callers_settings(self):
        os.environ["ASSIST_ENDPOINT"] = "https://elsewhere"
        self.addCleanup(os.environ.pop, "ASSIST_ENDPOINT", None)
        world = World()
        self.addCleanup(world.close)
        self.assertNotIn("ASSIST_ENDPOINT", world.environment())
        self.assertNotEqual(world.environment()["HOME"], os.environ.get("HOME"))

    def test_ports_are_given_once(self):
        self.assertEqual(len({free_port() for _ in range(50)}), 50)


class Processes(unittest.TestCase):
    def test_a_zombie_is_not_alive(self):
        child = subprocess.Popen(["true"])
        wait_for(lambda: procfs.stat(child.pid)[0] == "Z", 5, "it has ended, and nobody has asked")
        self.assertFalse(procfs.alive(child.pid))
        child.wait()

    def test_counts_grow_with_work(self):
        child = subprocess.Popen(["sh", "-c", "while :; do sleep 0.01; done"])
        try:
            first = procfs.context_switches(child.pid)
            wait_for(lambda: procfs.context_switches(child.pid) > first + 5, 5, "context switches")
            self.assertGreater(procfs.kilobytes(child.pid, "VmRSS"), 100)
        finally:
            child.kill()
            child.wait()


class Bytes(unittest.TestCase):
    def test_the_status_of_an_answer(self):
        self.assertEqual(raw.status_of(b"HTTP/1.1 426 Upgrade Required\r\n\r\n"), 426)
        self.assertIsNone(raw.status_of(b""))
        self.assertIsNone(raw.status_of(b"\x15\x03\x01 200 \r\n"))


if __name__ == "__main__":
    unittest.main()
