#!/usr/bin/env python3
"""Finds objects that are made inside a co_await expression in a way that g++ 12 destroys twice.

An aggregate in braces, or a lambda that captures, as an argument within `co_await f(…)` belongs on a line of its own
above: name it, then await it. Empty braces make nothing that could be freed twice and are let pass.
"""
import argparse, os, re, sys

SKIP = {'build', 'node_modules', '.git', 'CMakeFiles', 'data'}
LITERAL = re.compile(r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*', re.S)
# Digit separators would open a character literal.
SEPARATOR = re.compile(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])")


def blank(match):
    return re.sub(r'[^\n]', ' ', match.group(0))


def plain(text):
    """The same text with literals and comments blanked out, every line where it was."""
    text = SEPARATOR.sub('_', text)
    pieces = re.compile(f'(?:{LITERAL.pattern})|(?:{COMMENT.pattern})', re.S)
    return pieces.sub(blank, text)


def end_of_block(text, at):
    """Behind the '}' that closes the '{' at `at`."""
    depth = 0
    for brace in re.compile('[{}]').finditer(text, at):
        depth += 1 if brace.group(0) == '{' else -1
        if depth == 0:
            return brace.end()
    return len(text)


def faults(text):
    """(line, what) of each."""
    text = plain(text)
    found = []
    for start in re.finditer(r'\bco_await\b', text):
        depth = 0
        at = start.end()
        while at < len(text):
            char = text[at]
            if char in '([':
                # A '[' after a name or a bracket is an index, else it opens a lambda.
                if char == '[' and depth > 0 and not re.search(r'[\w\])]\s*$', text[:at]):
                    capture = text[at + 1:text.find(']', at)].strip()
                    if capture:
                        found.append((text.count('\n', 0, at) + 1, f'a lambda that captures ({capture})'))
                        break
                    body = text.find('{', at)
                    if body < 0:
                        break
                    at = end_of_block(text, body)
                    continue
                depth += 1
            elif char in ')]':
                depth -= 1
                if depth < 0:
                    break
            elif char == '{':
                if depth == 0 and not re.search(r'[\w>]\s*$', text[start.end():at]):
                    break
                if depth == 0 or re.match(r'\{\s*\}', text[at:]):
                    break
                found.append((text.count('\n', 0, at) + 1, 'an aggregate in braces'))
                break
            elif char == ';':
                break
            at += 1
    return found


def check(root):
    problems = []
    for folder, folders, files in os.walk(root):
        folders[:] = [f for f in folders if f not in SKIP]
        for name in sorted(files):
            if not name.endswith(('.cc', '.h')):
                continue
            path = os.path.join(folder, name)
            text = open(path, encoding='utf-8').read()
            if 'co_await' not in text:
                continue
            for line, what in faults(text):
                problems.append(f'{os.path.relpath(path, root)}:{line}: {what} inside a co_await expression: name it, then await it')
    return problems


def selftest():
    cases = [
        ('co_await f(a, b);', 0),
        ('co_await f(Options{1, name});', 1),
        ('co_await f({1, name});', 1),
        ('auto r = co_await g(x, [copy](int) { return copy; });', 1),
        ('co_await g(x, [](int) { return 1; });', 0),
        ('if (auto r = co_await f(x); !r) { return {a}; }', 0),
        ('if (!co_await f(x)) { g({a, b}); }', 0),
        ('co_await f(table[i], {});', 0),
        ('co_await f("{text}", R"({a})", \'{\');  // f({a})', 0),
        ('const Options o{1, name};\nco_await f(o);', 0),
        ('co_await f(1\'000,\n  h(T{.a = 1}));', 1),
    ]
    failed = 0
    for text, want in cases:
        got = faults(text)
        if len(got) != want:
            failed += 1
            print(f'selftest: {text!r}: wanted {want}, got {got}')
    print(f'{len(cases) - failed} passed, {failed} failed')
    return failed


if __name__ == '__main__':
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--root', default='.')
    p.add_argument('--selftest', action='store_true')
    a = p.parse_args()
    if a.selftest:
        sys.exit(1 if selftest() else 0)
    problems = check(a.root)
    for line in problems:
        print(line)
    print(f'{len(problems)} problems')
    sys.exit(1 if problems else 0)
