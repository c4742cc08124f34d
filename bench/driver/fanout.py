"""RunCommand on every connected agent, until the last result is committed and acknowledged."""

import time

from .nats import NatsRounds
from .scene import Scene, cpu_seconds, note, show, spread

COLUMNS = ["agents", "Assist s", "limit s", "ratio", "ratio min–max", "NATS s", "call s", "CPU Assist s", "CPU limit s",
           "CPU swarm s"]
_AT_CONNECT, _A_ROUND, _SPARE = 3, 3, 2  # signatures of a stock agent


def fanout(options):
    rows = []
    for kind in options.kinds:
        for tls in options.transports:
            rows.append(_one(options, kind, tls))
    what = f"fan-out of `true` with {options.output} bytes of {'equal' if options.equal else 'different'} output" \
        if options.output else "fan-out of `true`"
    show(f"{what}, {options.rounds} rounds in turns (median)", rows, COLUMNS)
    return rows


def _one(options, kind, tls):
    signatures = _AT_CONNECT + options.rounds * _A_ROUND + _SPARE
    seen = []
    with Scene(tls=tls) as scene:
        limit = scene.limit_server()
        bare = scene.limit_swarm(limit, options.agents, kind, signatures)
        bare.connect()
        scene.start_server()
        swarm = scene.swarm(options.agents, kind, signatures)
        connected = swarm.connect()
        for part in (bare, swarm):
            part.behave(output_bytes=options.output, equal_output=options.equal)
        nats = NatsRounds(scene, options.agents, max(64, options.output))
        before = scene.store_bytes()
        for number in range(options.rounds):
            seen.append({**_limit_round(limit, bare, f"t-limit-{number}"), **_server_round(scene, swarm),
                         "nats": nats.round()})
            note(" ".join(f"{name} {value:.3f}" for name, value in seen[-1].items() if value is not None))
        stats = swarm.stats()
        stored = scene.store_bytes() - before
    ratios = [run["assist"] / run["limit"] for run in seen]
    middle, low, high = spread(ratios)

    def of(name):
        return spread([run[name] for run in seen])[0] if seen[0][name] is not None else None

    return {"agents": f"{options.agents} {kind}, {'TLS' if tls else 'plain'}", "Assist s": of("assist"),
            "limit s": of("limit"), "ratio": middle, "ratio min–max": f"{low:.2f}–{high:.2f}", "NATS s": of("nats") or "–",
            "call s": of("call"), "CPU Assist s": of("assist_cpu"), "CPU limit s": of("limit_cpu"),
            "CPU swarm s": of("swarm_cpu"), "runs": seen, "stats": stats, "stored_bytes": stored,
            "connected_s": connected["last"] - connected["began"]}


def _limit_round(limit, swarm, task):
    cpu = cpu_seconds(limit.pid)
    swarm.expect(1)
    at = limit.ask(f"kick {task}", "kicked", 30)["at"]
    done = swarm.finished()
    return {"limit": done["last"] - at, "limit_cpu": cpu_seconds(limit.pid) - cpu}


def _server_round(scene, swarm):
    cpu, swarm_cpu = cpu_seconds(scene.server_pid), swarm.stats()["cpu"]
    swarm.expect(1)
    at = time.monotonic()
    invocation = scene.run_on_all("true")
    called = time.monotonic() - at
    done = swarm.finished()
    spent = cpu_seconds(scene.server_pid) - cpu
    scene.all_succeeded(invocation, swarm.agents)
    return {"assist": done["last"] - at, "call": called, "first_kick": done["first_kick"] - at,
            "first_list": done["first_list"] - at, "last_list": done["last_list"] - at,
            "half": done["p50"] - at, "assist_cpu": spent, "swarm_cpu": done["cpu"] - swarm_cpu}
