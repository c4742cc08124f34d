"""Secrets stay where they belong: not in a log, not in the arguments of a process; and who may do what to whom."""

import os
import subprocess
import time
import unittest

from harness import Agent, Fleet, Server, WorldTest, procfs
from harness.world import program_path


class Secrets(WorldTest):
    def test_no_secret_is_in_a_log_or_an_argument(self):
        server = Server(self.world).start()
        api = server.api()
        activation = api.call("CreateActivation", InstanceCount=1).ok()
        agent = Agent(self.world, server, "m1")
        seen = set()

        # The arguments of `register` while it runs, and of everything afterwards, are looked at again and again.
        with open(self.world.path("register.log"), "wb") as log:
            register = subprocess.Popen(
                [program_path("assist-agent"), "register", "--server", server.url, "--activation-id",
                 activation["ActivationId"], "--ca-fingerprint", server.ca_fingerprint(), "--root", agent.root,
                 "--name", "m1"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=self.world.environment(ASSIST_ACTIVATION_CODE=activation["ActivationCode"]))
            while register.poll() is None:
                seen.add(procfs.command_line(register.pid) or b"")
        self.assertEqual(register.returncode, 0)
        agent.id = api.call("DescribeManagedInstances").ok()["Instances"][0]["InstanceId"]
        agent.start().wait_until_connected(api)

        script_word, parameter_word, output_word = "scriptword7351", "parameterword9917", "outputword4402"
        script = f"# {script_word}\necho {{{{p}}}} > /dev/null; echo {output_word[:5]}''{output_word[5:]}; sleep 0.7"
        invoke_id = api.run(script, [agent.id], EnableParameter=True, Parameters='{"p":"%s"}' % parameter_word)
        deadline = time.monotonic() + 20
        while api.result(invoke_id, agent.id)["InvocationStatus"] not in ("Success", "Failed"):
            self.assertLess(time.monotonic(), deadline)
            for pid in self.world.processes():
                seen.add(procfs.command_line(pid) or b"")
        self.assertEqual(api.result(invoke_id, agent.id)["Bytes"].decode().strip(), output_word)
        self.assertTrue(any(b"assist-supervisor" in line for line in seen), "no supervisor was seen")

        # A refused call and a wrong password leave nothing either.
        server.api(secret="wrongsecret8812").call("DescribeCommands")
        api.call("RunCommand", Type="RunShellScript", CommandContent=f"echo {script_word}", InstanceId=["mi-none"])
        api.call("NoSuchAction", X=parameter_word)
        agent.stop()
        server.stop()

        secrets = {"access key secret": server.admin["AccessKeySecret"], "activation code": activation["ActivationCode"],
                   "script": script_word, "parameter": parameter_word, "output": output_word,
                   "wrong secret": "wrongsecret8812"}
        logs = [self.world.path(name) for name in ("server.log", "agent-m1.log", "register.log")]
        for folder in (server.data, agent.root):
            for place, _, names in os.walk(folder):
                logs += [os.path.join(place, name) for name in names if name.endswith(".log")]
        for log in logs:
            with open(log, "rb") as file:
                text = file.read()
            for what, secret in secrets.items():
                self.assertNotIn(secret.encode(), text, f"{what} in {log}")
        for line in seen:
            for what, secret in secrets.items():
                self.assertNotIn(secret.encode(), line, f"{what} in the arguments {line!r}")
        with open(self.world.path("server.log"), "rb") as file:
            self.assertTrue(file.read().strip(), "the server logs nothing at all; then this test shows nothing")

    def test_the_agents_files_are_closed_to_others(self):
        fleet = Fleet(self.world, 1)
        agent = fleet.agents[0]
        fleet.api.run_and_wait("echo 1; echo secret", agent.id)
        invoke_id = fleet.api.run("echo begin; sleep 5", [agent.id])
        fleet.api.wait_for_output(invoke_id, agent.id, b"begin")

        def reachable(path):
            """May others open it? Every folder above it within the root must let them through."""
            mode = os.stat(path).st_mode
            if not mode & 0o044:
                return False
            place = os.path.dirname(path)
            while len(place) >= len(agent.root):
                if not os.stat(place).st_mode & 0o011:
                    return False
                place = os.path.dirname(place)
            return True

        open_ones = []
        for place, _, names in os.walk(agent.root):
            for name in names:
                path = os.path.join(place, name)
                try:
                    if os.path.isfile(path) and reachable(path):
                        open_ones.append(os.path.relpath(path, agent.root))
                except FileNotFoundError:
                    pass
        self.assertEqual(open_ones, [])


class Trust(WorldTest):
    def test_a_fingerprint_is_enough(self):
        server = Server(self.world).start()
        agent = Agent(self.world, server, "m1")
        agent.trust_arguments = lambda: ["--ca-fingerprint", server.ca_fingerprint()]
        agent.register(server.api()).start()
        agent.wait_until_connected(server.api())

    def test_an_agent_does_not_speak_to_an_impostor(self):
        fleet = Fleet(self.world, 1)
        agent, right = fleet.agents[0], fleet.server
        agent.stop()
        right.stop()
        impostor = Server(self.world, "impostor")
        impostor.port = right.port
        impostor.start()
        agent.start()
        self.wait_for(lambda: "certificate" in agent.program.log_text().lower(), 10, "the agent's log says why")
        self.assertEqual(impostor.api().call("DescribeManagedInstances").ok()["TotalCount"], 0)
        impostor.stop()
        right.start()
        agent.wait_until_connected(right.api(), 40)  # and it comes back by itself

    def test_an_activation_code_is_for_as_many_machines_as_it_says(self):
        server = Server(self.world).start()
        api = server.api()
        activation = api.call("CreateActivation", InstanceCount=2, InstanceName="web").ok()
        for number in (1, 2):
            Agent(self.world, server, f"m{number}").register(api, activation)
        with self.assertRaises(AssertionError) as refused:
            Agent(self.world, server, "m3").register(api, activation)
        self.assertIn("assist-agent register ended with", str(refused.exception))
        [row] = api.call("DescribeActivations").ok()["ActivationList"]
        self.assertEqual((row["RegisteredCount"], row["InstanceCount"]), (2, 2))
        self.assertNotIn(activation["ActivationCode"], str(row))

    def test_an_agent_that_was_registered_registers_no_second_time(self):
        server = Server(self.world).start()
        api = server.api()
        agent = Agent(self.world, server, "m1").register(api)
        before = agent.id
        with self.assertRaises(AssertionError):
            agent.register(api)
        rows = api.call("DescribeManagedInstances").ok()["Instances"]
        self.assertEqual([row["InstanceId"] for row in rows], [before])

    def test_a_copied_identity_gets_nothing(self):
        """Two live agents with one identity are shown, and neither is given work until one registers anew."""
        fleet = Fleet(self.world, 1)
        agent = fleet.agents[0]
        subprocess.run(["cp", "-a", agent.root, agent.root + "-copy"], check=True)
        twin = Agent(self.world, fleet.server, "twin")
        twin.root, twin.id = agent.root + "-copy", agent.id
        twin.start()
        marker = self.world.path("ran")
        invoke_id = fleet.api.run(f"echo x >> {marker}", [agent.id])
        # Whatever is decided, it is never run twice.
        self.wait_for(lambda: fleet.server.program.running() and
                      ("duplicate" in fleet.server.program.log_text().lower() or os.path.exists(marker)), 20,
                      "the work is done once, or the duplicate is noticed")
        twin.stop()
        fleet.api.call("StopInvocation", InvokeId=invoke_id).ok()
        if os.path.exists(marker):
            with open(marker, encoding="ascii") as file:
                self.assertEqual(file.read(), "x\n")


if __name__ == "__main__":
    unittest.main()
