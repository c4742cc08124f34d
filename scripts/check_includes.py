#!/usr/bin/env python3
"""Compares every #include with the DEPS of its module, and looks for names that simulated rooms may not use.

modules.txt (written by CMake) has a line a module: name|folder|deps|test deps|simulated.
A file belongs to the module with the longest folder that contains it. It may include headers of its own module and
of modules in DEPS (directly, not through others); files that end in _test.cc or start with fake_ may also use TEST_DEPS.
"""
import argparse, os, re, sys, tempfile

# Rooms that run in the simulator wait only on ports (docs/simulated_rooms.md).
FORBIDDEN = [
    (re.compile(r'\bio_context\b'), 'io_context'),
    (re.compile(r'\b(steady_timer|system_timer|high_resolution_timer|deadline_timer|waitable_timer)\b'), 'asio timer'),
    (re.compile(r'\bip::(tcp|udp)\b|\basio::ip\b|\blocal::stream_protocol\b'), 'socket'),
    (re.compile(r'\bsignal_set\b'), 'signal_set'),
    (re.compile(r'\bthread_pool\b'), 'thread_pool'),
    (re.compile(r'\bstd::(j?thread|this_thread|mutex|shared_mutex|recursive_mutex|condition_variable\w*|async)\b'), 'thread or mutex'),
    (re.compile(r'\bstd::filesystem\b|<filesystem>'), 'filesystem'),
    (re.compile(r'\b[io]?fstream\b'), 'fstream'),
    (re.compile(r'\brandom_device\b|\b(s?rand)\('), 'random_device'),
    (re.compile(r'\b(system_clock|steady_clock|high_resolution_clock)::now\b'), 'clock::now'),
    (re.compile(r'<(thread|mutex|shared_mutex|condition_variable|future|fstream)>'), 'header of threads or files'),
    (re.compile(r'<boost/asio/(io_context|steady_timer|system_timer|signal_set|thread_pool|ip/|local/)'), 'asio of the real world'),
]
SYSTEM_CALLS = re.compile(r'(?<![\w.>:])::(open|fsync|fdatasync|read|write|fork|execve|kill|usleep|sleep|nanosleep|time|clock_gettime)\s*\(')
UMBRELLA = re.compile(r'<boost/(asio|beast)\.hpp>')
BEAST = re.compile(r'<boost/beast/')
SKIP = {'build', 'node_modules', '.git', 'CMakeFiles'}


def strip_comments(text):
    text = re.sub(r'/\*.*?\*/', lambda m: '\n' * m.group(0).count('\n'), text, flags=re.S)
    return re.sub(r'//[^\n]*', '', text)


def load(path):
    modules = {}
    for line in open(path):
        if not line.strip():
            continue
        name, folder, deps, test_deps, simulated = line.rstrip('\n').split('|')
        modules[name] = dict(folder=folder, deps=set(filter(None, deps.split(','))),
                             test_deps=set(filter(None, test_deps.split(','))), simulated=simulated == 'TRUE')
    return modules


def owner(modules, path):
    best = None
    for name, m in modules.items():
        if path.startswith(m['folder'] + '/') and (best is None or len(m['folder']) > len(modules[best]['folder'])):
            best = name
    return best


