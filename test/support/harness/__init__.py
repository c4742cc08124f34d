"""What the tests of whole programs share: start the real programs on loopback, speak to them, end them.

Python's standard library only. Nothing here knows how the programs work inside: it relies on the contract of the command
lines and of the wire alone.
"""

from . import old_kernel, procfs, raw
from .agent import Agent
from .api import Answer, Api
from .cli import Cli
from .fleet import Fleet
from .server import Server
from .waiting import NotInTime, wait_for
from .world import World, WorldTest

__all__ = ["Agent", "Answer", "Api", "Cli", "Fleet", "NotInTime", "Server", "World", "WorldTest", "old_kernel", "procfs",
           "raw", "wait_for"]
