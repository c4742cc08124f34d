"""What happened in a run: what was asked for, what the scripts wrote, what the API told. Values, made by the run and by
the tests of the checkers."""

import dataclasses
import typing


@dataclasses.dataclass
class Ask:
    """One invocation that the API took."""
    name: str
    invoke_id: str
    machines: typing.List[str]
    kind: str = "run"            # run, schedule, file
    lines: int = 0               # of output, when the script comes to its end
    exit_code: int = 0
    endless: bool = False        # it ends only by a stop or by its time
    time_out: bool = False       # it is to end by its time
    stopped: bool = False        # a stop was asked for
    max_errors: bool = False     # not all machines need to have their turn
    path: str = ""               # of a file
    content: bytes = b""

    def output(self):
        """All that the script writes."""
        return "".join(f"{self.name} {number:08d}\n" for number in range(1, self.lines + 1)).encode()


@dataclasses.dataclass(frozen=True)
class Start:
    """A line that a script wrote first of all: its name, and where its file lay."""
    name: str
    agent: str                   # the instance id of the agent below whose folder the script lay
    invoke_id: str
    occurrence: int = 0          # of a schedule


@dataclasses.dataclass
class Row:
    """The last word of the API on one task."""
    invoke_id: str
    machine: str
    status: str
    outcome: str = "Final"
    error_code: str = ""
    error: str = ""
    exit_code: int = 0
    size: int = 0                # of the output, what is lost of it included
    pieces: typing.List[typing.Tuple[int, bytes]] = dataclasses.field(default_factory=list)
    occurrence: int = 0
    missed: int = 0              # this many occurrences from `occurrence` on did not run


@dataclasses.dataclass
class History:
    asks: typing.List[Ask] = dataclasses.field(default_factory=list)
    starts: typing.List[Start] = dataclasses.field(default_factory=list)
    rows: typing.List[Row] = dataclasses.field(default_factory=list)
    occurrences: typing.List[Row] = dataclasses.field(default_factory=list)
    # (machine, invoke_id, occurrence) whose supervisor was killed: only these may be unknown.
    shot: typing.Set[typing.Tuple[str, str, int]] = dataclasses.field(default_factory=set)
    # Machines whose disk was filled at times.
    tiny: typing.Set[str] = dataclasses.field(default_factory=set)
    # (invoke_id, machine, facts) as seen one after the other, only of final words.
    seen: typing.List[typing.Tuple[str, str, tuple]] = dataclasses.field(default_factory=list)
    listed: int = 0              # invocations and files that the API knows in the end
    files: typing.Dict[str, bytes] = dataclasses.field(default_factory=dict)