def check(root, modules):
    bad = []
    folders = {}
    for name, m in modules.items():
        folders.setdefault(m['folder'], []).append(name)
    for folder, names in folders.items():
        if len(names) > 1:
            bad.append(f'{folder}: two modules in one folder: {", ".join(names)}')
    for top in ('common', 'protocol', 'server', 'agent', 'cli', 'sim', 'test', 'bench'):
        for base, dirs, files in os.walk(os.path.join(root, top)):
            dirs[:] = [d for d in dirs if d not in SKIP]
            for f in files:
                if not f.endswith(('.h', '.cc')):
                    continue
                full = os.path.join(base, f)
                rel = os.path.relpath(full, root)
                text = strip_comments(open(full, encoding='utf-8').read())
                me = owner(modules, rel)
                if UMBRELLA.search(text):
                    bad.append(f'{rel}: umbrella header of asio or beast')
                if f.endswith('.h') and BEAST.search(text):
                    bad.append(f'{rel}: Beast belongs in .cc files only')
                is_test = f.endswith('_test.cc') or f.startswith('fake_')
                allowed = None
                if me:
                    m = modules[me]
                    allowed = {me} | m['deps'] | (m['test_deps'] if is_test else set())
                elif top not in ('test', 'bench'):
                    bad.append(f'{rel}: belongs to no module; write an assist_module for its folder')
                for inc in re.findall(r'#\s*include\s+"([^"]+)"', text):
                    target = owner(modules, inc)
                    if not os.path.exists(os.path.join(root, inc)):
                        if not inc.startswith('generated/'):
                            bad.append(f'{rel}: includes "{inc}", which is not there (write paths from the root)')
                        continue
                    if me and target and target not in allowed:
                        bad.append(f'{rel}: includes "{inc}" of {target}, which is not in DEPS of {me}')
                if me and modules[me]['simulated'] and not is_test:
                    for n, line in enumerate(text.split('\n'), 1):
                        for pattern, what in FORBIDDEN:
                            if what and pattern.search(line):
                                bad.append(f'{rel}:{n}: {what} in a simulated room')
                        if SYSTEM_CALLS.search(line):
                            bad.append(f'{rel}:{n}: system call in a simulated room')
    # Arrows have no cycles and a simulated room rests on simulated rooms only.
    for name, m in modules.items():
        for d in m['deps'] | m['test_deps']:
            if d not in modules:
                bad.append(f'{name}: DEPS names {d}, which is no module')
        if m['simulated']:
            for d in m['deps']:
                if d in modules and not modules[d]['simulated']:
                    bad.append(f'{name}: is simulated but depends on {d}, which is not')
    state = {}

    def visit(n, path):
        if state.get(n) == 2 or n not in modules:
            return
        if state.get(n) == 1:
            bad.append('cycle: ' + ' -> '.join(path + [n]))
            return
        state[n] = 1
        for d in sorted(modules[n]['deps']):
            visit(d, path + [n])
        state[n] = 2
    for n in sorted(modules):
        visit(n, [])
    return bad


def selftest():
    """Each rule is broken once; a rule that does not complain fails this test."""
    with tempfile.TemporaryDirectory() as root:
        def put(path, text):
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            open(os.path.join(root, path), 'w').write(text)
        put('common/a/a.h', '')
        put('common/b/b.h', '')
        put('modules.txt', 'common_a|common/a|||TRUE\ncommon_b|common/b|common_a||FALSE\n')
        cases = [
            ('good', 'common/b/b.cc', '#include "common/a/a.h"\n', None),
            ('arrow', 'common/a/a.cc', '#include "common/b/b.h"\n', 'not in DEPS'),
            ('missing', 'common/a/a.cc', '#include "a.h"\n', 'not there'),
            ('mutex', 'common/a/a.cc', 'std::mutex m;\n', 'thread or mutex'),
            ('clock', 'common/a/a.cc', 'auto t = std::chrono::system_clock::now();\n', 'clock::now'),
            ('io_context', 'common/a/a.cc', 'asio::io_context c;\n', 'io_context'),
            ('fsync', 'common/a/a.cc', 'int r = ::fsync(3);\n', 'system call'),
            ('comment', 'common/a/a.cc', '// std::mutex is not used\n', None),
            ('umbrella', 'common/b/b.cc', '#include <boost/asio.hpp>\n', 'umbrella'),
            ('beast', 'common/b/c.h', '#include <boost/beast/http.hpp>\n', '.cc files only'),
            ('homeless', 'server/x/x.cc', 'int x;\n', 'no module'),
        ]
        failed = 0
        for name, path, text, want in cases:
            put(path, text)
            found = check(root, load(os.path.join(root, 'modules.txt')))
            ok = (not found) if want is None else any(want in b for b in found)
            if not ok:
                failed += 1
                print(f'selftest {name}: wanted {want!r}, got {found}')
            os.remove(os.path.join(root, path))
        print(f'{len(cases) - failed} passed, {failed} failed')
        return failed


if __name__ == '__main__':
    p = argparse.ArgumentParser()
    p.add_argument('--root')
    p.add_argument('--modules')
    p.add_argument('--selftest', action='store_true')
    a = p.parse_args()
    if a.selftest:
        sys.exit(1 if selftest() else 0)
    problems = check(a.root, load(a.modules))
    for b in problems:
        print(b)
    print(f'{len(problems)} problems')
    sys.exit(1 if problems else 0)
