"""What Windows programs ask of Windows: each DLL and each function must be there on Windows Vista and Server 2008 (6.0).

The list beside this file was reviewed by hand. A program that asks for more fails; look the new name up in Microsoft's
documentation ("Minimum supported client") before it comes into the list.
Usage: check_imports.py PROGRAM.exe…"""

import os
import re
import subprocess
import sys

_LIST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "imports.txt")


def known():
    """DLL in small letters → names of functions: those of 6.0, and those of 6.1."""
    found, younger = {}, {}
    with open(_LIST, encoding="ascii") as file:
        for line in file:
            words = line.split("#")[0].split()
            into = younger if words[:1] == ["6.1"] else found
            words = words[1:] if into is younger else words
            if words:
                into.setdefault(words[0].lower(), set()).update(words[1:])
    return found, younger


def imports(program):
    """[(DLL, function)] of the table of imports, as objdump shows it."""
    text = subprocess.run(["x86_64-w64-mingw32-objdump", "-p", program], check=True, capture_output=True, text=True).stdout
    dll, found = None, []
    for line in text.splitlines():
        if named := re.match(r"\s*DLL Name: (\S+)", line):
            dll = named[1]
        elif dll and (row := re.match(r"\s+[0-9a-f]+\s+\d+\s+(\S+)\s*$", line)):
            found.append((dll, row[1]))
        elif dll and not line.strip():
            dll = None
    return found


def main(programs):
    if not programs:
        print("usage: check_imports.py PROGRAM.exe…", file=sys.stderr)
        return 2
    (table, younger), missing, young = known(), [], []
    for program in programs:
        asked = imports(program)
        if not asked:
            print(f"{program}: objdump shows no imports", file=sys.stderr)
            return 1
        name_of = os.path.basename(program)
        missing += [f"{name_of}: {dll} {name}" for dll, name in asked
                    if name not in table.get(dll.lower(), ()) and name not in younger.get(dll.lower(), ())]
        young += [f"{name_of}: {dll} {name}" for dll, name in asked if name in younger.get(dll.lower(), ())]
        print(f"{os.path.basename(program)}: {len(asked)} imports of {len({dll for dll, _ in asked})} DLLs")
    for line in missing:
        print(f"not in imports.txt: {line}", file=sys.stderr)
    for line in young:
        print(f"needs Windows 7 or Server 2008 R2 (6.1): {line}", file=sys.stderr)
    if not missing and not young:
        print("none of them is younger than Windows Vista and Server 2008 (6.0)")
    return 1 if missing or young else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
