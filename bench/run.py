#!/usr/bin/env python3
"""Runs a scenario of docs/performance.md: assist-server with a fresh data folder on loopback under a swarm of agents,
beside a bare counterpart, in turns. Prints a table of Markdown; --json FILE keeps everything.

  scripts/deps.sh --bench
  cmake --preset release -B build/bench -DASSIST_BENCH=ON && cmake --build build/bench
  bench/run.py fanout --agents 9500 --rounds 5
"""

import argparse
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import arriving, fanout, idle, offline, output, storm  # noqa: E402
from driver.scene import surroundings, write_json  # noqa: E402

SCENARIOS = {"fanout": fanout.fanout, "idle": idle.idle, "arriving": arriving.arriving, "storm": storm.storm,
             "offline": offline.offline, "output": output.output}


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", choices=sorted(SCENARIOS))
    parser.add_argument("--agents", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kind", choices=("stock", "ours", "both"), default="both")
    parser.add_argument("--transport", choices=("plain", "tls", "both"), default="both")
    parser.add_argument("--output", type=int, default=0, metavar="BYTES", help="output of each task")
    parser.add_argument("--equal", action="store_true", help="the same output everywhere")
    parser.add_argument("--seconds", type=int, default=60, help="idle: how long CPU is measured")
    parser.add_argument("--window", type=int, default=1000, help="storm: agents that connect at a time")
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    if not 1 <= options.agents <= 100_000 or not 1 <= options.rounds <= 100:
        parser.error("1 to 100,000 agents, 1 to 100 rounds")
    if not 1 <= options.seconds <= 600 or not 1 <= options.window <= 10_000 or not 0 <= options.output <= 1_000_000:
        parser.error("1 to 600 seconds, a window of 1 to 10,000, 0 to 1,000,000 bytes")
    options.kinds = ["stock", "ours"] if options.kind == "both" else [options.kind]
    options.transports = [False, True] if options.transport == "both" else [options.transport == "tls"]
    result = {"scenario": options.scenario, "command": " ".join(sys.argv), **surroundings()}
    result["rows"] = SCENARIOS[options.scenario](options)
    result["load_after"] = surroundings()["load_before"]
    print(f"\n{result['date']}, {result['cores']} cores, load {result['load_before']} before, {result['load_after']} after")
    if options.json:
        write_json(options.json, result)


if __name__ == "__main__":
    main()
