#!/usr/bin/env python3
"""What the agent costs a machine: sizes of its programs, stripped, and their sections; memory and threads at rest; CPU of a
task; start.

  bench/footprint/run.py [FOLDER…]      (default build/release/bin; sizes of all folders, the rest of the first)

Start: from the process to the moment at which the server shows it connected, least and median of ten, beside `--version`
of the same program (least and median of a hundred), which is the start of the process and nothing else."""
import os
import shutil
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'test', 'support'))
from harness import procfs  # noqa: E402
from harness.fleet import Fleet  # noqa: E402
from harness.waiting import wait_for  # noqa: E402
from harness.world import World  # noqa: E402

TASKS = 200

PROGRAMS = ('assist-agent', 'assist-supervisor', 'assist-container')
SECTIONS = ('.text', '.eh_frame', '.rodata', '.data.rel.ro', '.rela.dyn', '.relr.dyn')


def show_sizes(folder, work):
    for name in PROGRAMS:
        path, stripped = os.path.join(folder, name), os.path.join(work, name)
        shutil.copy(path, stripped)
        foreign = b'\xb7\x00' == open(path, 'rb').read(20)[18:]
        subprocess.run([('aarch64-linux-gnu-' if foreign else '') + 'strip', '--strip-unneeded', stripped], check=True)
        listed = subprocess.run(['size', '-A', stripped], capture_output=True, text=True, check=True).stdout
        found = dict(line.split()[:2] for line in listed.splitlines() if line.startswith('.'))
        print(f'{path}: {os.path.getsize(path):,} bytes, stripped {os.path.getsize(stripped):,}: '
              + ', '.join(f'{name} {int(found[name]):,}' for name in SECTIONS if name in found))


def milliseconds(do):
    begin = time.monotonic()
    do()
    return (time.monotonic() - begin) * 1000


def least_and_median(taken):
    return f'{min(taken):.2f} / {statistics.median(taken):.2f} ms'


def cpu_milliseconds(pid):
    with open(f'/proc/{pid}/stat', encoding='ascii') as file:
        fields = file.read().rsplit(') ', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf('SC_CLK_TCK')


def connected(api, machine):
    return api.call('DescribeManagedInstances', InstanceId=[machine]).ok()['Instances'][0]['Connected']


def show_process(program):
    world = World()
    try:
        fleet = Fleet(world, 1)
        agent, api = fleet.agents[0], fleet.api
        api.run_and_wait('echo 1', agent.id)
        time.sleep(9)  # measured, not waited for: this is the time at rest
        print(f'at rest: RSS {procfs.kilobytes(agent.program.pid, "VmRSS")} kB, '
              f'threads {procfs.status(agent.program.pid)["Threads"]}')
        before = cpu_milliseconds(agent.program.pid)
        for _ in range(TASKS):
            api.run_and_wait('echo 1', agent.id)
        print(f'CPU of the agent a task: {(cpu_milliseconds(agent.program.pid) - before) / TASKS:.2f} ms')
        taken = []
        for _ in range(10):
            agent.stop()
            wait_for(lambda: not connected(api, agent.id), 15, 'the server has seen it go')
            taken.append(milliseconds(lambda: agent.start().wait_until_connected(api)))
        print(f'start until connected: {least_and_median(taken)}')
    finally:
        world.close()
    run = lambda: subprocess.run([program, '--version'], stdout=subprocess.DEVNULL, check=True)  # noqa: E731
    print('--version:', least_and_median([milliseconds(run) for _ in range(100)]))


def main():
    folders = [os.path.abspath(folder) for folder in sys.argv[1:]] or [os.path.join(ROOT, 'build', 'release', 'bin')]
    os.environ['ASSIST_BIN_DIR'] = folders[0]
    world = World()
    try:
        for folder in folders:
            show_sizes(folder, world.folder)
    finally:
        world.close()
    show_process(os.path.join(folders[0], PROGRAMS[0]))


if __name__ == '__main__':
    main()
