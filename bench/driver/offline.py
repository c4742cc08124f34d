"""RunCommand that names very many machines of which none is connected; other calls meanwhile."""

import threading
import time

from .scene import Scene, anonymous_bytes, cpu_seconds, show, spread

COLUMNS = ["machines", "script bytes", "call s", "call min–max", "until all tasks are written s", "other call p50 ms",
           "other call longest ms", "memory growth MB", "store growth MB", "CPU s"]


def offline(options):
    rows = []
    with Scene() as scene:
        scene.start_server()
        scene.swarm(options.agents, "ours", 0, connected=False)
        for size in (16, 100_000):
            rows.append(_one(options, scene, size))
    show(f"RunCommand naming offline machines, {options.rounds} calls (median)", rows, COLUMNS)
    return rows


def _one(options, scene, size):
    script = "#" * (size - 5) + "\ntrue"
    seen = []
    for _ in range(options.rounds):
        memory, store, cpu = anonymous_bytes(scene.server_pid), scene.store_bytes(), cpu_seconds(scene.server_pid)
        others = _Others(scene)
        began = time.monotonic()
        invocation = scene.run_on_all(script)
        called = time.monotonic() - began
        _wait_until_written(scene, invocation, options.agents)
        written = time.monotonic() - began
        waits = others.stop()
        seen.append({"call": called, "written": written, "median": spread(waits)[0], "longest": max(waits),
                     "memory": anonymous_bytes(scene.server_pid) - memory, "store": scene.store_bytes() - store,
                     "cpu": cpu_seconds(scene.server_pid) - cpu, "others": len(waits)})

    def of(name):
        return spread([run[name] for run in seen])

    return {"machines": options.agents, "script bytes": size, "call s": of("call")[0],
            "call min–max": f"{of('call')[1]:.2f}–{of('call')[2]:.2f}", "until all tasks are written s": of("written")[0],
            "other call p50 ms": of("median")[0] * 1000, "other call longest ms": of("longest")[2] * 1000,
            "memory growth MB": of("memory")[0] / 1e6, "store growth MB": of("store")[0] / 1e6, "CPU s": of("cpu")[0],
            "runs": seen}


def _wait_until_written(scene, invocation, count):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        page = scene.api.call("DescribeInvocationResults", InvokeId=invocation, MaxResults=1).ok()["Invocation"]
        if page["TotalCount"] == count:
            return
        time.sleep(0.01)
    raise AssertionError(f"{invocation}: {page['TotalCount']} of {count} tasks after 60 s")


class _Others:
    """Another client, which asks for one machine again and again: how long it waits each time."""

    def __init__(self, scene):
        self._scene, self._end, self._waits = scene, threading.Event(), []
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self):
        while not self._end.is_set():
            began = time.monotonic()
            self._scene.api.call("DescribeManagedInstances", InstanceId=[self._scene.ids[0]]).ok()
            self._waits.append(time.monotonic() - began)
            self._end.wait(0.002)

    def stop(self):
        self._end.set()
        self._thread.join(30)
        return self._waits
