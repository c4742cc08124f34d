// Service systems other than systemd. Sources: LSB core, chapter 22 (SysV scripts), openrc-run(8), supervise-daemon(8),
// init(5) of upstart 1.5, rc.subr(8) and daemon(8) of FreeBSD.
#include <algorithm>

#include "common/service_framework/service_unit.h"

namespace assist {
namespace {

// SysV init starts once and forgets: the script itself keeps the program, in a process that starts it again. Plain
// POSIX shell with setsid(1) and, for a user, chroot(1) of coreutils, which runs the program in its own place (su would
// stay between).
constexpr std::string_view kSysv = R"(#!/bin/sh
### BEGIN INIT INFO
# Provides:          @name@
# Required-Start:    $remote_fs $network
# Required-Stop:     $remote_fs $network
# Should-Start:      $syslog $named $time
# Should-Stop:       $syslog
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: @description@
# Description:       Kept running: started again @after@ s after an end, but for an end
#                    that a new start would not help (exit codes @usage@ and @no_help@).
### END INIT INFO
# chkconfig: 2345 90 10
# description: @description@

PATH=/usr/sbin:/usr/bin:/sbin:/bin
name=@name@
program=@program@
run=/run
[ -d "$run" ] || run=/var/run
pidfile=$run/$name.pid         # of the keeper
childfile=$run/$name.child.pid # of the program
log=/var/log/$name.log
case $0 in /*) self=$0 ;; *) self=$(pwd)/$0 ;; esac

[ -x "$program" ] || { [ "$1" = stop ] && exit 0; echo "$name: $program is missing" >&2; exit 5; }

# Holds the pid of the keeper if it runs. After a crash the number may be another process's.
running() {
  pid=$(cat "$pidfile" 2>/dev/null) && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || return 1
  [ ! -r "/proc/$pid/cmdline" ] || tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q " keep-$name "
}

# Runs the program until it is told to end. What the program has started is not touched.
keep() {
  ending=
  child=
  trap 'ending=1; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null' TERM INT
  while [ -z "$ending" ]; do
    @as_user@@command@ &
    child=$!
    echo "$child" >"$childfile"
    wait "$child"
    code=$?
    while kill -0 "$child" 2>/dev/null; do # a signal ends wait early
      wait "$child"
      code=$?
    done
    child=
    [ -z "$ending" ] || break
    case $code in
      @usage@ | @no_help@)
        echo "$name: ended with $code; starting it again would not help" >&2
        break
        ;;
    esac
    echo "$name: ended with $code; starts again in @after@ s" >&2
    sleep @after@ &
    child=$!
    wait "$child"
    child=
  done
  rm -f "$pidfile" "$childfile"
}

start() {
  if running; then
    echo "$name runs already"
    return 0
  fi
  umask 077
  setsid "$self" "keep-$name" </dev/null >>"$log" 2>&1 &
  echo $! >"$pidfile"
  echo "$name started"
}

stop() {
  if ! running; then
    rm -f "$pidfile" "$childfile"
    echo "$name does not run"
    return 0
  fi
  kill -TERM "$pid"
  tries=0
  # The keeper takes its file away last; where nobody reaps orphans its pid stays.
  while [ -e "$pidfile" ] && kill -0 "$pid" 2>/dev/null; do
    tries=$((tries + 1))
    if [ $tries = 150 ]; then
      child=$(cat "$childfile" 2>/dev/null) && kill -KILL "$child" 2>/dev/null
    elif [ $tries = 200 ]; then
      echo "$name (pid $pid) does not end" >&2
      return 1
    fi
    sleep 0.2 2>/dev/null || { sleep 1; tries=$((tries + 4)); }
  done
  echo "$name stopped"
}

case "$1" in
  start) start ;;
  stop) stop ;;
  restart | force-reload) stop && start ;;
  try-restart | condrestart) if running; then stop && start; fi ;;
  status)
    if running; then
      echo "$name runs"
    elif [ -e "$pidfile" ]; then
      echo "$name is dead, though $pidfile is there"
      exit 1
    else
      echo "$name does not run"
      exit 3
    fi
    ;;
  "keep-$name") keep ;;
  *)
    echo "Usage: $0 {start|stop|restart|force-reload|try-restart|status}" >&2
    exit 2
    ;;
esac
)";

// No `need localmount`: Debian's OpenRC has no such service, and would refuse to start this one.
constexpr std::string_view kOpenRc = R"(#!/sbin/openrc-run
# supervise-daemon ends the program alone: what it has started runs on. It knows no exit code that means "do not try
# again", so it tries every @after@ s for ever.
name=@name@
description=@description@
supervisor=supervise-daemon
command=@program@
command_args=@arguments@
@user@respawn_delay=@after@
respawn_max=0
retry="TERM/30/KILL/5"
output_log=/var/log/@name@.log
error_log=/var/log/@name@.log
@limits@
depend() {
	want net
	after localmount net firewall
	use dns logger
}
@folder@)";

constexpr std::string_view kOpenRcFolder = R"(
start_pre() {
	checkpath --directory --mode 0700 --owner @user@:@user@ @data@
}
)";

// Upstart ends the process group of the program; supervisors of scripts are in groups of their own.
constexpr std::string_view kUpstart = R"(# Upstart 1.4 and younger.
description "@description@"
start on (local-filesystems and net-device-up IFACE!=lo)
stop on runlevel [!2345]
respawn
respawn limit unlimited
# Wrong command line, wrong configuration, not registered: starting again would not help.
normal exit @usage@ @no_help@
kill timeout 30
limit nofile @files@ @files@
@user@console log
exec @command@
)";

constexpr std::string_view kRcd = R"(#!/bin/sh
# PROVIDE: @rc_name@
# REQUIRE: NETWORKING LOGIN
# KEYWORD: shutdown
#
# @rc_name@_enable="YES" in rc.conf starts it with the system. daemon(8) starts it again @after@ s after an end, and ends the
# program alone: what it has started runs on.

. /etc/rc.subr

name=@rc_name@
rcvar=@rc_name@_enable
load_rc_config $name
: ${@rc_name@_enable:=NO}

pidfile=/var/run/@rc_name@.pid
procname=/usr/sbin/daemon
command=/usr/sbin/daemon
command_args=@arguments@

run_rc_command "$1"
)";

/// `text` inside double quotes of upstart and of a shell's comment: without what would end them.
std::string Tame(std::string text) {
  text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == '"' || c == '\\'; }), text.end());
  return text;
}

std::string Command(const ServiceUnit& unit) {
  return ShellWord(unit.program) + (unit.arguments.empty() ? "" : " " + ShellWords(unit.arguments));
}

std::string FilesAtOnce(const ServiceUnit& unit) { return unit.outlived_by_children ? "65536" : "1048576"; }

const std::string& Seconds() {
  static const std::string kText = std::to_string(kRestartAfter.count());
  return kText;
}

}  // namespace

std::string SysvScript(const ServiceUnit& unit) {
  const std::string as_user = unit.user.empty() ? "" : "chroot --userspec=" + unit.user + ":" + unit.user + " / ";
  return FillIn(kSysv, {{"name", unit.name},
                        {"description", Tame(unit.description)},
                        {"program", ShellWord(unit.program)},
                        {"command", Command(unit)},
                        {"as_user", as_user},
                        {"after", Seconds()},
                        {"usage", std::to_string(kExitUsage)},
                        {"no_help", std::to_string(kExitRestartIsNoHelp)}});
}

std::string OpenRcScript(const ServiceUnit& unit) {
  const std::string folder =
      unit.user.empty() ? "" : FillIn(kOpenRcFolder, {{"user", unit.user}, {"data", ShellWord(unit.data)}});
  return FillIn(kOpenRc, {{"name", unit.name},
                          {"description", ShellWord(unit.description)},
                          {"program", ShellWord(unit.program)},
                          {"arguments", ShellWord(ShellWords(unit.arguments))},
                          {"user", unit.user.empty() ? "" : "command_user=" + unit.user + ":" + unit.user + "\n"},
                          {"limits", "rc_ulimit=\"-n " + FilesAtOnce(unit) + "\"\n"},
                          {"folder", folder},
                          {"after", Seconds()}});
}

std::string UpstartConf(const ServiceUnit& unit) {
  return FillIn(kUpstart, {{"description", Tame(unit.description)},
                           {"command", Command(unit)},
                           {"user", unit.user.empty() ? "" : "setuid " + unit.user + "\nsetgid " + unit.user + "\n"},
                           {"files", FilesAtOnce(unit)},
                           {"usage", std::to_string(kExitUsage)},
                           {"no_help", std::to_string(kExitRestartIsNoHelp)}});
}

std::string RcdName(std::string_view name) {
  std::string out(name);
  std::replace(out.begin(), out.end(), '-', '_');
  return out;
}

std::string RcdScript(const ServiceUnit& unit) {
  const std::string name = RcdName(unit.name);
  std::string arguments = "-P /var/run/" + name + ".pid -r -R " + Seconds() + " -S -T " + unit.name + " ";
  if (!unit.user.empty()) arguments += "-u " + unit.user + " ";
  return FillIn(kRcd, {{"rc_name", name}, {"arguments", ShellWord(arguments + Command(unit))}, {"after", Seconds()}});
}

}  // namespace assist
