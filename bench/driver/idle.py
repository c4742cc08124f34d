"""Connected agents that have nothing to do: what each connection costs the server."""

import time

from .scene import Scene, anonymous_bytes, cpu_seconds, show

COLUMNS = ["agents", "connections", "bytes a connection", "CPU %", "heart-beats and pings a second", "bare bytes",
           "bare CPU %"]


def idle(options):
    rows = []
    for tls in options.transports:
        for kind in options.kinds:
            rows.append(_one(options, kind, tls, wakes_only=False))
        rows.append(_one(options, "stock", tls, wakes_only=True))
    show(f"idle for {options.seconds} s", rows, COLUMNS)
    return rows


def _one(options, kind, tls, wakes_only):
    agents = options.agents * 2 if wakes_only else options.agents
    signatures = 4 + options.seconds // 55
    how = "WebSockets alone" if wakes_only else kind
    with Scene(tls=tls) as scene:
        limit = scene.limit_server()
        bare = _rest(options, limit.pid, scene.limit_swarm(limit, agents, kind, signatures, wakes_only=wakes_only))
        scene.end(limit)
        scene.start_server()
        swarm = scene.swarm(agents, kind, signatures, wakes_only=wakes_only)
        ours = _rest(options, scene.server_pid, swarm)
        connections = scene.metrics()["assist_http_connections"] - 1  # without the one that asks
        swarm.drop()
    return {"agents": f"{agents} {how}, {'TLS' if tls else 'plain'}", "connections": int(connections),
            "bytes a connection": round(ours["bytes"] / connections), "CPU %": ours["cpu"],
            "heart-beats and pings a second": ours["beats"], "bare bytes": round(bare["bytes"] / connections),
            "bare CPU %": bare["cpu"], "Assist": ours, "bare": bare}


def _rest(options, pid, swarm):
    """Memory that came with the connections; CPU over the measured time, after they have settled."""
    before = anonymous_bytes(pid)
    swarm.connect()
    time.sleep(10)  # ours close their request connections, buffers are given back
    first, cpu = swarm.stats(), cpu_seconds(pid)
    time.sleep(options.seconds)  # measured, not waited for: this is the time at rest
    spent = cpu_seconds(pid) - cpu
    after = swarm.stats()
    heard = sum(after[name] - first[name] for name in ("heart_beats", "pings"))
    lost = after["sockets_lost"]
    if lost:
        raise AssertionError(f"{lost} WebSockets were lost at rest")
    return {"bytes": anonymous_bytes(pid) - before, "cpu": 100 * spent / options.seconds, "beats": heard / options.seconds}
