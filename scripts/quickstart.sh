#!/usr/bin/env bash
# From nothing to a script that ran: installs what is missing, builds release, starts a server on 127.0.0.1 and an agent
# of this machine, runs `echo 123` through the API, prints the output and how to go on. Run again, it finds both running.
#   scripts/quickstart.sh [--once] [--stop] [--dir DIR] [--port PORT]
#     --once   stop server and agent at the end
#     --stop   only stop what an earlier run left running
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
dir=${ASSIST_QUICKSTART_DIR:-$HOME/.assist/quickstart}
port=8443
once=0
stop=0

say() { printf '%s\n' "$*" >&2; }
die() { say "scripts/quickstart.sh: $*"; exit 1; }

while [ $# -gt 0 ]; do
  case "$1" in
    --once) once=1 ;;
    --stop) stop=1 ;;
    --dir) [ $# -ge 2 ] || die "--dir needs a folder"; dir=$2; shift ;;
    --port) [ $# -ge 2 ] || die "--port needs a number"; port=$2; shift ;;
    -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) die "unknown argument '$1' (--once, --stop, --dir DIR, --port PORT)" ;;
  esac
  shift
done
case "$port" in '' | *[!0-9]*) die "--port: '$port' is no number" ;; esac

bin=$top/build/release/bin
data=$dir/server
root=$dir/agent

# The file that the process of NAME.pid runs; ` (deleted)` stands behind it when the build has replaced that file.
executable() { # NAME
  local pid
  pid=$(cat "$dir/$1.pid" 2>/dev/null) && [ -n "$pid" ] && readlink "/proc/$pid/exe" 2>/dev/null
}

# The pid of the program that this script started, if it still is that program, of this build or an earlier one.
running() { # NAME
  case "$(executable "$1")" in
    "$bin/assist-$1" | "$bin/assist-$1 (deleted)") cat "$dir/$1.pid" ;;
    *) return 1 ;;
  esac
}

end() { # NAME
  local pid
  pid=$(running "$1") || return 0
  kill "$pid"
  for _ in $(seq 200); do
    running "$1" >/dev/null || { rm -f "$dir/$1.pid"; say "stopped assist-$1"; return 0; }
    sleep 0.05
  done
  die "assist-$1 (pid $pid) does not stop"
}

if [ $stop = 1 ]; then
  end agent
  end server
  exit 0
fi

# Waits until a command succeeds, at most SECONDS; PROGRAM must keep running meanwhile.
wait_for() { # SECONDS PROGRAM WHAT COMMAND…
  local seconds=$1 program=$2 what=$3 tries
  shift 3
  for tries in $(seq $((seconds * 10))); do
    "$@" >/dev/null 2>&1 && return 0
    running "$program" >/dev/null || die "assist-$program ended: $(tail -n 3 "$dir/$program.log")"
    sleep 0.1
  done
  die "$what did not happen within $seconds s; see $dir/$program.log"
}

start() { # NAME ARGUMENTS…
  local name=$1
  shift
  case "$(executable "$name")" in
    *' (deleted)') say "assist-$name is of an earlier build"; end "$name" ;;
  esac
  if running "$name" >/dev/null; then
    say "assist-$name runs already (pid $(running "$name"))"
    return 0
  fi
  setsid "$bin/assist-$name" "$@" >>"$dir/$name.log" 2>&1 </dev/null &
  echo $! >"$dir/$name.pid"
}

say '1/5 packages'
"$top/scripts/deps.sh"
say '2/5 build (some minutes, the first time)'
cd "$top"
cmake --preset release >/dev/null
cmake --build build/release --target assist_server assist_agent assist_supervisor assist_container assist >&2

say '3/5 server'
umask 077
mkdir -p "$dir"
start server run --data "$data" --listen "127.0.0.1:$port"
export ASSIST_CREDENTIALS=$data/admin.json
assist() { "$bin/assist" "$@"; }
wait_for 20 server 'the answer of the server' assist ecs DescribeRegions

say '4/5 agent'
note=$("$bin/assist-agent" status --root "$root" --json 2>/dev/null) || true # its exit code tells of the connection
case "$note" in *'"Registered":true'*) registered=1 ;; *) registered=0 ;; esac
if [ $registered = 0 ]; then
  made=$(assist ecs CreateActivation --InstanceCount 1 --Description quickstart)
  field() { printf '%s' "$made" | sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p" | head -n 1; }
  endpoint=$(sed -n 's/.*"Endpoint":"\([^"]*\)".*/\1/p' "$data/admin.json")
  fingerprint=$(sed -n 's/.*"CaFingerprint":"\([^"]*\)".*/\1/p' "$data/admin.json")
  field ActivationCode | "$bin/assist-agent" register --root "$root" --server "$endpoint" \
    --activation-id "$(field ActivationId)" --activation-code - --ca-fingerprint "$fingerprint" >&2
fi
start agent run --root "$root"
wait_for 20 agent 'the connection of the agent' "$bin/assist-agent" status --root "$root"
note=$("$bin/assist-agent" status --root "$root" --json) || true
instance=$(printf '%s' "$note" | sed -n 's/.*"InstanceId":"\([^"]*\)".*/\1/p')
[ -n "$instance" ] || die "assist-agent status names no instance: $note"

say "5/5 echo 123 on $instance, through the API"
invocation=$(assist ecs RunCommand --Type RunShellScript --CommandContent 'echo 123' --InstanceId.1 "$instance" |
  sed -n 's/.*"InvokeId" *: *"\([^"]*\)".*/\1/p')
[ -n "$invocation" ] || die 'RunCommand gave no InvokeId'
result() {
  assist ecs DescribeInvocationResults --InvokeId "$invocation" --ContentEncoding PlainText >"$dir/result.json"
  grep -q '"InvocationStatus" *: *"Success"' "$dir/result.json"
}
wait_for 20 agent 'the result' result
sed -n 's/.*"Output" *: *"\([^"]*\)\\n".*/\1/p' "$dir/result.json" | head -n 1

if [ $once = 1 ]; then
  end agent
  end server
  exit 0
fi
cat >&2 <<END

It works. Server and agent go on in the background.
  endpoint   $(sed -n 's/.*"Endpoint":"\([^"]*\)".*/\1/p' "$data/admin.json")
  keys       $data/admin.json   (mode 0600)
  logs       $dir/server.log  $dir/agent.log
Go on:
  export ASSIST_CREDENTIALS=$data/admin.json PATH=$bin:\$PATH
  assist run --all -- 'uptime; df -h /'
  assist ecs DescribeManagedInstances
  assist ecs CreateActivation --InstanceCount 10      # for more machines: README.md
Stop both:
  scripts/quickstart.sh --stop$([ "$dir" = "$HOME/.assist/quickstart" ] || printf ' --dir %s' "$dir")
END
