"""Machines with a stock agent at a real server: what is done when they do not hear, and how one becomes ours."""

import time
import unittest

from harness import Server, WorldTest
from harness.stock_agent import Key, StockAgent


class Deafness(WorldTest):
    """A stock agent never polls; its WebSocket is all that reaches it (agent-protocol.md, 8.3)."""

    def setUp(self):
        super().setUp()
        self.server = Server(self.world).start()
        self.api = self.server.api()
        self.agent = StockAgent(self.server, Key(self.world.folder))
        self.assertEqual(self.agent.register(self.api.call("CreateActivation", InstanceCount=1).ok()).status, 200)
        self.agent.fetch("startup")
        self.began = time.time()

    def beat(self):
        uptime = int((time.time() - self.began) * 1000) + 60_000  # the process has run for a minute before
        answer = self.agent.signed("GET", "/luban/api/heart-beat?uptime=90000000&timestamp=1&pid=7"
                                   f"&process_uptime={uptime}&index=1&seq_no=1")
        self.assertEqual(answer.status, 200)

    def status(self):
        (row,) = self.api.call("DescribeCloudAssistantStatus", InstanceId=[self.agent.id]).ok()[
            "InstanceCloudAssistantStatusSet"]["InstanceCloudAssistantStatus"]
        return row

    def test_a_websocket_on_which_nobody_hears_is_closed_and_the_agent_is_deaf_until_it_comes_back(self):
        socket = self.agent.connect(seconds=30)
        self.beat()
        self.assertIs(self.status()["Deaf"], False)
        invoke_id = self.api.run("echo 1", [self.agent.id])
        kicks = []
        while True:  # takes in what comes and answers nothing, no ping either
            opcode, payload = socket.receive()
            if opcode == 8:
                break
            if opcode == 1:
                kicks.append(payload.decode())
        self.assertEqual(len(kicks), 3, kicks)
        self.assertTrue(all(kick == f"kick_vm task run {invoke_id}" or kick == "kick_vm" for kick in kicks), kicks)
        socket.close()

        def deaf():
            self.beat()
            return self.status()["Deaf"]

        self.wait_for(deaf, 20, "the listing says that it is deaf")
        row = self.status()
        self.assertEqual(row["CloudAssistantStatus"], "true", "it lives")
        back = time.mktime(time.strptime(row["ExpectedBackTime"], "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
        self.assertAlmostEqual(back, self.began - 60 + 30 * 60, delta=5, msg="30 minutes after its process began")
        self.assertEqual(self.api.result(invoke_id, self.agent.id)["InvocationStatus"], "Pending", "it waits")

        socket = self.agent.connect()
        self.assertTrue(socket.receive()[1].startswith(b"kick_vm"), "at once, with what has waited")
        (entry,) = self.agent.fetch().json["run"]
        self.assertEqual(entry["task"]["taskID"], invoke_id)
        self.assertIs(self.status()["Deaf"], False)
        socket.close()


if __name__ == "__main__":
    unittest.main()
