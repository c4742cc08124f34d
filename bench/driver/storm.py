"""The server is killed with tasks under way and comes back: how long until all agents are back, and is a task lost?"""

import time

from .scene import Scene, cpu_seconds, show, wait_for

COLUMNS = ["agents", "start s", "all back s", "bare s", "ratio", "CPU Assist s", "CPU bare s", "CPU ratio", "lost",
           "all ended s"]


def storm(options):
    rows = []
    for tls in options.transports:
        for kind in options.kinds:
            rows.append(_one(options, kind, tls))
    show("the server is killed and started again, all agents return at once", rows, COLUMNS)
    return rows


def _one(options, kind, tls):
    with Scene(tls=tls) as scene:
        limit = scene.limit_server()
        bare = scene.limit_swarm(limit, options.agents, kind, 8, window=options.window)
        bare.connect()
        bare.drop()
        limit_cpu = cpu_seconds(limit.pid)
        returned = bare.connect()
        bare_s, bare_cpu = returned["last"] - returned["began"], cpu_seconds(limit.pid) - limit_cpu
        scene.end(limit)

        scene.start_server()
        swarm = scene.swarm(options.agents, kind, 12, window=options.window)
        swarm.connect()
        swarm.behave(run_seconds=0.5)
        swarm.expect(1)
        invocation = scene.run_on_all("sleep 0.5")
        wait_for(lambda: swarm.stats()["fetched"] >= options.agents // 3, 60, "a third has its task", 0.01)
        scene.server.kill()
        fetched = swarm.stats()["fetched"]
        began = time.monotonic()
        scene.server.start(60)
        up = time.monotonic()
        cpu = cpu_seconds(scene.server_pid)
        back = _back(swarm)
        spent = cpu_seconds(scene.server_pid) - cpu
        ended = swarm.finished()
        scene.all_succeeded(invocation, options.agents)
        stats = swarm.stats()
    seconds = back - up
    return {"agents": f"{options.agents} {kind}, {'TLS' if tls else 'plain'}", "start s": up - began,
            "all back s": seconds, "bare s": bare_s, "ratio": seconds / bare_s, "CPU Assist s": spent,
            "CPU bare s": bare_cpu, "CPU ratio": spent / bare_cpu, "lost": options.agents - stats["finished"],
            "all ended s": ended["last"] - up, "fetched_before": fetched, "stats": stats}


def _back(swarm):
    """Tells all to return while they still wait for the ends of their tasks; when the last WebSocket is open."""
    swarm.come_back()
    deadline = time.monotonic() + swarm.patience
    while time.monotonic() < deadline:
        stats = swarm.stats()
        if stats["websockets"] == swarm.agents:
            return stats["last_up"]
        time.sleep(0.05)
    raise AssertionError(f"only {stats['websockets']} of {swarm.agents} came back")
