"""What must be true of every history. Each function gives the faults it finds, as sentences. Pure."""

import collections

FINAL = {"Success", "Failed", "Timeout", "Error", "Invalid", "Aborted", "Cancelled", "Terminated"}
# Ends that are told only of what has run, and only of what has not.
RAN = {"Success", "Failed", "Timeout"}
NOT_RUN = {"Cancelled", "Invalid"}


def at_most_one_start(history):
    counted = collections.Counter((start.agent, start.invoke_id, start.occurrence) for start in history.starts)
    return [f"{invoke_id} run {number} was started {count} times on {agent}"
            for (agent, invoke_id, number), count in sorted(counted.items()) if count > 1]


def nobody_sees_the_tasks_of_others(history):
    asks = {ask.invoke_id: ask for ask in history.asks}
    faults = []
    for start in history.starts:
        ask = asks.get(start.invoke_id)
        if ask is None:
            faults.append(f"{start.name} ran as {start.invoke_id}, which nobody has asked for")
        elif start.agent not in ask.machines:
            faults.append(f"{start.agent} ran {start.invoke_id}, which is for {ask.machines}")
        elif start.name != ask.name:
            faults.append(f"{start.invoke_id} ran the script of {start.name}, not of {ask.name}")
    return faults


def everything_ends(history):
    """Every task has a row, and that is final, or unknown with a reason, and only if its supervisor was killed."""
    rows = {(row.invoke_id, row.machine): row for row in history.rows}
    faults = []
    for ask in history.asks:
        for machine in ask.machines:
            row = rows.get((ask.invoke_id, machine))
            if row is None:
                faults.append(f"{ask.invoke_id} has no row for {machine}")
            elif row.status not in FINAL:
                faults.append(f"{ask.invoke_id} on {machine} has not ended: {row.status}")
            else:
                faults += _wrong_outcome(row, history)
    for row in history.occurrences:
        if row.missed == 0 and row.status not in FINAL:
            faults.append(f"{row.invoke_id} run {row.occurrence} on {row.machine} has not ended: {row.status}")
        elif row.missed == 0:
            faults += _wrong_outcome(row, history)
    return faults


def _wrong_outcome(row, history):
    what = f"{row.invoke_id} run {row.occurrence} on {row.machine}"
    if row.outcome == "Final":
        return []
    if row.outcome != "Unknown":
        return [f"{what} is presumed ({row.status} {row.error_code}), though its agent is there"]
    if not row.error_code or not row.error:
        return [f"{what} is unknown without a reason"]
    if (row.machine, row.invoke_id, row.occurrence) not in history.shot:
        return [f"{what} is unknown ({row.error}), and nobody killed its supervisor"]
    return []


def ends_fit_starts(history):
    counted = collections.Counter((start.agent, start.invoke_id, start.occurrence) for start in history.starts)
    asks = {ask.invoke_id: ask for ask in history.asks}
    faults = []
    for row in history.rows + history.occurrences:
        ask = asks.get(row.invoke_id)
        if ask is None or ask.kind == "file" or row.missed or (ask.kind == "schedule" and row.occurrence == 0):
            continue
        runs = counted[(row.machine, row.invoke_id, row.occurrence)]
        what = f"{row.invoke_id} run {row.occurrence} on {row.machine} is {row.status} ({row.error})"
        refused = row.status == "Error" and row.outcome == "Final"
        if row.status in RAN and runs == 0:
            faults.append(f"{what}, and has not run")
        elif (row.status in NOT_RUN or refused) and runs > 0:
            faults.append(f"{what}, and has run")
        elif refused and row.machine not in history.tiny:
            faults.append(f"{what}, though its disk was never full")
        elif row.status in ("Success", "Failed") and ask.endless:
            faults.append(f"{what}, and ends never by itself")
        elif row.status in ("Success", "Failed") and row.exit_code != ask.exit_code:
            faults.append(f"{what}, with {row.exit_code}, not {ask.exit_code}")
        elif row.status == "Terminated" and not ask.stopped:
            faults.append(f"{what}, and nobody stopped it")
        elif row.status == "Cancelled" and not (ask.stopped or ask.max_errors):
            faults.append(f"{what}, and nobody stopped it")
        elif row.status == "Timeout" and not ask.time_out:
            faults.append(f"{what}, and its time was not over")
    return faults


