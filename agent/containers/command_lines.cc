#include "agent/containers/command_lines.h"

#include <algorithm>

namespace assist::agent::containers {
namespace {

constexpr const char* kShell = "/bin/sh";
// An argument of a program has at most 128 KiB on Linux.
constexpr std::size_t kMaxArgument = 100'000;

// $1 begin mark, $2 end mark, $3 what the inner shell does, the rest are its arguments. This shell's own words, such as
// "Killed", go nowhere; the inner one joins its outputs itself, since dash speaks through those of its child.
constexpr const char* kOuter =
    "exec 2>/dev/null\n"
    "printf %s \"$1\"\n"
    "assist_end=$2\n"
    "assist_inner=$3\n"
    "shift 3\n"
    "/bin/sh -c \"$assist_inner\" /bin/sh \"$@\"\n"
    "assist_code=$?\n"
    "printf '%s%d.' \"$assist_end\" $assist_code\n"
    "exit $assist_code\n";

// $1 task mark, $2 the script, or $2 $3 … its parts. The mark stands in the environment of the next program only.
constexpr const char* kInner =
    "exec 2>&1\n"
    "ASSIST_TASK=$1:$$\n"
    "export ASSIST_TASK\n"
    "shift\n"
    "[ $# -eq 1 ] && exec /bin/sh -c \"$1\"\n"
    "exec /bin/sh -c 'IFS=; assist_script=\"$*\"; unset IFS; set --; eval \"$assist_script\"' /bin/sh \"$@\"\n";

// $1 task mark, $2 tree or process. All are stopped first, so that no shell tells of its killed child. Shells leave out
// the zeros between the variables of an environment.
constexpr const char* kKill =
    "round=0\n"
    "while [ $round -lt 100 ]; do\n"
    "  pids=\n"
    "  for place in /proc/[0-9]*; do\n"
    "    pid=${place#/proc/}\n"
    "    mark=\n"
    "    { while IFS= read -r line || [ -n \"$line\" ]; do\n"
    "        case $line in *\"ASSIST_TASK=$1:\"*) mark=$line; break ;; esac\n"
    "      done < \"$place/environ\"; } 2>/dev/null\n"
    "    [ -n \"$mark\" ] || continue\n"
    "    if [ \"$2\" = process ]; then\n"
    "      case $mark in *\"ASSIST_TASK=$1:$pid\"[0-9]*) continue ;; *\"ASSIST_TASK=$1:$pid\"*) ;; *) continue ;; "
    "esac\n"
    "    fi\n"
    "    pids=\"$pids $pid\"\n"
    "  done\n"
    "  [ -n \"$pids\" ] || exit 0\n"
    "  kill -STOP $pids 2>/dev/null\n"
    "  kill -9 $pids 2>/dev/null\n"
    "  round=$((round + 1))\n"
    "done\n"
    "exit 1\n";

/// Not in the middle of a character of UTF-8: it travels as a JSON text.
std::size_t CutAt(std::string_view text) {
  std::size_t at = std::min(text.size(), kMaxArgument);
  while (at < text.size() && at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) --at;
  return at == 0 ? std::min(text.size(), kMaxArgument) : at;
}

}  // namespace

Marks MakeMarks(std::string_view secret) {
  const std::string half(secret.substr(0, secret.size() / 2));
  const std::string rest(secret.substr(secret.size() / 2));
  return {half,
          "\x1f"
          "assist-begin-" +
              rest + "\x1f",
          "\x1f"
          "assist-end-" +
              rest + "\x1f"};
}

std::vector<std::string> RunLine(const Marks& marks, std::string_view script) {
  std::vector<std::string> line{kShell, "-c", kOuter, kShell, marks.begin, marks.end, kInner, marks.task};
  do {
    const std::size_t size = CutAt(script);
    line.emplace_back(script.substr(0, size));
    script.remove_prefix(size);
  } while (!script.empty());
  return line;
}

std::vector<std::string> KillLine(const Marks& marks, bool tree) {
  return {kShell, "-c", kKill, kShell, marks.task, tree ? "tree" : "process"};
}

}  // namespace assist::agent::containers
