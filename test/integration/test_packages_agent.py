"""Packages on a machine: the real assist-agent against a server of packages that this test is itself. Installed,
upgraded, rolled back, removed; each kind of bad package refused by its word; ended in the middle by kill -9."""

import base64
import hashlib
import http.server
import io
import json
import os
import subprocess
import threading
import unittest
import zipfile

from harness import WorldTest
from harness.world import free_port, program_path

CODES = {"UntrustedPublisher": 40, "BadSignature": 41, "OldManifest": 42, "Downgrade": 43, "WrongHash": 44, "Truncated": 45,
         "WrongPlatform": 46, "UnsafeArchive": 47, "Dependency": 50, "ScriptFailed": 51, "VerifyFailed": 53, "NotFound": 54, "Busy": 55,
         "Expired": 56, "Interrupted": 57, "BadManifest": 58, "Unreachable": 59}


class Publisher:
    def __init__(self, folder, name):
        self.folder, self.pem = folder, os.path.join(folder, name + ".pem")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.pem], check=True, capture_output=True)
        der = subprocess.run(["openssl", "pkey", "-in", self.pem, "-pubout", "-outform", "DER"], check=True,
                             capture_output=True).stdout
        self.key = "ed25519:" + base64.b64encode(der[-32:]).decode()

    def sign(self, manifest):
        text = os.path.join(self.folder, "to-sign")
        with open(text, "wb") as file:
            file.write(b"assist-manifest-v1\n" + manifest)
        signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.pem, "-in", text], check=True,
                                   capture_output=True).stdout
        return {"Manifest": base64.b64encode(manifest).decode(), "Signature": base64.b64encode(signature).decode(),
                "PublicKey": self.key}


