"""`assist-server backup` while everything runs, and `restore`: nothing runs twice, what is not known is called unknown."""

import json
import os
import subprocess

from harness import Fleet, Server, WorldTest
from harness.stock_agent import Key, StockAgent
from harness.world import program_path


class BackupTest(WorldTest):
    def assist_server(self, *arguments, code=0):
        done = subprocess.run([program_path("assist-server"), *arguments], capture_output=True, text=True, timeout=60,
                              check=False, cwd=self.world.folder)
        self.assertEqual(done.returncode, code, f"assist-server {' '.join(arguments)}:\n{done.stdout}{done.stderr}")
        return done

    def restore(self, server, backup):
        """The server of `backup` in the place of `server`, which is killed; and what restore said."""
        server.program.kill()
        folder = self.world.path("restored")
        done = self.assist_server("restore", backup, "--data", folder, "--json")
        again = Server(self.world, "again", data=folder)
        again.port = server.port
        return again.start(), json.loads(done.stdout)


class RunningFleet(BackupTest):
    def test_a_server_comes_back_as_it_was_and_its_agents_go_on(self):
        fleet = Fleet(self.world, 2)
        first, second = fleet.agents
        ran = self.world.path("ran")
        before = fleet.api.run(f"echo before >> {ran}", [first.id])
        fleet.api.wait_for_status(before, first.id, "Success")
        second.stop()
        waits = fleet.api.run(f"echo waits >> {ran}", [second.id])
        still = fleet.api.run(f"echo still >> {ran}; while [ ! -e {ran}.go ]; do sleep 0.05; done; echo end", [first.id])
        fleet.api.wait_for_status(still, first.id, "Running")

        backup = self.world.path("it.backup")
        said = json.loads(self.assist_server("backup", backup, "--data", fleet.server.data, "--json").stdout)
        self.assertEqual(said["Machines"], 2)
        self.assertEqual(os.stat(backup).st_mode & 0o777, 0o600)
        self.assertEqual(json.loads(self.assist_server("restore", backup, "--check", "--json").stdout), said)

        # Meanwhile life goes on; the copy knows nothing of it.
        second.start()
        fleet.api.wait_for_status(waits, second.id, "Success")
        late = fleet.api.run(f"echo late >> {ran}", [first.id])
        fleet.api.wait_for_status(late, first.id, "Success")
        open(f"{ran}.go", "w", encoding="ascii").close()
        fleet.api.wait_for_status(still, first.id, "Success")

        server, restored = self.restore(fleet.server, backup)
        self.assertEqual(restored["UnknownTasks"], 0)  # our agents are asked themselves
        self.assertEqual(server.admin["AccessKeySecret"], fleet.server.admin["AccessKeySecret"])
        self.assertEqual(server.admin["CaFingerprint"], fleet.server.admin["CaFingerprint"])
        api = server.api()
        for agent in fleet.agents:
            agent.wait_until_connected(api, 60)
        self.assertEqual(api.result(before, first.id)["InvocationStatus"], "Success")
        # What the copy held as undelivered has run since: unknown, and not run again.
        self.wait_for(lambda: api.result(waits, second.id).get("Outcome") == "Unknown", 30, "what waited is unknown")
        self.assertEqual(api.call("DescribeInvocations", InvokeId=late).ok()["TotalCount"], 0)
        for agent in fleet.agents:
            after = api.run(f"echo after-{agent.name} >> {ran}", [agent.id])
            api.wait_for_status(after, agent.id, "Success")
        with open(ran, encoding="ascii") as file:
            self.assertEqual(sorted(file.read().split()), ["after-m1", "after-m2", "before", "late", "still", "waits"])
        self.assertIn("store.older_than_agent", server.program.log_text())
        log = api.call("DescribeAuditRecords", Action="server.restore").ok()
        self.assertIn(said["Sha256"], json.dumps(log))
        self.assert_chain_is_whole(server)

    def assert_chain_is_whole(self, server):
        self.assertIn("the chain is whole", self.assist_server("audit", "verify", "--data", server.data).stdout)


class StockMachines(BackupTest):
    def test_what_a_stock_agent_may_have_had_since_is_unknown_and_never_offered_again(self):
        server = Server(self.world).start()
        api = server.api()
        agent = StockAgent(server, Key(self.world.folder))
        self.assertEqual(agent.register(api.call("CreateActivation", InstanceCount=1).ok()).status, 200)
        agent.fetch("startup")
        invoke_id = api.run("echo once", [agent.id])
        backup = self.world.path("it.backup")
        self.assist_server("backup", backup, "--data", server.data)
        self.assertIn(invoke_id, agent.fetch("kickoff").body.decode())  # it runs now

        server, restored = self.restore(server, backup)
        self.assertEqual(restored["UnknownTasks"], 1)
        api = server.api()
        self.assertEqual(api.result(invoke_id, agent.id)["Outcome"], "Unknown")
        self.assertNotIn(invoke_id, agent.fetch("kickoff").body.decode())


class WrongInput(BackupTest):
    def test_each_says_what_is_wrong_and_overwrites_nothing(self):
        server = Server(self.world).start()
        backup = self.world.path("it.backup")
        self.assist_server("backup", backup, "--data", server.data)
        with open(backup, "rb") as file:
            whole = file.read()
        self.assertIn(backup, self.assist_server("backup", backup, "--data", server.data, code=1).stderr)
        nowhere = self.world.path("nowhere")
        self.assertIn(nowhere, self.assist_server("backup", f"{backup}.2", "--data", nowhere, code=1).stderr)
        self.assertFalse(os.path.exists(nowhere))
        self.assertIn("another assist-server", self.assist_server("restore", backup, "--data", server.data, code=1).stderr)
        self.assertEqual(server.stop(), 0)
        self.assertIn("overwrites nothing", self.assist_server("restore", backup, "--data", server.data, code=1).stderr)
        damaged = bytearray(whole)
        damaged[len(damaged) // 2] ^= 1
        bad = self.world.path("bad.backup")
        with open(bad, "wb") as file:
            file.write(damaged)
        self.assertIn("damaged", self.assist_server("restore", bad, "--data", nowhere, code=1).stderr)
        self.assertFalse(os.path.exists(nowhere))
        self.assist_server("backup", code=2)
        self.assertIn(f"{bad}.none", self.assist_server("restore", f"{bad}.none", "--data", nowhere, code=1).stderr)
        server.start()  # nothing of it did harm
        server.api().call("DescribeCommands").ok()
        self.assist_server("restore", backup, "--data", nowhere)
        self.assertEqual(oct(os.stat(nowhere).st_mode & 0o777), "0o700")
