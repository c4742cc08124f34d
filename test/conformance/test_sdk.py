"""Runs the Node project in sdk/ against a real server: the public SDKs must work unchanged.

The packages are installed once into ASSIST_SDK_FOLDER (the build folder), by `npm ci` from the lock file, which names
versions and checksums but no host: npm takes the registry that it is configured for. A machine without Node or npm fails
this test; it says what is missing.
"""

import hashlib
import os
import shutil
import subprocess
import unittest

from harness import Agent, Server, WorldTest

HERE = os.path.dirname(os.path.abspath(__file__))
REFERENCE = os.path.join(HERE, "..", "data", "openapi.json")


def install():
    """The folder in which the tests run: sources copied, packages installed if lock file or Node have changed."""
    source = os.path.join(HERE, "sdk")
    folder = os.path.join(os.environ.get("ASSIST_SDK_FOLDER") or os.path.join(HERE, "sdk", "node_modules", ".assist"))
    os.makedirs(folder, exist_ok=True)
    for name in ("node", "npm"):
        if not shutil.which(name):
            raise RuntimeError(f"{name} is not installed; the conformance tests drive the public Node SDKs")
    with open(os.path.join(source, "package-lock.json"), "rb") as file:
        wanted = hashlib.sha256(file.read()).hexdigest() + " " + subprocess.run(
            ["node", "--version"], check=True, capture_output=True, text=True).stdout.strip()
    stamp = os.path.join(folder, "node_modules", ".installed")
    for name in os.listdir(source):
        if name.endswith((".js", ".json")) or name == ".npmrc":
            shutil.copy2(os.path.join(source, name), os.path.join(folder, name))
    try:
        with open(stamp, encoding="ascii") as file:
            if file.read() == wanted:
                return folder
    except FileNotFoundError:
        pass
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, text=True,
                          capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"npm ci ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    with open(stamp, "w", encoding="ascii") as file:
        file.write(wanted)
    return folder


class PublicSdks(WorldTest):
    def test_they_work_unchanged(self):
        folder = install()
        plain = Server(self.world, "plain", insecure_http=True, config='limits = "compat"\n').start()
        secure = Server(self.world, "secure").start()
        api = plain.api()
        online = Agent(self.world, plain, "online", tags=["where=online"]).register(api).start()
        offline = Agent(self.world, plain, "offline", tags=["where=offline"]).register(api)
        online.wait_until_connected(api)
        settings = {
            "ASSIST_SDK_ADDRESS": f"127.0.0.1:{plain.port}", "ASSIST_SDK_TLS_ADDRESS": f"127.0.0.1:{secure.port}",
            "ASSIST_SDK_TLS_CA": secure.ca_file, "ASSIST_SDK_KEY_ID": plain.admin["AccessKeyId"],
            "ASSIST_SDK_KEY_SECRET": plain.admin["AccessKeySecret"], "ASSIST_SDK_TLS_KEY_ID": secure.admin["AccessKeyId"],
            "ASSIST_SDK_TLS_KEY_SECRET": secure.admin["AccessKeySecret"], "ASSIST_SDK_ONLINE": online.id,
            "ASSIST_SDK_OFFLINE": offline.id, "ASSIST_SDK_TARGET": self.world.folder, "ASSIST_SDK_REFERENCE": REFERENCE}
        done = subprocess.run(["node", "--test-reporter=spec", "index.js"], cwd=folder, text=True, capture_output=True,
                              env=self.world.environment(**settings), timeout=150, check=False)
        print(done.stdout[-2000:] if done.returncode == 0 else done.stdout + done.stderr)
        self.assertEqual(done.returncode, 0, "see the report of Node's test runner above")
        for secret in (plain.admin["AccessKeySecret"], secure.admin["AccessKeySecret"]):
            self.assertNotIn(secret, plain.program.log_text() + secure.program.log_text())


if __name__ == "__main__":
    unittest.main()
