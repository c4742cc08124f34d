#!/usr/bin/env python3
"""Sets the scene for bench_latency: a server and an agent of their own on loopback, then RUNS commands one after another.

  cmake --preset release -DASSIST_BENCH=ON && cmake --build --preset release
  bench/latency/run.py [RUNS]          (default 1000)
"""
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'test', 'support'))
from harness import procfs  # noqa: E402
from harness.fleet import Fleet  # noqa: E402
from harness.world import World  # noqa: E402


def show_rest(agent_pid):
    """RSS, threads and context switches of the agent while it has nothing to do."""
    import time
    time.sleep(10)  # measured, not waited for: this is the time at rest
    before = procfs.context_switches(agent_pid)
    time.sleep(30)
    switches = procfs.context_switches(agent_pid) - before
    print(f'agent at rest: RSS {procfs.kilobytes(agent_pid, "VmRSS")} kB, threads {procfs.status(agent_pid)["Threads"]}, '
          f'context switches a minute {switches * 2}')


def main():
    runs = sys.argv[1] if len(sys.argv) > 1 else '1000'
    binaries = os.environ.setdefault('ASSIST_BIN_DIR', os.path.join(ROOT, 'build', 'release', 'bin'))
    world = World()
    try:
        fleet = Fleet(world, 1)
        subprocess.run([os.path.join(binaries, 'bench_latency'), os.path.join(fleet.server.data, 'admin.json'), fleet.ids[0],
                        os.path.join(binaries, 'bench_stamp'), runs], check=True)
        show_rest(fleet.agents[0].program.pid)
    finally:
        world.close()


if __name__ == '__main__':
    main()
