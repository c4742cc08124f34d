"""The swarm as one, however many processes it takes."""

from .talker import Talker

DESCRIPTORS = 19_800  # of a process, with something left for itself


class Swarm:
    """`agents` agents against `port`, in as many processes as descriptors need. Sums up what they say."""

    def __init__(self, scene, port, agents, kind="stock", ca_file=None, wakes_only=False, patience=180, connected=True,
                 window=120):
        most = DESCRIPTORS if wakes_only or not connected else DESCRIPTORS // 2
        count = -(-agents // most)
        sizes = [agents // count + (1 if i < agents % count else 0) for i in range(count)]
        self.agents, self.kind, self.patience = agents, kind, patience
        self.parts, first = [], 0
        for number, size in enumerate(sizes):
            arguments = [scene.program("bench_swarm"), "--port", port, "--agents", size, "--first", first, "--kind", kind,
                         "--patience", patience, "--window", window]
            arguments += ["--ca-file", ca_file] if ca_file else []
            arguments += ["--wakes-only"] if wakes_only else []
            self.parts.append((scene.own(Talker(arguments, scene.path(f"swarm-{number}.log"))), size))
            first += size
        for part, _ in self.parts:
            part.wait("ready", 120)

    def ask(self, line, event, seconds=None):
        for part, _ in self.parts:
            part.tell(line)
        return [part.wait(event, seconds or self.patience + 30) for part, _ in self.parts]

    def register(self, activation_id, code):
        """All ids, in order."""
        answers = self.ask(f"register {activation_id} {code}", "registered")
        return [name for answer in answers for name in answer["ids"]], _span(answers)

    def sign(self, each):
        if self.kind == "stock":
            self.ask(f"sign {each}", "signed", 600)

    def connect(self):
        return _span(self.ask("connect", "connected"))

    def behave(self, **how):
        words = " ".join(f"{name.replace('_', '-')}={float(value)}" for name, value in how.items())
        self.ask(f"behave {words}", "behaving")

    def expect(self, per_agent):
        """From now on each agent is to end so many tasks; wait for it with finished()."""
        for part, size in self.parts:
            part.tell(f"tasks {per_agent * size}")
        for part, _ in self.parts:
            part.wait("expecting", 30)

    def finished(self):
        return _span([part.wait("tasks", self.patience + 30) for part, _ in self.parts])

    def release(self):
        return min(answer["at"] for answer in self.ask("release", "released", 30))

    def come_back(self):
        self.ask("return", "returning", 30)

    def drop(self, share=1.0):
        self.ask(f"drop {share}", "dropped", 30)

    def stats(self):
        total = {}
        for answer in self.ask("stats", "stats", 30):
            for name, value in answer.items():
                if isinstance(value, dict):
                    for key, number in value.items():
                        total.setdefault(name, {})[key] = total.get(name, {}).get(key, 0) + number
                elif name == "last_up":
                    total[name] = max(total.get(name, 0), value)
                elif name != "event":
                    total[name] = total.get(name, 0) + value
        return total


def _span(answers):
    """Of several processes: first and last of all, counts and CPU summed up, the median of the medians' largest."""
    out = {"first": min(a["first"] for a in answers), "last": max(a["last"] for a in answers),
           "began": min(a["began"] for a in answers), "count": sum(a["count"] for a in answers),
           "cpu": sum(a["cpu"] for a in answers), "p50": max(a["p50"] for a in answers)}
    for name, choose in (("first_kick", min), ("first_list", min), ("last_list", max)):
        if name in answers[0]:
            out[name] = choose(a[name] for a in answers)
    return out
