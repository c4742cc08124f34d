"""The real `assist`."""

import json
import subprocess

from .world import program_path


class Cli:
    """Runs `assist` with the settings of a server in its environment. `env` overrides; a value of None removes one."""

    def __init__(self, world, server=None, **env):
        self.world = world
        self.settings = {}
        if server is not None:
            self.settings = {"ASSIST_ENDPOINT": server.url, "ASSIST_ACCESS_KEY_ID": server.admin["AccessKeyId"],
                             "ASSIST_ACCESS_KEY_SECRET": server.admin["AccessKeySecret"]}
            if not server.insecure_http:
                self.settings["ASSIST_CA_FILE"] = server.ca_file
        self.settings.update(env)

    def environment(self, **env):
        settings = {**self.settings, **env}
        return self.world.environment(**{key: value for key, value in settings.items() if value is not None})

    def run(self, *arguments, text_in=None, seconds=60, **env):
        return subprocess.run([program_path("assist"), *arguments], text=True, encoding="utf-8", errors="replace",
                              capture_output=True, input=text_in, stdin=subprocess.DEVNULL if text_in is None else None,
                              env=self.environment(**env), timeout=seconds, check=False, cwd=self.world.folder)

    def ecs(self, *arguments, **more):
        """`assist ecs …`, which must succeed; its answer as an object."""
        done = self.run("ecs", *arguments, **more)
        if done.returncode != 0:
            raise AssertionError(f"assist ecs {' '.join(arguments)} ended with {done.returncode}:\n"
                                 f"{done.stdout}{done.stderr}")
        return json.loads(done.stdout)
