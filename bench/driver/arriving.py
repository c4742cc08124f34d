"""Results that arrive all at once: agents hold them back, then send; each is committed and acknowledged."""

import json
import subprocess

from .scene import Scene, cpu_seconds, show, spread, wait_for

COLUMNS = ["agents", "results", "a second", "SQLite, batches of 64", "SQLite, batches of 500", "ratio to 64",
           "ratio to 500", "CPU Assist s"]


def arriving(options):
    rows = []
    for tls in options.transports:
        for kind in options.kinds:
            rows.append(_one(options, kind, tls))
    show(f"results of {options.output or 1024} bytes, {options.rounds} rounds in turns (median)", rows, COLUMNS)
    return rows


def _one(options, kind, tls):
    tasks = 5  # a stock agent runs ten at a time
    size = options.output or 1024
    signatures = 4 + options.rounds * (3 * tasks + 2)
    seen = []
    with Scene(tls=tls) as scene:
        scene.start_server()
        swarm = scene.swarm(options.agents, kind, signatures)
        swarm.connect()
        swarm.behave(output_bytes=size, equal_output=options.equal, hold=1)
        for _ in range(options.rounds):
            plain = {batch: _sqlite(scene, options.agents * tasks, batch, size) for batch in (64, 500)}
            swarm.expect(tasks)
            invocations = [scene.run_on_all("true") for _ in range(tasks)]
            wait_for(lambda: swarm.stats()["held"] == options.agents * tasks, 120, "all tasks are fetched")
            cpu = cpu_seconds(scene.server_pid)
            at = swarm.release()
            done = swarm.finished()
            for invocation in invocations:
                scene.all_succeeded(invocation, options.agents)
            seen.append({"rate": options.agents * tasks / (done["last"] - at), "seconds": done["last"] - at,
                         "cpu": cpu_seconds(scene.server_pid) - cpu, "plain": plain})
        stats = swarm.stats()
    rate = spread([run["rate"] for run in seen])[0]
    plain = {batch: spread([run["plain"][batch] for run in seen])[0] for batch in (64, 500)}
    return {"agents": f"{options.agents} {kind}, {'TLS' if tls else 'plain'}", "results": options.agents * tasks,
            "a second": round(rate), "SQLite, batches of 64": round(plain[64]),
            "SQLite, batches of 500": round(plain[500]),
            "ratio to 64": spread([run["rate"] / run["plain"][64] for run in seen])[0],
            "ratio to 500": spread([run["rate"] / run["plain"][500] for run in seen])[0],
            "CPU Assist s": spread([run["cpu"] for run in seen])[0], "runs": seen, "stats": stats}


def _sqlite(scene, rows, batch, size):
    done = subprocess.run([scene.program("bench_limit_sqlite"), "--folder", scene.world.folder, "--rows", str(rows),
                           "--batch", str(batch), "--bytes", str(size)],
                          capture_output=True, text=True, timeout=300, check=True)
    return json.loads(done.stdout)["rate"]
