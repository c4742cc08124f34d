#include "cli/service/help.h"

#include <fmt/format.h>

#include <iterator>

#include "cli/ecs/actions.h"
#include "cli/ecs/common_options.h"

namespace assist::cli {

std::string MainHelp() {
  return fmt::format(
      R"(assist - run commands on your machines, without SSH

  assist configure                     ask for key, region and endpoint, and keep them
  assist run [where] -- 'script'       run a script on machines and watch its output
  assist schedule ls|preview|calendar  what is due, what was missed, when it runs next
  assist ecs <Action> [--Param value]  call any action of the API, print its JSON answer

First steps:
  assist --credentials /var/lib/assist-server/admin.json ecs DescribeManagedInstances
  assist run --all -- 'uptime'
  assist run -t role=web --timeout 300 -- 'apt-get -y upgrade'
  assist schedule preview '0 */10 * * * * Asia/Shanghai'

Options of every command:
{}  --help                  more about a command: assist run --help
  --version               the version of this program

Exit codes: 0 all went well, 1 some machines did not succeed, 2 wrong usage,
3 the server refused, 4 the server cannot be reached.
)",
      kCommonOptionsHelp);
}

std::string ConfigureHelp() {
  return fmt::format(
      R"(assist configure - ask for key, region and endpoint, and keep them in ~/.assist/config.toml (mode 0600)

Enter keeps the value in the brackets, `none` forgets it:
  $ assist configure
  Assist Access Key ID [None]: LTAI...
  Assist Access Key Secret [None]:
  Default Region Id [None]: cn-hangzhou
  Default output format [None]: json
  Endpoint [None]: https://assist.example.com:8443
  CA file (or sha256: fingerprint) [None]: /etc/assist/ca.pem

Answers may come from a pipe, a line each; what is missing at the end is kept:
  printf '%s\n' "$ID" "$SECRET" cn-hangzhou json https://10.0.0.5:8443 ca.pem | assist configure

Everything from the file that the server wrote at its first start, without questions:
  assist configure --credentials admin.json

Options:
{}
Before the file come, in this order: options, --credentials, ASSIST_ENDPOINT, ASSIST_ACCESS_KEY_ID,
ASSIST_ACCESS_KEY_SECRET, ASSIST_CA_FILE, ASSIST_REGION_ID, and the file that ASSIST_CREDENTIALS names.
An endpoint is HOST (port 8443), HOST:PORT, https://HOST[:PORT], or http:// for this machine only.
)",
      kCommonOptionsHelp);
}

std::string RunHelp() {
  return fmt::format(
      R"(assist run - run a script on machines, show its output as it comes, say how it ended

  assist run -i mi-1 -- 'uptime'                    one machine
  assist run -i mi-1 mi-2 -- 'df -h; free -m'       several: each line begins with the machine's name
  assist run -t role=web -- 'systemctl restart nginx'
  assist run --all --timeout 600 -- 'apt-get -y upgrade'
  assist run --all -f script.sh                     a script from a file
  tar c . | base64 | assist run -i mi-1 -f -        or from standard input
  host=$(assist run -i mi-1 -- hostname)            a pipe gets the output alone, byte by byte

Where:
  -i, --instance ID...     machines by id (see: assist ecs DescribeManagedInstances)
  -t, --tag KEY=VALUE...   machines that have all these tags
  -a, --all                all registered machines; those that are away run it when they come
How:
  -f, --file FILE          the script; - is standard input
      --timeout SECONDS    on the machine, then it is ended; default 60
      --delivery-timeout SECONDS  when to give up a machine that is away; -1 never
      --wait SECONDS       stop watching after this; the run goes on
      --type TYPE          shell (default), bat or powershell
  -u, --user NAME          run as this user
      --dir FOLDER         run in this folder
      --name TEXT          a name for the run in listings
Output:
      --prefix WHEN        the machine's name before each line: auto (several machines), always, never
      --raw                let control characters of machines reach the terminal
  -q, --quiet              no progress, no summary
{}
Ctrl-C leaves the run going and says how to look at it and how to stop it.
Exit codes: 0 every machine succeeded, 1 some did not, 2 wrong usage, 3 the server refused, 4 not reachable.
)",
      kCommonOptionsHelp);
}

