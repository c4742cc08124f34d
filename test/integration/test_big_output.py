"""100 MB of output: neither the agent grows, nor does anyone wait for it."""

import time
import unittest

from harness import Fleet, WorldTest, procfs
from harness.world import judges_memory, optimized

TOTAL = 100 * 1024 * 1024


class BigOutput(WorldTest):
    SHARED = True

    @classmethod
    def prepare(cls, world):
        cls.fleet = Fleet(world, 2)
        cls.api, cls.ids = cls.fleet.api, cls.fleet.ids

    def test_a_hundred_megabytes_neither_grow_the_agent_nor_stall_others(self):
        agent = self.fleet.agents[0]
        go = self.world.path("go")
        script = (f"echo begin; head -c {TOTAL // 2} /dev/zero | tr '\\0' x; while [ ! -e {go} ]; do sleep 0.02; done\n"
                  f"head -c {TOTAL - TOTAL // 2 - len('begin') - len('end') - 2} /dev/zero | tr '\\0' y; echo; echo end")
        # begin\n + x… + y… + \n + end\n
        expected = len("begin\n") + TOTAL // 2 + (TOTAL - TOTAL // 2 - 10) + 1 + len("end\n")
        invoke_id = self.api.run(script, [agent.id], Timeout=120)
        peaks = {}

        def measure():
            for pid in [agent.program.pid] + agent.supervisors():
                peaks[pid] = max(peaks.get(pid, 0), procfs.kilobytes(pid, "VmHWM"))

        self.wait_for(lambda: self.api.result(invoke_id, agent.id)["Bytes"].startswith(b"begin\n"), 10, "first output")
        # Half of it has been written or is being written: others get their turn, on the same machine and elsewhere.
        for instance_id in (agent.id, self.fleet.ids[1], agent.id):
            begin = time.monotonic()
            row = self.api.run_and_wait("echo quick", instance_id, 10)
            self.assertEqual((row["InvocationStatus"], row["Bytes"]), ("Success", b"quick\n"))
            self.assertLess(time.monotonic() - begin, 5)
            measure()
        with open(go, "wb"):
            pass

        def ended():
            measure()
            row = self.api.result(invoke_id, agent.id)
            return row if row["InvocationStatus"] not in ("Pending", "Running") else None

        row = self.wait_for(ended, 60, "the big command has ended")
        measure()
        self.assertEqual((row["InvocationStatus"], row["ExitCode"], row["ErrorCode"]), ("Success", 0, ""))
        self.assertTrue(row["Bytes"].startswith(b"begin\nxxx"))
        self.assertTrue(row["Bytes"].endswith(b"y\nend\n"), row["Bytes"][-20:])
        self.assertEqual(len(row["Bytes"]) + row["Dropped"], expected)
        print(f"peaks of agent and supervisors: {sorted(peaks.values())} kB; of the server: "
              f"{procfs.kilobytes(self.fleet.server.program.pid, 'VmHWM')} kB")
        if judges_memory():
            self.assertLess(sum(peaks.values()), (32 if optimized() else 64) * 1024, peaks)
        # What the server keeps (16 MiB by default) can be paged through; the rest is counted, not lost without a word.
        self.assertEqual(row["OutputSize"], expected)
        kept, offset = 0, 0
        while True:
            part = self.api.result(invoke_id, agent.id, OutputOffset=offset, OutputLength=1 << 20)
            if not part["Bytes"]:
                break
            self.assertLessEqual(offset, part["OutputOffset"])
            kept += len(part["Bytes"])
            offset = part["OutputOffset"] + len(part["Bytes"])
        self.assertEqual(offset, expected)
        self.assertGreater(kept, 8 << 20)
        # Afterwards everything works as before.
        self.assertEqual(self.api.run_and_wait("echo after", agent.id)["Bytes"], b"after\n")


if __name__ == "__main__":
    unittest.main()
