#!/usr/bin/env bash
# Tries scripts/quickstart.sh as a user does who comes back: fresh, again while all runs, after a build that replaced the
# programs, after --stop. Each time it must print 123, and in the end nothing of it may be left running.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d)
trap '"$top/scripts/quickstart.sh" --stop --dir "$dir" >/dev/null 2>&1 || true; rm -rf "$dir"' EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

try() { # WHAT ARGUMENTS…
  local what=$1 said
  shift
  if said=$("$top/scripts/quickstart.sh" --dir "$dir" --port "$port" "$@" 2>"$dir/said"); then :; else
    printf 'quickstart, %s: exit %s\n' "$what" "$?"
    cat "$dir/said"
    exit 1
  fi
  [ "$said" = 123 ] || { printf 'quickstart, %s: printed "%s"\n' "$what" "$said"; cat "$dir/said"; exit 1; }
  printf 'quickstart, %s: good\n' "$what"
}
replace() { # NAME: what a build does to a program that runs
  cp -p "$top/build/release/bin/$1" "$dir/new"
  mv "$dir/new" "$top/build/release/bin/$1"
}

try 'fresh'
first=$(cat "$dir/agent.pid")
try 'while all runs'
[ "$(cat "$dir/agent.pid")" = "$first" ] || { echo 'quickstart, while all runs: started a second agent'; exit 1; }
replace assist-agent
replace assist-server
try 'after a build'
[ -z "$(readlink "/proc/$first/exe" || true)" ] || { echo "quickstart, after a build: the earlier agent (pid $first) still runs"; exit 1; }
"$top/scripts/quickstart.sh" --stop --dir "$dir"
try 'after --stop, with --once' --once
for name in agent server; do
  [ ! -e "$dir/$name.pid" ] || { echo "quickstart, --once: assist-$name was left running"; exit 1; }
done
