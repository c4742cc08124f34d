"""A server and some agents, connected."""

from .agent import Agent
from .cli import Cli
from .server import Server


class Fleet:
    """Starts a server and `count` agents named m1, m2 …, and waits until all are connected."""

    def __init__(self, world, count=1, *server_arguments, **server_settings):
        self.world = world
        self.server = Server(world, "server", *server_arguments, **server_settings).start()
        self.api = self.server.api()
        self.cli = Cli(world, self.server)
        self.agents = [Agent(world, self.server, f"m{number}", tags=[f"number={number}"])
                       for number in range(1, count + 1)]
        for agent in self.agents:
            agent.register(self.api).start()
        for agent in self.agents:
            agent.wait_until_connected(self.api)

    @property
    def ids(self):
        return [agent.id for agent in self.agents]