std::string ScheduleHelp() {
  return fmt::format(
      R"(assist schedule - what runs by itself: when, where, and whether it did

  assist schedule preview '0 */10 * * * * Asia/Shanghai'   when an expression runs; asks no server
  assist schedule preview '0 30 21 * * MON-FRI' -n 3 --zone Europe/Berlin
  assist schedule preview 'rate(90s)'
  assist schedule preview 'at(2099-12-24 18:00:00 UTC)'
  assist schedule ls                                every schedule, each of its machines
  assist schedule ls t-1                            one of them
  assist schedule ls -i mi-1 --all                  those of a machine, also what is over
  assist schedule ls --overdue                      due, and nothing heard
  assist schedule calendar                          what runs where in the next 24 h
  assist schedule calendar --hours 168 --bucket 86400
  assist schedule ls --output json                  for programs

An expression is cron with seconds, rate(N s|m|h|d), or at(yyyy-MM-dd HH:mm:ss ZONE):
  second minute hour day month weekday [year] [zone]
     0   */10    *    *    *      *           Asia/Shanghai    every ten minutes
     0     0     3    L    *      ?                            at three on the last day of the month
A mistake is shown with its place:
  field 3 (hour): '25' is not in 0-23
    0 0 25 * * *
        ^^

To make one, change it, stop it:
  assist ecs RunCommand --Type RunShellScript --CommandContent 'df -h' --InstanceIds mi-1 --Frequency 'rate(5m)'
  assist ecs ModifyInvocationAttribute --InvokeId t-1 --Frequency '0 0 3 * * *'
  assist ecs StopInvocation --InvokeId t-1

preview:
  -n, --count N            so many times; default 10
      --zone ZONE          for an expression that names none: Area/City, GMT+8:00, UTC; default: this machine's
ls and calendar:
  -i, --instance ID        of one machine
      --limit N            rows at most; default 1000, in a calendar 50
      --zone ZONE          show times in it
ls:
  -a, --all                those that are over too
      --overdue            only those that should have run
calendar:
      --from TIME          2026-03-01T00:00:00Z; default now
      --hours N            so long; default 24, at most 168
      --bucket SECONDS     one line for so long; default 3600
{}  --output FORMAT         table or json
Exit codes: 0 done, 2 wrong usage or expression, 3 the server refused, 4 not reachable.
)",
      kCommonOptionsHelp.substr(0, kCommonOptionsHelp.find("  --output")));  // it has formats of its own
}

std::string EcsHelp(std::string_view action) {
  if (const Action* known = FindAction(action)) {
    std::string out = fmt::format("{} - {}\n", known->name, known->summary);
    if (!known->example.empty()) out += fmt::format("\n  assist ecs {}\n", known->example);
    if (!known->lists.empty()) {
      out += "\nLists: ";
      for (std::size_t i = 0; i < known->lists.size(); ++i)
        out += fmt::format("{}--{}", i == 0 ? "" : ", ", known->lists[i]);
      out += fmt::format(" (--{} a b, or --{}.1 a --{}.2 b)\n", known->lists[0], known->lists[0], known->lists[0]);
    }
    return out + "\nEvery parameter of the action is passed on as it is written. More: assist ecs --help\n";
  }
  std::string out = fmt::format(
      R"(assist ecs <Action> - call any action of the API; the JSON answer goes to standard output

  assist ecs CreateCommand --Name test --Type RunShellScript --CommandContent ZWNobyAxMjM=
  assist ecs InvokeCommand --CommandId c-1 --InstanceIds mi-1 mi-2 --Timed false
  assist ecs DescribeInvocations --InvokeId t-1
  assist ecs DescribeInvocationResults --InvokeId t-1 --InstanceId mi-1

Parameters:
  --Name value                        or --Name=value
  --CommandContent=--help             a value that begins with a hyphen stands behind =
  --InstanceId a b                    a list; the same: --InstanceId.1 a --InstanceId.2 b
  --Tag.1.Key role --Tag.1.Value web  a list of objects
  --Parameters '{{"name":"Jack"}}'      an object is JSON text
RegionId is added, and to calls that change something a ClientToken, so that they may be repeated safely.

Options:
{}
Exit codes: 0 done, 2 wrong usage, 3 the server refused (its JSON error is printed too), 4 not reachable.

Actions (assist ecs <Action> --help shows an example):
)",
      kCommonOptionsHelp);
  for (const Action& known : Actions())
    fmt::format_to(std::back_inserter(out), "  {:<31} {}\n", known.name, known.summary);
  return out;
}

}  // namespace assist::cli
