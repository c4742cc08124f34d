#!/usr/bin/env python3
"""Parses every source with clang++ (-fsyntax-only) as the second compiler: g++ 12 misses a co_await whose result is dropped.

Reads compile_commands.json of a build folder. With --tidy runs clang-tidy's short list (.clang-tidy) as well.
"""
import argparse, concurrent.futures, json, os, re, shlex, subprocess, sys, time

DROP = re.compile(r'^(-fno-plt|-Wno-(restrict|maybe-uninitialized|stringop-overflow|mismatched-new-delete)|-fuse-ld=.*)$')


def command(entry):
    words = shlex.split(entry['command']) if 'command' in entry else list(entry['arguments'])
    while words and not re.search(r'(g\+\+|clang\+\+|c\+\+)(-\d+)?$', words[0]):
        words.pop(0)  # ccache, env NAME=value …
    out, skip = ['clang++'], False
    for w in words[1:]:
        if skip:
            skip = False
        elif w in ('-o', '-MF', '-MT', '-MQ'):
            skip = True
        elif w in ('-c', '-MD', '-MMD') or DROP.match(w) or w.startswith('-fsanitize') or w.startswith('-fno-sanitize'):
            pass
        else:
            out.append(w)
    return out + ['-fsyntax-only', '-Werror', '-Wno-unknown-warning-option', '-Wunused-result', '-Wno-unused-command-line-argument']


# Libraries that are compiled in one place.
LIBRARIES = ('asio_impl.cc', 'json_impl.cc')


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--build', required=True)
    p.add_argument('--tidy', action='store_true')
    p.add_argument('--jobs', type=int, default=os.cpu_count())
    p.add_argument('--match', default='', help='only files whose path contains this')
    p.add_argument('--seconds', type=int, default=0, help='begin no file after this; exit 124 when some were left out')
    a = p.parse_args()
    begun = time.monotonic()
    entries = {}
    for e in json.load(open(os.path.join(a.build, 'compile_commands.json'))):
        if e['file'].endswith('.cc') and a.match in e['file'] and os.path.basename(e['file']) not in LIBRARIES:
            entries[e['file']] = e

    def one(e):
        if a.seconds and time.monotonic() - begun > a.seconds:
            return e['file'], None, ''
        cmd = command(e)
        if a.tidy:  # one parse for both: clang-tidy tells the compiler's own errors and warnings too
            cmd = ['clang-tidy', '--quiet', '--checks=clang-diagnostic-*', e['file'], '--'] + cmd[1:]
        r = subprocess.run(cmd, cwd=e['directory'], capture_output=True, text=True)
        failed, out = r.returncode != 0, r.stdout + r.stderr
        return e['file'], failed, out

    bad = left_out = 0
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        for name, failed, out in pool.map(one, entries.values()):
            left_out += failed is None
            if failed:
                bad += 1
                print(f'--- {os.path.relpath(name)}\n{out}', flush=True)
    print(f'clang: {len(entries) - bad - left_out} passed, {bad} failed, {left_out} left out for lack of time')
    sys.exit(1 if bad or not entries else 124 if left_out else 0)


if __name__ == '__main__':
    main()
