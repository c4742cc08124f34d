"""Files that a server sends which speaks only the stock protocol: what assist-agent answers is what the stock agent was
seen to answer, and what lies on the disk is what was asked for.

The captures are played as in test_stock_server.py. Other folders, accounts and a name are put into them, so that nothing
outside the test's own folder is touched; but one file goes to the home of the account that runs this, and is removed.
"""

import base64
import grp
import hashlib
import json
import os
import pwd
import stat
import unittest
import uuid

import test_stock_server as stock
from harness import WorldTest
from harness.stock_server import LIST

FINISH = "/luban/api/v1/task/finish"
CAPTURED_FOLDER = "/root/deploy"


def own_names():
    """An account and a group to which this process may give a file."""
    if os.geteuid() == 0:
        return "daemon", "daemon"
    return pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name


def entry(task_id, folder, name, content, **more):
    text = base64.b64encode(content).decode()
    task = {"taskID": task_id, "name": name, "destination": folder, "content": text, "contentType": "Base64",
            "signature": hashlib.md5(text.encode()).hexdigest(), "owner": "", "group": "", "mode": "",
            "overwrite": False, "timeout": 60}
    task.update(more)
    return {"task": task}


def conversation(task_id, entries, ends):
    """As a capture: a list with these entries, and the reports [(path, status)] that are answered so."""
    answer = {"code": 200, "instanceId": "mi-1", "file": entries}
    told = [{"kind": "http", "path": LIST, "query": [["taskId", task_id]],
             "response": {"status": 200, "body": json.dumps(answer)}}]
    return told + [{"kind": "http", "path": path, "query": [["taskId", task_id]],
                    "response": {"status": status, "body": "{}"}} for path, status in ends]


