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
