"""A small file system of a test, that can be filled and emptied."""

import os
import unittest


class TinyDisk:
    """A tmpfs of `mebibytes` at world/name. Needs the right to mount: as root it must be there, else the test is left out
    (and says so)."""

    def __init__(self, world, name, mebibytes):
        if os.geteuid() != 0:
            raise unittest.SkipTest("needs root, to mount a small tmpfs")
        self.path = world.path(name)
        os.makedirs(self.path)
        world.mount("tmpfs", self.path, f"size={mebibytes}m,mode=755")
        self.filler = os.path.join(self.path, "filler")

    def free(self):
        """Bytes that are left."""
        state = os.statvfs(self.path)
        return state.f_bavail * state.f_frsize

    def fill(self, leave=0):
        """Takes all room but `leave` bytes, to the last page."""
        with open(self.filler, "ab", buffering=0) as file:
            for size in (1 << 20, 65536, 4096, 512):
                try:
                    while leave == 0 or self.free() - size >= leave:
                        if file.write(b"\0" * size) < size:
                            break
                except OSError:
                    pass

    def empty(self):
        os.unlink(self.filler)
