"""One command that prints 100 MB, through a real agent with supervisor; beside the same printed into a file."""

import subprocess
import time

from harness import procfs
from harness.fleet import Fleet

from .scene import Scene, anonymous_bytes, show, spread

COLUMNS = ["bytes", "MB/s to the agent's disk", "to a file MB/s", "ratio", "until the result s", "agent's largest RSS MB",
           "server's growth MB"]
_BYTES = 100_000_000
_PRINT = f"head -c {_BYTES} /dev/zero | tr '\\0' 'x'"
_TIMED = f"s=$(date +%s%N); {_PRINT}; e=$(date +%s%N); echo; echo $((e-s))"


def output(options):
    seen = []
    with Scene(tls=True) as scene:
        fleet = Fleet(scene.world, 1)
        agent, server = fleet.agents[0].program, fleet.server.program
        fleet.api.run_and_wait("true", fleet.ids[0], 30)
        for _ in range(options.rounds):
            before = anonymous_bytes(server.pid)
            began = time.monotonic()
            row = fleet.api.run_and_wait(_TIMED, fleet.ids[0], 120)
            ended = time.monotonic() - began
            if row["InvocationStatus"] != "Success":
                raise AssertionError(str(row)[:500])
            nanos = int(bytes(row["Bytes"]).split()[-1])
            seen.append({"rate": _BYTES / 1e6 / (nanos / 1e9), "plain": _plain(scene), "ended": ended,
                         "agent": procfs.kilobytes(agent.pid, "VmHWM") / 1000,
                         "server": (anonymous_bytes(server.pid) - before) / 1e6})
    rows = [{"bytes": _BYTES, "MB/s to the agent's disk": spread([run["rate"] for run in seen])[0],
             "to a file MB/s": spread([run["plain"] for run in seen])[0],
             "ratio": spread([run["rate"] / run["plain"] for run in seen])[0],
             "until the result s": spread([run["ended"] for run in seen])[0],
             "agent's largest RSS MB": max(run["agent"] for run in seen),
             "server's growth MB": max(run["server"] for run in seen), "runs": seen}]
    show(f"one command prints {_BYTES} bytes, {options.rounds} times (median)", rows, COLUMNS)
    return rows


def _plain(scene):
    """The same command of the shell, into a file of the same file system."""
    path = scene.path("plain-output")
    done = subprocess.run(["sh", "-c", f"exec 3>&1; {{ {_TIMED.replace('echo $((e-s))', 'echo $((e-s)) >&3')}; }} > {path}"],
                          capture_output=True, text=True, timeout=60, check=True)
    return _BYTES / 1e6 / (int(done.stdout) / 1e9)