class FilesOfAStockServer(WorldTest):
    register = stock.AtAStockServer.register
    start = stock.AtAStockServer.start
    play = stock.AtAStockServer.play
    kick = stock.AtAStockServer.kick
    assert_signed = stock.AtAStockServer.assert_signed
    assert_times_agree = stock.AtAStockServer.assert_times_agree
    assert_headers_agree = stock.AtAStockServer.assert_headers_agree

    def setUp(self):
        super().setUp()
        self.folder = self.world.path("deploy", "deep")
        self.owner, self.group = own_names()
        self.register("--stock-server")
        self.start()

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def play_here(self, capture, **changes):
        """The capture, with a folder and accounts of this place."""
        exchanges = stock.capture("sendfile-" + capture)
        for exchange in exchanges:
            if exchange.get("path") != LIST:
                continue
            answer = json.loads(exchange["response"]["body"])
            for each in answer["file"]:
                task = each["task"]
                task["destination"] = task["destination"].replace(CAPTURED_FOLDER, self.folder)
                task["owner"] = task["owner"].replace("demo", self.owner)
                task["group"] = task["group"].replace("demo", self.group)
                task.update(changes)
            exchange["response"]["body"] = json.dumps(answer)
        self.play("sendfile-" + capture, exchanges)

    def assert_folder_holds(self, *names):
        self.assertEqual(sorted(os.listdir(self.folder)), sorted(names), "nothing else is left there")

    def test_files_are_put_in_place_or_refused_as_the_stock_agent_does(self):
        self.play_here("ok")
        self.assertEqual(self.read("a.txt"), b"hello file\n")
        info = os.stat(self.path("a.txt"))
        self.assertEqual(stat.S_IMODE(info.st_mode), 0o600)
        self.assertEqual((pwd.getpwuid(info.st_uid).pw_name, grp.getgrgid(info.st_gid).gr_name),
                         (self.owner, self.group))
        self.play_here("exists")
        self.assertEqual(self.read("a.txt"), b"hello file\n")
        self.play_here("overwrite")
        self.assertEqual(self.read("a.txt"), b"second\n")
        self.assertEqual(stat.S_IMODE(os.stat(self.path("a.txt")).st_mode), 0o644)
        self.assertEqual(os.stat(self.path("a.txt")).st_uid, info.st_uid, "no owner is named: it stays as it was")
        for name in ("bad-base64", "bad-md5", "bad-mode", "bad-mode2", "no-owner", "no-group", "no-name", "empty",
                     "create-fail"):
            self.play_here(name)
            self.assertEqual(self.read("a.txt"), b"second\n", f"after {name}")
            self.assert_folder_holds("a.txt")
        with open(self.path("b.txt"), "wb") as file:
            file.write(b"a file, not a folder")
        self.play_here("dest-is-file")
        self.assertEqual(self.read("b.txt"), b"a file, not a folder")
        self.play_here("space-exists")
        self.assertEqual(self.read("with space.txt"), b"hello file\n")
        self.play_here("space-exists2")
        self.assert_folder_holds("a.txt", "b.txt", "with space.txt")

        home = os.path.join(pwd.getpwuid(os.geteuid()).pw_dir, f".assist-test-{uuid.uuid4().hex}")
        self.addCleanup(lambda: os.path.exists(home) and os.unlink(home))
        self.play_here("default-dir", name=os.path.basename(home))
        with open(home, "rb") as file:
            self.assertEqual(file.read(), b"hello file\n")
        self.assertEqual(self.agent.stop(), 0)

    def ends(self):
        return [(r.path, r.query) for r in list(self.server.requests) if r.path.startswith("/luban/api/v1/task/")
                and r.path != LIST]

    def test_the_end_is_told_once_even_when_the_server_does_not_take_it(self):
        entries = [entry("f-1", self.folder, "x", b"one")]
        self.server.plan(conversation("f-1", entries, [(FINISH, 503)]))
        self.kick("kick_vm file create f-1")
        self.wait_for(self.server.all_used, 20, "the end is told")
        self.wait_for(lambda: "file.forgotten task=f-1" in self.agent.program.log_text(), 20, "nothing more is to be told")
        self.assertEqual([dict(query)["taskId"] for _, query in self.ends()], ["f-1"])
        self.assertEqual(self.read("x"), b"one")
        self.assertEqual(self.agent.stop(), 0)
        self.server.plan(conversation("f-2", [entry("f-2", self.folder, "y", b"two")], [(FINISH, 200)]))
        self.start()
        self.kick("kick_vm file create f-2")
        self.wait_for(self.server.all_used, 20, "the end of the second is told")
        self.assertEqual([dict(query)["taskId"] for _, query in self.ends()], ["f-2"], "not after a restart either")

    def test_a_file_that_comes_again_is_not_written_again(self):
        again = entry("f-1", self.folder, "x", b"one", overwrite=True)
        self.server.plan(conversation("f-1", [again], [(FINISH, 200)]))
        self.kick("kick_vm file create f-1")
        self.wait_for(self.server.all_used, 20, "it is in its place")
        with open(self.path("x"), "wb") as file:
            file.write(b"changed since")
        # What comes with it, behind it, has its turn after it.
        self.offer("kick_vm file stop f-1", [again, entry("f-2", self.folder, "y", b"two")], "f-2")
        self.assertEqual(self.server.texts[-1], "accept:kick_vm file stop f-1", "a kick to stop is one to fetch")
        self.assertEqual(self.agent.stop(), 0)
        self.server.plan([])
        self.start()
        self.offer("kick_vm file create f-1", [again, entry("f-3", self.folder, "z", b"three")], "f-3")
        self.assertEqual(self.read("x"), b"changed since")

    def offer(self, kick, entries, ends):
        """Kicks, hands these out, and waits for the one end that is to come."""
        told = conversation("f-1", entries, [])
        told.append({"kind": "http", "path": FINISH, "query": [["taskId", ends]],
                     "response": {"status": 200, "body": "{}"}})
        self.server.plan(told)
        self.kick(kick)
        self.wait_for(self.server.all_used, 20, f"the end of {ends} is told")
        self.assertEqual([dict(query)["taskId"] for _, query in self.ends()], [ends])


if __name__ == "__main__":
    unittest.main()
