#!/usr/bin/env python3
"""Parses the agent's sources as a compiler for FreeBSD would (clang for that target, the files that a build there would
take), where no FreeBSD is: with the declarations of include/ for what FreeBSD alone has, and with prelude.h, which takes
away what Linux alone has. What this cannot show: layouts and values of FreeBSD's own headers, which of them must be
included for what, and whether it links.

  check_sources.py [--all] SOURCE_DIR BUILD_DIR     without --all: the sources that name a header of the system
  check_sources.py --selftest SOURCE_DIR            faults are found"""

import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

ROOMS = ("agent/", "common/", "protocol/")
# Of the build on Linux alone; a static agent, for which no_plugins.cc is, is not made on FreeBSD.
NOT_THERE = re.compile(r"_linux\.cc$|_test\.cc$|/testing/|/no_plugins\.cc$")
SYSTEM_HEADER = re.compile(r"^#include <[a-z/_0-9]+\.h>", re.M)
ABSENT_HEADERS = re.compile(
    r"^#include <(linux/.*|sys/(prctl|epoll|signalfd|xattr|sysmacros|vfs|sendfile|fsuid|capability|statfs|"
    r"inotify|sysinfo)\.h|malloc\.h|features\.h|endian\.h|byteswap\.h|alloca\.h|gnu/.*)>", re.M)


def answer(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def parser(source, build):
    """The command that parses one file."""
    try:
        resources = answer("clang++", "-print-resource-dir").stdout.strip()
    except FileNotFoundError:
        sys.exit("check_sources.py: there is no clang++ (scripts/deps.sh --test)")
    searched = answer("g++", "-E", "-v", "-x", "c++", "/dev/null").stderr
    folders = re.search(r"#include <\.\.\.> search starts here:\n(.*?)End of search", searched, re.S).group(1).split()
    folders = [folder for folder in folders if not re.search(r"/gcc/.*/include", folder)]
    command = ["clang++", "--target=x86_64-unknown-freebsd13", "-fsyntax-only", "-std=c++20", "-Werror", "-Wall",
               "-Wextra", "-Wno-unused-function", "-nostdinc", "-nostdinc++", "-D_GNU_SOURCE", f"-I{source}"]
    for folder in (f"{source}/test/freebsd/include", *folders[:-1], f"{resources}/include", folders[-1]):
        command += ["-isystem", folder]
    command += ["-include", f"{source}/test/freebsd/prelude.h"]
    if build:
        command += [f"-I{build}/generated"]
    return command


def sources_of(source, build):
    """{file: its -D words} of a build, with the files of FreeBSD in place of those of Linux."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        rows = json.load(file)
    found = {}
    for row in rows:
        name = os.path.relpath(row["file"], source)
        if name.startswith(ROOMS) and not NOT_THERE.search(name):
            found[name] = re.findall(r"-D\S+", row["command"].replace('\\"', '"'))
    for base, _, names in os.walk(source):
        for name in names:
            path = os.path.relpath(os.path.join(base, name), source)
            if path.startswith(ROOMS) and path.endswith(("_bsd.cc", "_none.cc")):
                found[path] = []
    return found


def faults_of(command, path, name):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    # What stands under #if defined(__linux__) is not for FreeBSD.
    elsewhere = re.sub(r"^#if defined\(__linux__\).*?^#(endif|else)", "", text, flags=re.M | re.S)
    absent = [f"{name}: FreeBSD has no <{found[0]}>" for found in ABSENT_HEADERS.findall(elsewhere)]
    if absent:
        return "\n".join(absent)
    done = subprocess.run([*command, path], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"{name}:\n{done.stderr}"


def check(source, build, every):
    found = sources_of(source, build)
    own = [name for name in found if name.endswith("_bsd.cc")]
    if len(own) < 3 or len(found) < 100:
        sys.exit(f"check_sources.py: only {len(own)} of {len(found)} sources are for FreeBSD: are these the right folders?")
    if not every:
        def names_system(name):
            with open(os.path.join(source, name), encoding="utf-8") as file:
                return SYSTEM_HEADER.search(file.read())
        found = {name: words for name, words in found.items() if names_system(name) or name.endswith("/asio_impl.cc")}
    command = parser(source, build)
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        each = {name: pool.submit(faults_of, [*command, *words], os.path.join(source, name), name)
                for name, words in sorted(found.items())}
        faults = [done.result() for done in each.values() if done.result()]
    print("\n".join(faults))
    print(f"{len(found)} sources parsed for FreeBSD, {len(faults)} with faults")
    return 1 if faults else 0


def selftest(source):
    """Each of these is refused, the last is not."""
    wrong = {
        "renames": '#include <stdio.h>\nint f() { return renameat2(1, "a", 1, "b", 1); }\n',
        "header": "#include <sys/prctl.h>\n",
        "macro": "#include <limits.h>\nchar name[HOST_NAME_MAX];\n",
        "system": "#if defined(__linux__)\n#error Linux\n#endif\n#if !defined(__FreeBSD__)\n#error not FreeBSD\n#endif\nint x = ;\n",
    }
    right = "#include <sys/event.h>\n#if !defined(__FreeBSD__) || defined(__linux__)\n#error no\n#endif\nint f() { return kqueue(); }\n"
    command = parser(source, None)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {**wrong, "right": right}.items():
            path = os.path.join(folder, f"{name}.cc")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            faults = faults_of(command, path, name)
            if bool(faults) != (name in wrong):
                sys.exit(f"check_sources.py: {name} was {'refused: ' + faults if faults else 'let through'}")
    return 0


def main():
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    if "--selftest" in sys.argv and len(words) == 1:
        return selftest(os.path.abspath(words[0]))
    if len(words) != 2:
        sys.exit(__doc__)
    return check(os.path.abspath(words[0]), os.path.abspath(words[1]), "--all" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
