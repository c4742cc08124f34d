"""The ways of the agent for Windows to its server, under Wine: whom it trusts, proxies: `scripts/windows.sh test`."""

from harness import Server, WorldTest
from wine import Wine, WindowsAgent


class _WithoutTrust(WindowsAgent):
    def trust_arguments(self):
        return []


class WindowsWaysTest(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.wine = Wine(world)
        cls.addClassCleanup(cls.wine.close)  # before the world's: the last added is the first done
        cls.server = Server(world).start()
        cls.api = cls.server.api()

    def test_the_system_s_store_of_certificates_is_trusted(self):
        agent = _WithoutTrust(self.world, self.wine, self.server, "store")
        with self.assertRaises(AssertionError) as refused:
            agent.register(self.api)
        self.assertIn("signed by nobody", str(refused.exception))
        self.assertIn("--ca-fingerprint", str(refused.exception))
        self.wine.trust(self.server.ca_file)
        agent.register(self.api)
        agent.start().wait_until_connected(self.api, 60)
        self.assertEqual(agent.interrupt(), 0)
        self.wine.trust_no_more(self.server.ca_file)
        agent.start()
        self.wait_for(lambda: "signed by nobody" in agent.program.log_text(), 60, "it is refused again")
        self.assertEqual(agent.interrupt(), 0)

    def test_schedules_know_the_zones_of_the_world_and_the_machine_tells_its_own(self):
        agent = WindowsAgent(self.world, self.wine, self.server, "zones").register(self.api)
        agent.start(TZ="Asia/Shanghai").wait_until_connected(self.api, 60)

        def kept(frequency):
            invoke_id = self.api.call("RunCommand", Type="RunBatScript", CommandContent="ver", RepeatMode="Period",
                                      Frequency=frequency, InstanceId=[agent.id]).ok()["InvokeId"]

            def row():
                rows = self.api.call("DescribeSchedules", InvokeId=invoke_id).ok()["Schedules"]["Schedule"]
                return rows[0] if rows and rows[0].get("NextDueTime") and rows[0].get("TimeZone") else None

            return self.wait_for(row, 30, "the machine has accepted the schedule")

        self.assertEqual(kept("0 0 12 1 7 ? 2030 Asia/Kathmandu")["NextDueTime"], "2030-07-01T06:15:00Z")
        own = kept("0 0 12 1 7 ? 2030")
        self.assertEqual((own["NextDueTime"], own["TimeZone"]), ("2030-07-01T04:00:00Z", "Asia/Shanghai"), own)
        self.assertEqual(kept("0 0 12 1 7 ? 2030 Europe/Berlin")["NextDueTime"], "2030-07-01T10:00:00Z", "summer time")
        self.assertEqual(agent.interrupt(), 0)
