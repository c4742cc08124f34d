"""The lines that `assist activation create` prints: each brings a root without an agent to a connected machine, over
connections that nobody vouches for; what is not what the line was made for does not run."""

import http.server
import json
import os
import shutil
import ssl
import subprocess
import threading
import unittest

from harness import Cli, Server, procfs
from harness.world import free_port
from installed import DIST, InstalledTest, package


class Impostor:
    """An HTTPS server with a certificate of its own that answers for /download/NAME with the bytes of `files`."""

    def __init__(self, world, files):
        key, certificate = world.path("impostor.key"), world.path("impostor.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = files.get(self.path[len("/download/"):])
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class InstallLine(InstalledTest):
    def setUp(self):
        super().setUp()
        self.server = Server(self.world).start()
        self.api = self.server.api()
        self.cli = Cli(self.world, self.server)

    def serve_packages(self):
        shutil.copytree(DIST, os.path.join(self.server.data, "packages"))

    def lines(self, *options):
        done = self.cli.run("activation", "create", "--count", "2", "-o", "json", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def run_line(self, line, code=0):
        """As an operator who pastes it."""
        with open(self.root.path("tmp/line"), "w", encoding="utf-8") as file:
            file.write(line + "\n")
        return self.inside("sh", "/tmp/line", code=code)

    def script(self):
        return subprocess.run(["curl", "-fsk", "--noproxy", "*", f"{self.server.url}/download/install.sh"], check=True,
                              capture_output=True, timeout=30).stdout

    def the_machine(self):
        rows = self.api.call("DescribeManagedInstances").ok()["Instances"]
        self.assertEqual(len(rows), 1, rows)
        self.instance = rows[0]["InstanceId"]
        return rows[0]

    def assert_untouched(self):
        self.assertFalse(self.root.exists("/usr/sbin/assist-agent"))
        self.assertFalse(self.root.exists("/opt/assist"))
        self.assertEqual(self.api.call("DescribeManagedInstances").ok()["Instances"], [])
        self.assertEqual([name for name in os.listdir(self.root.path("tmp")) if name.startswith("tmp.")], [])

    def test_without_packages_the_way_to_them_is_told(self):
        done = self.cli.run("activation", "create")
        self.assertIn("/download/install.sh is not served (HTTP 404)", done.stderr)
        self.assertNotIn("install.sh", done.stdout)
        self.assertIn("assist-agent register --server", done.stdout)

    def test_a_debian_becomes_a_machine(self):
        self.serve_packages()
        made = self.lines()
        self.assertEqual(sorted(made["InstallCommands"]), ["Linux"])
        root = self.make_root(("curl",))
        said = self.run_line(made["InstallCommands"]["Linux"])
        self.assertIn("done: this machine is connected", said)
        self.assertTrue(root.exists("/var/lib/dpkg/info/assist-agent.list"), "installed as a package")
        self.the_machine()
        row = self.api.run_and_wait("echo 123", self.instance)
        self.assertEqual((row["Bytes"], row["ExitCode"]), (b"123\n", 0))
        self.assertNotIn(made["ActivationCode"], said)
        for program in ("assist-agent", "assist-supervisor"):
            for pid in root.processes(program):
                self.assertNotIn(made["ActivationCode"].encode(), procfs.environment(pid), "the service keeps the code")
        # Again it is an upgrade: no second machine, and a script that runs goes on.
        self.assertIn("brought up to date", self.run_line(made["InstallCommands"]["Linux"]))
        self.wait_until_connected()
        self.the_machine()
        self.assertEqual([name for name in os.listdir(root.path("tmp")) if name.startswith("tmp.")], [])

    def test_what_is_not_what_the_line_was_made_for_does_not_run(self):
        self.serve_packages()
        line = self.lines()["InstallCommands"]["Linux"]
        self.make_root(("curl",))
        packages = os.path.join(self.server.data, "packages")
        script = self.script()
        name = os.path.basename(package("assist-agent_*.deb"))
        with open(os.path.join(packages, name), "rb") as file:
            deb = file.read()
        evil = script.replace(b"set -eu\n", b"set -eu\ntouch /tmp/evil\n")
        self.assertNotEqual(evil, script)
        for files, told in (({"install.sh": evil, name: deb}, "not the install script that the line was made for"),
                            ({"install.sh": script, name: deb + b"x"}, "is not what this script was made for"),
                            ({}, "could not be fetched")):
            impostor = Impostor(self.world, files)
            try:
                said = self.run_line(line.replace(self.server.url, impostor.url), code=1)
            finally:
                impostor.stop()
            self.assertIn(told, said)
            self.assert_untouched()
            self.assertFalse(self.root.exists("/tmp/evil"))
        # All is right but the server: its certificate is not of the CA that the script names.
        impostor = Impostor(self.world, {"install.sh": script, name: deb})
        try:
            said = self.run_line(line.replace(self.server.url, impostor.url), code=1)
        finally:
            impostor.stop()
        self.assertIn("installed, but not registered", said)
        self.assertIn('"Registered":false', self.inside("assist-agent", "status", "--json", code=1))

    def test_who_is_not_root_is_asked_by_sudo_and_the_code_stays_hidden(self):
        """The script by itself, as somebody runs it who has read it first."""
        self.serve_packages()
        made = self.lines()
        root = self.make_root(("curl",))
        os.makedirs(root.path("tmp/stubs"))
        for name, text in (("id", "echo 1000"), ("sudo", "echo \"arguments: $*\"; echo \"given: $(cat)\"; exit 5")):
            with open(root.path("tmp/stubs", name), "w", encoding="ascii") as file:
                file.write(f"#!/bin/sh\n{text}\n")
            os.chmod(root.path("tmp/stubs", name), 0o755)
        subprocess.run(["curl", "-fsk", "--noproxy", "*", "-o", root.path("tmp/i"),
                        f"{self.server.url}/download/install.sh"], check=True, timeout=30)
        said = self.inside("env", "PATH=/tmp/stubs:/usr/bin:/bin", "sh", "/tmp/i", "--server", self.server.url,
                           "--activation-id", made["ActivationId"], code=5, ASSIST_ACTIVATION_CODE=made["ActivationCode"])
        arguments, given = said.strip().splitlines()[-2:]
        self.assertRegex(arguments, "^arguments: sh /tmp/i --server .* --activation-id .* --code-from-stdin$")
        self.assertNotIn(made["ActivationCode"], arguments)
        self.assertEqual(given, f"given: {made['ActivationCode']}")

    def test_a_machine_of_another_server_is_left_as_it_is(self):
        self.serve_packages()
        root = self.make_root(("curl",))
        self.run_line(self.lines()["InstallCommands"]["Linux"])
        before = root.read("/var/lib/dpkg/status")
        agent = self.only("assist-agent")
        other = Server(self.world, "other").start()
        shutil.copytree(DIST, os.path.join(other.data, "packages"))
        made = json.loads(Cli(self.world, other).run("activation", "create", "-o", "json").stdout)
        said = self.run_line(made["InstallCommands"]["Linux"], code=1)
        self.assertIn("registered already, but not at " + other.url, said)
        self.assertEqual(root.read("/var/lib/dpkg/status"), before)
        self.assertEqual(self.only("assist-agent"), agent)

    def test_temporary_folders_may_forbid_programs(self):
        self.serve_packages()
        line = self.lines()["InstallCommands"]["Linux"]
        self.make_root(("curl",))
        self.world.mount("tmpfs", self.root.path("tmp"), "noexec,mode=1777")
        self.addCleanup(self.world.unmount, self.root.path("tmp"))
        said = self.run_line("export code=old\n" + line.replace(' --code-from-stdin', ' --format tar --code-from-stdin'))
        self.assertIn("done: this machine is connected", said)
        made_code = line.split()[1].encode()
        for pid in self.root.processes("assist-agent"):
            self.assertNotIn(made_code, procfs.environment(pid))

    def test_old_lines_say_that_they_are_old(self):
        self.serve_packages()
        line = self.lines()["InstallCommands"]["Linux"]
        self.make_root(("curl",))
        sums = os.path.join(self.server.data, "packages/SHA256SUMS")
        with open(sums, encoding="ascii") as file:
            text = file.read()
        with open(sums, "w", encoding="ascii") as file:
            file.write("".join(row for row in text.splitlines(True) if not row.endswith(".rpm\n")))
        self.wait_for(lambda: b".rpm" not in self.script(), 10, "the server, which looks once a second, has seen it")
        self.assertIn("make a new line", self.run_line(line, code=1))
        self.assert_untouched()

    def test_busybox_alone_is_enough(self):
        """No curl, no package manager, no service system; busybox' own TLS is too old for the server: plain HTTP."""
        self.server.program.terminate()
        plain = free_port()
        with open(os.path.join(self.server.data, "assist-server.toml"), "w", encoding="ascii") as file:
            file.write(f'plain.listen = "127.0.0.1:{plain}"\nplain.serve = ["downloads"]\n')
        self.server.start()
        self.serve_packages()
        line = self.lines("--download", f"http://127.0.0.1:{plain}")["InstallCommands"]["Linux"]
        root = self.make_busybox_root()
        said = self.run_line(line)
        self.assertIn("no service system was found", said)
        self.assertIn("start it with: /opt/assist/bin/assist-agent run", said)
        self.assertFalse(self.the_machine()["Connected"])
        agent = self.world.start(["chroot", root.folder, "/opt/assist/bin/assist-agent", "run"], "inside.log")
        self.addCleanup(agent.kill)
        self.wait_until_connected()
        self.assertEqual(self.api.run_and_wait("echo $((6*7))", self.instance)["Bytes"], b"42\n")

    def test_an_address_that_machines_reach_can_be_named(self):
        self.serve_packages()
        plain = self.lines("--download", "http://192.0.2.1:8080")["InstallCommands"]["Linux"]
        self.assertIn("u=http://192.0.2.1:8080;", plain)
        done = self.cli.run("activation", "create", "--server", "https://assist.example.com:443", "-o", "json")
        line = json.loads(done.stdout)["InstallCommands"]["Linux"]
        self.assertIn("u=https://assist.example.com:443;", line)
        self.assertEqual(done.stderr, "")
        self.assertIn("is this machine only", self.cli.run("activation", "create").stderr)
        wrong = self.cli.run("activation", "create", "--server", "ftp://x")
        self.assertEqual((wrong.returncode, wrong.stdout), (2, ""))
        self.assertIn("--server", wrong.stderr)

    def test_a_broken_download_is_continued(self):
        self.serve_packages()
        source = package("assist-agent_*.deb")
        part = self.world.path("part.deb")
        with open(source, "rb") as file:
            whole = file.read()
        with open(part, "wb") as file:
            file.write(whole[:100_001])
        subprocess.run(["curl", "-fsk", "--noproxy", "*", "-C", "-", "-o", part,
                        f"{self.server.url}/download/{os.path.basename(source)}"], check=True, timeout=30)
        with open(part, "rb") as file:
            self.assertEqual(file.read(), whole)


if __name__ == "__main__":
    unittest.main()
