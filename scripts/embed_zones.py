#!/usr/bin/env python3
"""Makes the table of time zones that programs carry with them (common/zones/embedded_zones.h) from this machine's.

    scripts/embed_zones.py FOLDER OUTPUT.cc     FOLDER: of compiled zones, /usr/share/zoneinfo

A zone becomes its changes of the offset from 1969 on, without those that the rule at the file's end repeats, and that
rule. Zones that are equal then are kept once. The bytes, all numbers with the highest byte first:

    names:   length (1), name, number of its record (2); a length of 0 ends them; in ascending order
    records: number of offsets (1), of changes (2), length of the rule (1), the offsets (4 each, the first one is that before all
             changes), changes (4 each: seconds since 1969; 1 each: number of the offset from then on), the rule
"""

import io
import os
import pathlib
import struct
import sys
import tempfile
import zoneinfo
from datetime import datetime, timezone

_OLDEST = -31536000  # 1969-01-01
_END = 4133980800  # 2101-01-01: schedules end with 2099 (common/schedule/posix_zone.h)
_NOT_ZONES = {"Factory", "localtime", "posixrules"}


def read_zone(data):
    """Changes as (moment, offset), the offset before them, and the rule."""
    def header(at):
        magic, version, *counts = struct.unpack(">4sc15x6l", data[at:at + 44])
        if magic != b"TZif":
            raise ValueError("no TZif")
        return version, counts

    version, (utc, standard, leaps, times, types, chars) = header(0)
    if version == b"\0":
        raise ValueError("is of version 1, without times of 64 bits")
    at = 44 + times * 5 + types * 6 + chars + leaps * 8 + standard + utc
    version, (utc, standard, leaps, times, types, chars) = header(at)
    if leaps:
        raise ValueError("counts leap seconds")
    at += 44
    moments = struct.unpack(f">{times}q", data[at:at + 8 * times])
    at += 8 * times
    kinds = data[at:at + times]
    at += times
    offsets = [struct.unpack(">l", data[at + 6 * i:at + 6 * i + 4])[0] for i in range(types)]
    at += types * 6 + chars + standard + utc
    rule = data[at:].split(b"\n")[1]
    before = offsets[0]
    changes = []
    for moment, kind in zip(moments, kinds):
        if moment < _OLDEST:
            before = offsets[kind]
        elif moment < _END and offsets[kind] != (changes[-1][1] if changes else before):
            changes.append((moment, offsets[kind]))
    return changes, before, rule


def by_rule(rule):
    """The offset at a moment where the rule alone says it."""
    header = struct.pack(">4sc15x6l", b"TZif", b"2", 0, 0, 0, 1, 1, 1)
    body = struct.pack(">qBlBB", -(1 << 33), 0, 0, 0, 0) + b"\0"
    data = struct.pack(">4sc15x6l", b"TZif", b"2", 0, 0, 0, 0, 1, 1) + struct.pack(">lBB", 0, 0, 0) + b"\0"
    zone = zoneinfo.ZoneInfo.from_file(io.BytesIO(data + header + body + b"\n" + rule + b"\n"))
    return lambda moment: int(datetime.fromtimestamp(moment, timezone.utc).astimezone(zone).utcoffset().total_seconds())


def without_repeats(changes, before, rule):
    """Drops what the rule says as well, from the end."""
    if not rule:
        return changes
    offset = by_rule(rule)
    kept = list(changes)
    while kept:
        moment, after = kept[-1]
        earlier, until = kept[-2] if len(kept) > 1 else (_OLDEST, before)
        week = 7 * 86400
        same = offset(moment) == after and all(offset(at) == until for at in [*range(earlier, moment, week), moment - 1])
        if not same:
            break
        kept.pop()
    if not kept and any(offset(at) != before for at in range(_OLDEST, _END, 7 * 86400)):
        return changes[:1]  # a rule alone would hold from the beginning of time
    return kept


def record(changes, before, rule):
    offsets = [before]
    for _, offset in changes:
        if offset not in offsets:
            offsets.append(offset)
    out = struct.pack(">BHB", len(offsets), len(changes), len(rule)) + struct.pack(f">{len(offsets)}l", *offsets)
    out += struct.pack(f">{len(changes)}L", *(moment - _OLDEST for moment, _ in changes))
    return out + bytes(offsets.index(offset) for _, offset in changes) + rule


def zone_names(folder):
    for path in sorted(pathlib.Path(folder).rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name.split("/")[0] in ("posix", "right") or name in _NOT_ZONES or not path.is_file():
            continue
        with path.open("rb") as file:
            if file.read(4) == b"TZif":
                yield name


def version_of(folder):
    for name, prefix in (("tzdata.zi", "# version "), ("version", ""), ("+VERSION", "")):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                line = file.readline().strip()
            if line.startswith(prefix):
                return line[len(prefix):]
    return "unknown"


def main(folder, output):
    names = sorted(zone_names(folder), key=str.encode)
    if not names:
        sys.exit(f"embed_zones.py: no time zones below {folder}: install the package tzdata")
    numbers = {}
    table = b""
    for name in names:
        try:
            changes, before, rule = read_zone(pathlib.Path(folder, name).read_bytes())
        except (ValueError, struct.error, IndexError) as error:
            sys.exit(f"embed_zones.py: {folder}/{name}: {error}")
        entry = record(without_repeats(changes, before, rule), before, rule)
        number = numbers.setdefault(entry, len(numbers))
        table += bytes([len(name)]) + name.encode() + struct.pack(">H", number)
    table += b"\0" + b"".join(numbers)
    lines = [",".join(str(byte) for byte in table[at:at + 32]) for at in range(0, len(table), 32)]
    text = ("// Made by scripts/embed_zones.py; see there.\n"
            '#include "common/zones/embedded_zones.h"\n\n'
            "namespace assist::zones_internal {\n\n"
            f'const char kZonesVersion[] = "{version_of(folder)}";\n'
            f"const std::size_t kZoneTableBytes = {len(table)};\n"
            "const unsigned char kZoneTable[] = {\n" + ",\n".join(lines) + "};\n\n"
            "}  // namespace assist::zones_internal\n")
    with tempfile.NamedTemporaryFile("w", dir=os.path.dirname(output) or ".", delete=False) as file:
        file.write(text)
    os.replace(file.name, output)
    print(f"{len(names)} names, {len(numbers)} zones, {len(table)} bytes, version {version_of(folder)}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: embed_zones.py FOLDER OUTPUT.cc")
    main(sys.argv[1], sys.argv[2])
