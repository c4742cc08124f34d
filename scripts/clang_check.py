#!/usr/bin/env python3
"""Parses every source with clang++ (-fsyntax-only) as the second compiler: g++ 12 misses a co_await whose result is dropped.

Reads compile_commands.json of a build folder. With --tidy runs clang-tidy's short list (.clang-tidy) as well.

Headers cost most of the time, so files with equal flags are read a group at once, as one source that includes them. Files of
which the compiler complains then (also when names of two files meet) are read again alone, and only that decides.
"""
import argparse, collections, concurrent.futures, json, os, re, shlex, subprocess, sys, tempfile, time

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


def names(file):
    """What a source may define beside the functions of its classes, with its namespace."""
    text = open(file).read()
    space = re.search(r'^namespace ([\w:]+)', text, re.M)
    space = space.group(1) if space else ''
    defined = re.findall(r'^(?:\S.*[\s*&])?(?!TEST)(\w+)\([^;]*$', text, re.M)
    defined += re.findall(r'\b(k[A-Z]\w*)\s*[=\[({]', text)
    defined += re.findall(r'^(?:class|struct|enum|enum class|using)\s+(\w+)\s*(?:final\s*)?[:={]', text, re.M)
    return {(space, name) for name in defined}


def groups(entries, size):
    """Lists of up to `size` entries with the same flags and no name in common, as far as names() sees."""
    by_flags, shared, own = {}, collections.Counter(), {}
    for e in sorted(entries, key=lambda e: e['file']):
        by_flags.setdefault(tuple(w for w in command(e) if w != e['file']), []).append(e)
        own[e['file']] = names(e['file'])
        shared.update(own[e['file']])
    for same in by_flags.values():
        made = []  # (names, entries)
        # Those that fit together with the fewest come first, so that each gets company.
        for e in sorted(same, key=lambda e: -max((shared[n] for n in own[e['file']]), default=0)):
            home = min((g for g in made if len(g[1]) < size and not own[e["file"]] & g[0]), key=lambda g: len(g[1]), default=None)
            if home is None:
                home = (set(), [])
                made.append(home)
            home[0].update(own[e['file']])
            home[1].append(e)
        yield from (g[1] for g in made)


def check(entry, file, tidy, header_filter=''):
    """Reads `file` with the flags of `entry`; returns (fault, text)."""
    cmd = [file if w == entry['file'] else w for w in command(entry)]
    if tidy:  # one parse for both: clang-tidy tells the compiler's own errors and warnings too
        options = ['--quiet', '--checks=clang-diagnostic-*'] + ([f'--header-filter={header_filter}'] if header_filter else [])
        config = [f'--config-file={os.path.abspath(".clang-tidy")}']
        cmd = ['clang-tidy'] + options + config + [file, '--'] + cmd[1:]
    r = subprocess.run(cmd, cwd=entry['directory'], capture_output=True, text=True)
    return r.returncode != 0, r.stdout + r.stderr


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--build', required=True)
    p.add_argument('--tidy', action='store_true')
    p.add_argument('--jobs', type=int, default=os.cpu_count())
    p.add_argument('--match', default='', help='only files whose path contains this')
    p.add_argument('--group', type=int, default=12, help='files read at once; 1: each alone')
    p.add_argument('--seconds', type=int, default=0, help='begin nothing after this; exit 124 when files were left out')
    a = p.parse_args()
    begun = time.monotonic()
    entries = {}
    for e in json.load(open(os.path.join(a.build, 'compile_commands.json'))):
        if e['file'].endswith('.cc') and a.match in e['file'] and os.path.basename(e['file']) not in LIBRARIES:
            entries[e['file']] = e

    def late():
        return a.seconds and time.monotonic() - begun > a.seconds

    def one(number, group, folder):
        """[(file, fault or None when left out, text)] of a group, and how many were read again alone."""
        alone = []
        while len(group) > 1 and not late():
            unit = os.path.join(folder, f'group_{number}.cc')
            with open(unit, 'w') as f:
                f.writelines(f'#include "{e["file"]}"\n' for e in group)
            fault, out = check(group[0], unit, a.tidy, r'.*\.cc$')
            if not fault:
                return [(e['file'], False, '') for e in group] + one_by_one(alone), len(alone)
            named = set(re.findall(r'^(/\S+\.cc):\d+:\d+: error: ', out, re.M))
            blamed = [e for e in group if e['file'] in named] or group
            alone += blamed
            group = [e for e in group if e not in blamed]
        return one_by_one(alone + group), len(alone)

    def one_by_one(files):
        return [(e['file'], None, '') if late() else (e['file'], *check(e, e['file'], a.tidy)) for e in files]

    bad = left_out = again = 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        work = list(groups(entries.values(), a.group))
        for told, alone in pool.map(lambda n: one(n, work[n], folder), range(len(work))):
            again += alone
            for name, failed, out in told:
                left_out += failed is None
                if failed:
                    bad += 1
                    print(f'--- {os.path.relpath(name)}\n{out}', flush=True)
    print(f'clang: {len(entries) - bad - left_out} passed, {bad} failed, {left_out} left out for lack of time '
          f'({len(work)} groups, {again} files read again alone)')
    sys.exit(1 if bad or not entries else 124 if left_out else 0)


if __name__ == '__main__':
    main()