def occurrences_are_accounted_for(history):
    """Each number of a schedule stands once in its history, and every run that wrote something is among them."""
    numbers = collections.defaultdict(list)
    for row in history.occurrences:
        numbers[(row.invoke_id, row.machine)].append((row.occurrence, max(1, row.missed)))
    faults = []
    for (invoke_id, machine), ranges in sorted(numbers.items()):
        following = 1
        for first, count in sorted(ranges):
            if first != following:
                faults.append(f"{invoke_id} on {machine}: number {first} comes where {following} was due")
            following = first + count
    known = {(row.machine, row.invoke_id, row.occurrence) for row in history.occurrences if row.missed == 0}
    for start in history.starts:
        if start.occurrence and (start.agent, start.invoke_id, start.occurrence) not in known:
            faults.append(f"{start.invoke_id} run {start.occurrence} ran on {start.agent}, not by its history")
    return faults


def output_is_what_was_written(history):
    asks = {ask.invoke_id: ask for ask in history.asks}
    faults = []
    for row in history.rows + history.occurrences:
        ask = asks.get(row.invoke_id)
        if ask is None or ask.kind == "file" or row.missed or (ask.kind == "schedule" and row.occurrence == 0):
            continue
        what = f"{row.invoke_id} run {row.occurrence} on {row.machine} ({row.status}): "
        faults += [what + fault for fault in _wrong_output(ask, row, row.machine in history.tiny)]
    return faults


def _wrong_output(ask, row, may_lose):
    """`may_lose`: the disk was full at times, so that pieces may be missing, if that is said."""
    whole = ask.output()
    kept = b"".join(piece for _, piece in row.pieces)
    lost = row.size - len(kept)
    if row.status in ("Success", "Failed", "Timeout") and row.size != len(whole):
        return [f"{row.size} bytes are told of, {len(whole)} were written"]
    if lost < 0:
        return [f"more bytes than were told: {len(kept)} of {row.size}"]
    if lost == 0:
        places, at = [], 0
        for place, piece in row.pieces:
            places.append(place == at)
            at += len(piece)
        return [] if all(places) and whole.startswith(kept) else ["other bytes than were written"]
    if not may_lose and row.outcome == "Final":
        return [f"{lost} bytes are missing"]
    return [] if _in_order(ask, kept) else ["other bytes than were written, beside what is missing"]


def _in_order(ask, kept):
    """Are the whole lines among these bytes lines of the script, each at most once and in their order?"""
    last = 0
    for line in kept.split(b"\n"):
        if len(line) != len(ask.name) + 9 or not line.startswith(ask.name.encode() + b" "):
            continue
        number = line[len(ask.name) + 1:]
        if not number.isdigit() or not last < int(number) <= ask.lines:
            return False
        last = int(number)
    return last > 0 or len(kept) < 2 * (len(ask.name) + 10)


def final_words_stand(history):
    first, faults = {}, []
    for invoke_id, machine, facts in history.seen:
        known = first.setdefault((invoke_id, machine), facts)
        if known != facts:
            faults.append(f"{invoke_id} on {machine} was {known}, and later {facts}")
    return faults


def nothing_beside_what_was_asked(history):
    asked = len({ask.invoke_id for ask in history.asks})
    faults = [] if asked == len(history.asks) else ["two calls were answered with the same invocation"]
    if history.listed != asked:
        faults.append(f"{history.listed} invocations are there, {asked} were answered")
    return faults


def files_are_whole(history):
    rows = {(row.invoke_id, row.machine): row for row in history.rows}
    faults = []
    for ask in history.asks:
        if ask.kind != "file":
            continue
        for machine in ask.machines:
            row = rows.get((ask.invoke_id, machine))
            content = history.files.get(ask.path)
            if content is not None and content != ask.content:
                faults.append(f"{ask.path} has {len(content)} other bytes than the {len(ask.content)} that were sent")
            elif row is not None and row.status == "Success" and content is None:
                faults.append(f"{ask.path} is not there, though {ask.invoke_id} has succeeded")
            elif row is not None and row.status != "Success" and row.outcome == "Final" and content is not None:
                faults.append(f"{ask.path} is there, though {ask.invoke_id} is {row.status}")
            elif row is not None and row.status not in ("Success", "Cancelled") and machine not in history.tiny:
                faults.append(f"{ask.invoke_id} is {row.status} ({row.error}), though the disk was never full")
    return faults


ALL = (at_most_one_start, nobody_sees_the_tasks_of_others, everything_ends, ends_fit_starts,
       occurrences_are_accounted_for, output_is_what_was_written, final_words_stand, nothing_beside_what_was_asked,
       files_are_whole)


def check(history):
    """Every fault, with the checker that found it."""
    return [f"{checker.__name__}: {fault}" for checker in ALL for fault in checker(history)]