def make_zip(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files.items()):
            info = zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, (0o100755 if path.endswith(".sh") else 0o100644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return out.getvalue()


def make_manifest(name, version, sequence, files, archive, **more):
    scripts = {word.capitalize(): word + ".sh" for word in ("install", "uninstall", "verify") if word + ".sh" in files}
    manifest = {"Format": 1, "Kind": "package", "Name": name, "Version": version, "Os": "all", "Arch": "all",
                "Sequence": sequence, "Scripts": scripts, "Timeout": 60, "Dependencies": [],
                "Archive": {"Format": "zip", "Sha256": hashlib.sha256(archive).hexdigest(), "Size": len(archive),
                            "UnpackedSize": sum(map(len, files.values())), "Files": len(files)},
                "Files": [{"Path": path, "Size": len(content), "Sha256": hashlib.sha256(content).hexdigest(),
                           "Mode": 0o755 if path.endswith(".sh") else 0o644} for path, content in files.items()]}
    manifest.update(more)
    return manifest


class PackageServer:
    """Speaks as much of an Assist server as `register` and `pkg` need. `offers`: envelopes by name and version."""

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.offers, self.archives, self.told, self.ranges, self.faults = {}, {}, [], [], []
        self.fail_next = 0      # pieces that are answered with 503
        self.away = False       # status reports are answered with 503
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, status, body, headers=()):
                self.send_response(status)
                for key, value in headers:
                    self.send_header(key, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def look(self):
                if not self.headers.get("X-Assist-Signature") or self.headers.get("X-Assist-Run"):
                    outer.faults.append(self.path)  # unsigned, or it pretends to be a run of the agent

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
                if self.path == "/luban/api/instance/register":
                    return self.answer(200, b'{"code":200,"instanceId":"mi-test","assist":{"protocol":1}}')
                self.look()
                if self.path == "/luban/api/v1/plugin/report_status":
                    if outer.away:
                        return self.answer(503, b"")
                    outer.told.append(body["plugin"])
                    return self.answer(200, b'{"code":200}')
                found = outer.offers.get((body.get("Name"), body.get("Version") or "newest"))
                if body.get("Name") == "elsewhere":
                    return self.answer(409, b'{"code":409,"errCode":"WrongPlatform","errMsg":"not for linux"}')
                if self.path != "/luban/api/v1/assist/package" or found is None:
                    return self.answer(404, b"there is no such package")
                return self.answer(200, json.dumps({"Envelopes": found}).encode())

            def do_GET(self):
                self.look()
                bytes_ = outer.archives.get(self.path.rpartition("/")[2])
                if outer.fail_next > 0:
                    outer.fail_next -= 1
                    return self.answer(503, b"later")
                if bytes_ is None:
                    return self.answer(404, b"there is no such archive")
                first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
                outer.ranges.append(first)
                piece = bytes_[first:last + 1]
                return self.answer(206, piece, [("Content-Range", f"bytes {first}-{first + len(piece) - 1}/{len(bytes_)}")])

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()


class PackagesOnAMachine(WorldTest):
    def setUp(self):
        super().setUp()
        self.server = PackageServer()
        self.addCleanup(self.server.close)
        self.root = self.world.path("agent")
        self.ops = Publisher(self.world.folder, "ops")
        done = self.agent("register", "--server", self.server.url, "--activation-id", "a", "--activation-code", "-",
                          "--publisher-key", self.ops.key, text_in="code\n")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def words(self, *arguments):
        return [program_path("assist-agent"), *arguments, "--root", self.root]

    def agent(self, *arguments, text_in=None):
        return subprocess.run(self.words(*arguments), text=True, capture_output=True, input=text_in, timeout=90,
                              env=self.world.environment(), check=False, cwd=self.world.folder)

    def pkg(self, *arguments, word=None):
        """Runs it; `word`: of the refusal that is expected."""
        done = self.agent("pkg", *arguments)
        self.assertEqual(done.returncode, CODES[word] if word else 0, done.stdout + done.stderr)
        if word:
            self.assertRegex(done.stdout.strip().splitlines()[-1], f"^REFUSED {word}: ")
        return done.stdout

    def installed(self):
        return {each["Name"]: each["Version"] for each in json.loads(self.pkg("list", "--json"))["Packages"]}

    def system(self):
        """What the scripts have done."""
        try:
            with open(self.world.path("system"), encoding="ascii") as file:
                return file.read().strip()
        except FileNotFoundError:
            return ""

    def publish(self, version, sequence, install="", verify="", publisher=None, newest=True, extra=None, change=None, **more):
        system = self.world.path("system")
        files = {"install.sh": f"#!/bin/sh\nset -e\n{install}\necho $PACKAGE_VERSION > {system}\necho says $PACKAGE_VERSION\n",
                 "uninstall.sh": f"#!/bin/sh\nrm -f {system}\n",
                 "verify.sh": f"#!/bin/sh\n{verify}\ngrep -qx $PACKAGE_VERSION {system}\n",
                 "conf/nginx.conf": f"version {version}\n", **(extra or {})}
        files = {path: content if isinstance(content, bytes) else content.encode() for path, content in files.items()}
        archive = make_zip(files)
        manifest = make_manifest("nginx", version, sequence, files, archive, **more)
        if change:
            archive = change(manifest, archive) or archive
        self.server.archives[manifest["Archive"]["Sha256"]] = archive
        envelope = (publisher or self.ops).sign(json.dumps(manifest).encode())
        self.server.offers["nginx", version] = [envelope]
        if newest:
            self.server.offers["nginx", "newest"] = [envelope]
        return envelope, archive

    def test_it_is_installed_upgraded_verified_and_removed_and_the_server_hears_of_each(self):
        self.publish("1.9", 1)
        self.assertIn("says 1.9", self.pkg("install", "nginx"))
        self.assertEqual((self.installed(), self.system()), ({"nginx": "1.9"}, "1.9"))
        self.publish("1.10", 2)
        self.pkg("upgrade", "--all")
        self.assertEqual((self.installed(), self.system()), ({"nginx": "1.10"}, "1.10"))
        self.assertEqual(sorted(os.listdir(os.path.join(self.root, "packages", "nginx"))), ["1.10-2", "1.10-2.envelope"])
        self.assertIn("nginx is whole", self.pkg("verify"))
        with open(os.path.join(self.root, "packages/nginx/1.10-2/conf/nginx.conf"), "a", encoding="ascii") as file:
            file.write("changed")
        self.pkg("verify", "nginx", word="VerifyFailed")
        self.server.away = True
        self.assertIn("told later", self.pkg("uninstall", "nginx"))
        self.assertEqual((self.installed(), self.system()), ({}, ""))
        self.server.away = False
        self.pkg("recover")
        self.assertEqual([[(each["status"], each["version"]) for each in told] for told in self.server.told],
                         [[("ONCE_INSTALLED", "1.9")], [("ONCE_INSTALLED", "1.10")], [("REMOVED", "1.10")]])
        self.assertEqual(self.server.faults, [], "every request is signed, and none names a run")

    def test_a_script_that_fails_or_takes_too_long_leaves_the_old_version(self):
        self.publish("1", 1)
        self.pkg("install", "nginx")
        for version, sequence, scripts in (("2", 2, {"install": "echo half > system; exit 3"}),
                                           ("3", 3, {"install": "setsid sleep 300 & sleep 300", "Timeout": 1}),
                                           ("4", 4, {"verify": "exit 1"})):
            self.publish(version, sequence, **scripts)
            self.pkg("install", "nginx", "--version", version, word="VerifyFailed" if "verify" in scripts else "ScriptFailed")
            self.assertEqual((self.installed(), self.system()), ({"nginx": "1"}, "1"))

    def test_each_bad_package_is_refused_by_its_word_and_changes_nothing(self):
        self.publish("2", 5)
        self.pkg("install", "nginx")
        stranger = Publisher(self.world.folder, "stranger")

        def other_bytes(_, archive):
            return archive[:-1] + bytes([archive[-1] ^ 1])

        def truncated(_, archive):
            return archive[:-7]

        def escapes(manifest, _):
            evil = io.BytesIO()
            with zipfile.ZipFile(evil, "w") as file:
                file.writestr("../../escaped", b"out")
            manifest["Archive"].update(Sha256=hashlib.sha256(evil.getvalue()).hexdigest(), Size=len(evil.getvalue()))
            return evil.getvalue()

        for word, options in (("UntrustedPublisher", {"publisher": stranger}), ("OldManifest", {"sequence": 4}),
                              ("Downgrade", {"version": "1"}), ("WrongPlatform", {"Os": "freebsd"}),
                              ("Expired", {"Expires": "2020-01-01T00:00:00Z"}), ("WrongHash", {"change": other_bytes}),
                              ("Truncated", {"change": truncated}), ("UnsafeArchive", {"change": escapes}),
                              ("Dependency", {"Dependencies": [{"Name": "gone", "Version": ">=1"}]})):
            with self.subTest(word):
                self.publish(**{"version": "3", "sequence": 6, **options})
                self.pkg("install", "nginx", word=word)
                self.assertEqual((self.installed(), self.system()), ({"nginx": "2"}, "2"))
        envelope, _ = self.publish("3", 6)
        envelope["Manifest"] = base64.b64encode(base64.b64decode(envelope["Manifest"]) + b" ").decode()
        self.pkg("install", "nginx", word="BadSignature")
        self.pkg("install", "nothing", word="NotFound")
        self.assertIn("not for linux", self.pkg("install", "elsewhere", word="WrongPlatform"))
        self.publish("4", 7)
        for name, version in (("nginx", "3"), ("apache", "newest")):
            self.server.offers[name, version] = self.server.offers["nginx", "4"]  # signed, and not what is asked for
        self.assertIn("is nginx 4 instead of nginx 3", self.pkg("install", "nginx", "--version", "3", word="BadManifest"))
        self.pkg("install", "apache", word="BadManifest")
        self.assertEqual((self.installed(), self.system()), ({"nginx": "2"}, "2"))
        self.assertFalse(os.path.exists(os.path.join(self.root, "escaped")))
        self.assertEqual(self.agent("trust", "remove", self.ops.key).returncode, 0)
        self.assertIn("assist-agent trust add ed25519:", self.pkg("install", "nginx", word="UntrustedPublisher"))

    def test_a_download_goes_on_where_an_error_ended_it(self):
        self.publish("1", 1, extra={"large": os.urandom(5 << 20)})
        self.server.fail_next = 1
        self.assertIn("cannot fetch", self.pkg("install", "nginx"))
        self.assertEqual(self.server.ranges, [n << 20 for n in range(6)][:len(self.server.ranges)], "no piece twice")

    def test_a_kill_in_the_middle_of_a_script_is_undone_by_the_next_operation(self):
        self.publish("1", 1)
        self.pkg("install", "nginx")
        self.publish("2", 2, install=f"echo half > {self.world.path('system')}; touch {self.world.path('there')}; sleep 300")
        program = self.world.start(self.words("pkg", "install", "nginx"), "pkg.log")
        self.wait_for(lambda: os.path.exists(self.world.path("there")), 30, "the install script runs")
        busy = self.agent("pkg", "uninstall", "nginx", "--wait", "0")
        self.assertEqual(busy.returncode, CODES["Busy"], busy.stdout)
        self.assertIn("pkg install nginx (process", busy.stdout)
        program.kill()
        said = self.pkg("recover")
        self.assertIn("undoing it", said)
        self.assertEqual((self.installed(), self.system()), ({"nginx": "1"}, "1"))

    def test_a_stop_ends_the_script_and_undoes_it(self):
        self.publish("1", 1, install=f"touch {self.world.path('there')}; sleep 300")
        program = self.world.start(self.words("pkg", "install", "nginx"), "pkg.log")
        self.wait_for(lambda: os.path.exists(self.world.path("there")), 30, "the install script runs")
        self.assertEqual(program.terminate(30), CODES["Interrupted"], program.log_text())
        self.assertIn("REFUSED Interrupted: ", program.log_text())
        self.assertEqual((self.installed(), self.system()), ({}, ""))

    def test_an_archive_is_installed_from_a_file_without_the_server(self):
        envelope, archive = self.publish("1", 1)
        self.server.offers.clear()
        self.server.archives.clear()
        for name, content in (("e.json", json.dumps(envelope).encode()), ("a.zip", archive)):
            with open(self.world.path(name), "wb") as file:
                file.write(content)
        self.pkg("install", "--file", self.world.path("a.zip"), "--envelope", self.world.path("e.json"))
        self.assertEqual((self.installed(), self.system()), ({"nginx": "1"}, "1"))

    def test_a_damaged_database_is_told_and_repaired(self):
        self.publish("1", 1)
        self.pkg("install", "nginx")
        with open(os.path.join(self.root, "packages", ".database"), "wb") as file:
            file.write(b"\0" * 100)
        for verb in ("list", "verify"):
            done = self.agent("pkg", verb)
            self.assertEqual(done.returncode, 1)
            self.assertIn("pkg repair", done.stderr)
        self.pkg("repair")
        self.assertEqual(self.installed(), {"nginx": "1"})
        self.pkg("verify")


if __name__ == "__main__":
    unittest.main()
