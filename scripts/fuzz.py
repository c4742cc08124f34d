#!/usr/bin/env python3
"""Fuzzes the parsers of what comes over the wire (test/fuzz) with libFuzzer, address and undefined sanitizers.

    scripts/fuzz.py [--target NAME]…               a short run, the same inputs each time on a clean build folder
    scripts/fuzz.py --seconds 600 [--target NAME]…  as long as wanted, other inputs each time

Builds preset `fuzz` (clang) and begins with seeds from the captured conversations. What broke a target stays in
build/fuzz/found/<target>/; run it again with
    ASSIST_FUZZ_TARGET=<target> build/fuzz/bin/fuzz-parsers FILE
and, once mended, make it a seed by hand in test/fuzz/seeds.cc. Exit code 1 when something broke.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "fuzz"
LONGEST = 20  # seconds of a short run, on a slow machine


def build():
    for command in (["cmake", "--preset", "fuzz"], ["cmake", "--build", "--preset", "fuzz"]):
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def seeds():
    folder = BUILD / "seeds"
    shutil.rmtree(folder, ignore_errors=True)
    listed = subprocess.run([BUILD / "bin" / "fuzz-seeds", folder], check=True, capture_output=True, text=True)
    return listed.stdout.split()


def run(target, seconds):
    """True when nothing broke."""
    corpus, found = BUILD / "corpus" / target, BUILD / "found" / target
    corpus.mkdir(parents=True, exist_ok=True)
    found.mkdir(parents=True, exist_ok=True)
    extent = [f"-max_total_time={seconds}"] if seconds else ["-seed=1", "-runs=10000", f"-max_total_time={LONGEST}"]
    command = [BUILD / "bin" / "fuzz-parsers", *extent, "-max_len=16384", "-timeout=10",
               "-rss_limit_mb=1024", "-print_final_stats=1", f"-artifact_prefix={found}/", corpus, BUILD / "seeds" / target]
    done = subprocess.run(command, env={**os.environ, "ASSIST_FUZZ_TARGET": target}, capture_output=True, text=True,
                          timeout=(seconds or LONGEST) + 120)
    units = [line.split()[-1] for line in done.stderr.splitlines() if "number_of_executed_units" in line]
    print(f"{target:20} {'ok' if done.returncode == 0 else 'BROKEN':6} {units[0] if units else '?':>9} inputs", flush=True)
    if done.returncode != 0:
        print("\n".join(done.stderr.splitlines()[-60:]))
    return done.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=0, help="for each target")
    parser.add_argument("--target", action="append", help="only this one")
    args = parser.parse_args()
    build()
    targets = seeds()
    for name in args.target or []:
        if name not in targets:
            sys.exit(f"no target {name}; there are: {', '.join(targets)}")
    broken = [name for name in args.target or targets if not run(name, args.seconds)]
    if broken:
        sys.exit(f"broken: {', '.join(broken)}; the inputs are in build/fuzz/found")


if __name__ == "__main__":
    main()
