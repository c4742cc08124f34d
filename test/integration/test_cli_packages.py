"""`assist pkg` and `assist agent-release` as people use them: keys, archives and envelopes on a disk, then a server."""

import base64
import hashlib
import json
import os
import stat
import unittest

from harness import Cli, WorldTest


class Files(WorldTest):
    """What needs no server."""

    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.cli = Cli(world)
        cls.folder = world.path("nginx-conf")
        os.makedirs(os.path.join(cls.folder, "files"))
        for name, text, mode in (("install.sh", "echo installed\n", 0o755), ("files/a.conf", "port 80\n", 0o644)):
            path = os.path.join(cls.folder, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(path, mode)
        cls.key = world.path("publisher.pem")
        made = cls.cli.run("pkg", "key", "create", cls.key, "--output", "json")
        assert made.returncode == 0, made.stderr
        cls.public = json.loads(made.stdout)

    def assist(self, *arguments, code=0, **more):
        done = self.cli.run(*arguments, **more)
        self.assertEqual(done.returncode, code, f"{arguments}:\n{done.stdout}{done.stderr}")
        return done

    def build(self, out, *more):
        return self.assist("pkg", "build", self.folder, "-o", out, "--name", "nginx-conf", "--version", "1.2",
                           "--os", "linux", "--install", "install.sh", *more)

    def test_a_key_is_private_and_never_written_over(self):
        self.assertEqual(stat.S_IMODE(os.stat(self.key).st_mode), 0o600)
        raw = base64.b64decode(self.public["PublicKey"].removeprefix("ed25519:"))
        self.assertEqual(self.public["KeyId"], "sha256:" + hashlib.sha256(raw).hexdigest()[:16])
        with open(self.key, encoding="ascii") as file:
            before = file.read()
        refused = self.assist("pkg", "key", "create", self.key, code=2)
        self.assertIn("is not written over", refused.stderr)
        with open(self.key, encoding="ascii") as file:
            self.assertEqual(file.read(), before)
        shown = self.assist("pkg", "key", "show", self.key).stdout
        self.assertIn("assist-agent trust add " + self.public["PublicKey"], shown)
        self.assertIn("--publisher-key " + self.public["PublicKey"], shown)
        self.assertIn("公钥", self.assist("pkg", "key", "show", self.key, "--lang", "zh").stdout)

    def test_a_key_that_others_can_read_is_told(self):
        copy = self.world.path("open.pem")
        with open(self.key, "rb") as source, open(copy, "wb") as target:
            target.write(source.read())
        os.chmod(copy, 0o644)
        self.assertIn("chmod 600", self.assist("pkg", "key", "show", copy).stderr)

    def test_the_same_folder_makes_the_same_archive(self):
        hashes = []
        for number in range(2):
            for ending in ("tar.zst", "zip"):
                out = self.world.path(f"same-{number}.{ending}")
                self.build(out)
                with open(out, "rb") as file:
                    hashes.append(hashlib.sha256(file.read()).hexdigest())
            os.utime(os.path.join(self.folder, "install.sh"), (1, 1))
        self.assertEqual(hashes[:2], hashes[2:])

    def test_a_manifest_is_signed_where_the_key_is(self):
        out = self.world.path("signed.tar.zst")
        self.build(out, "--depends", "openssl>=3", "--sequence", "7", "--expires", "90d")
        with open(out + ".manifest", "rb") as file:
            manifest = file.read()
        told = json.loads(manifest)
        with open(out, "rb") as file:
            archive = file.read()
        self.assertEqual(told["Archive"]["Sha256"], hashlib.sha256(archive).hexdigest())
        self.assertEqual(told["Archive"]["Md5"], hashlib.md5(archive).hexdigest())
        self.assertEqual(told["Archive"]["Size"], len(archive))
        self.assertEqual((told["Name"], told["Version"], told["Os"], told["Arch"], told["Sequence"]),
                         ("nginx-conf", "1.2", "linux", "all", 7))
        self.assertEqual(told["Dependencies"], [{"Name": "openssl", "Version": ">=3"}])
        self.assertEqual(sorted(file["Path"] for file in told["Files"]), ["files/a.conf", "install.sh"])
        signed = json.loads(self.assist("pkg", "sign", out + ".manifest", "--key", self.key, "--output", "json").stdout)
        self.assertEqual(signed["KeyId"], self.public["KeyId"])
        with open(out + ".envelope", encoding="ascii") as file:
            envelope = json.load(file)
        self.assertEqual(base64.b64decode(envelope["Manifest"]), manifest)
        self.assertEqual(envelope["PublicKey"], self.public["PublicKey"])
        self.assertEqual(len(base64.b64decode(envelope["Signature"])), 64)

    def test_package_toml_says_what_options_say(self):
        folder = self.world.path("toml")
        os.makedirs(folder)
        with open(os.path.join(folder, "run.sh"), "w", encoding="ascii") as file:
            file.write("true\n")
        toml = os.path.join(folder, "package.toml")
        with open(toml, "w", encoding="utf-8") as file:
            file.write('name = "x"\nversion = "3"\ninstall = "run.sh"\ntimeout = 9\n')
        out = self.world.path("toml.zip")
        self.assist("pkg", "build", folder, "-o", out, "--version", "4")
        with open(out + ".manifest", encoding="utf-8") as file:
            told = json.load(file)
        self.assertEqual((told["Name"], told["Version"], told["Timeout"], told["Scripts"]["Install"]),
                         ("x", "4", 9, "run.sh"))
        with open(toml, "a", encoding="utf-8") as file:
            file.write('nmae = "y"\n')
        refused = self.assist("pkg", "build", folder, "-o", out, code=2)
        self.assertIn("package.toml, line 5: there is no 'nmae'", refused.stderr)

    def test_wrong_input_is_named_with_the_way_out(self):
        def refused(*arguments):
            return self.assist(*arguments, code=2).stderr

        out = self.world.path("wrong.zip")
        self.assertIn("--name is missing", refused("pkg", "build", self.folder, "-o", out))
        self.assertIn("neither a folder nor", refused("pkg", "build", self.key, "-o", out, "--name", "x", "--version", "1"))
        self.assertIn("--version is missing", refused("pkg", "build", self.folder, "-o", out, "--name", "x"))
        self.assertIn("does not have", refused("pkg", "build", self.folder, "-o", out, "--name", "x", "--version", "1",
                                               "--install", "no.sh"))
        self.assertIn("Name: ", refused("pkg", "build", self.folder, "-o", out, "--name", "../x", "--version", "1"))
        self.assertIn("is no manifest", refused("pkg", "sign", self.key, "--key", self.key))
        self.assertIn("Ed25519 private key", refused("pkg", "key", "show", os.path.join(self.folder, "install.sh")))
        self.assertIn("no such file", refused("pkg", "key", "show", self.world.path("none")).lower())
        self.assertIn("--key FILE", refused("pkg", "publish", self.folder, "--name", "x", "--version", "1"))
        self.assertIn("--os", refused("agent-release", "publish", self.folder, "--version", "1", "--arch", "amd64",
                                      "--key", self.key))
        link = os.path.join(self.world.path("links"), "out")
        os.makedirs(os.path.dirname(link))
        os.symlink("/etc/passwd", link)
        self.assertIn("out", refused("pkg", "build", os.path.dirname(link), "-o", out, "--name", "x", "--version", "1"))


if __name__ == "__main__":
    unittest.main()
