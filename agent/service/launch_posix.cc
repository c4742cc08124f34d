#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "agent/service/launch.h"
#include "agent/service/update_files.h"
#include "common/posix/file.h"
#include "common/runtime/own_program.h"

namespace assist::agent::service {
namespace {

constexpr int kTries = 3;  ///< Of slots that cannot be started.
constexpr int kMostFiles = 65536;

/// Nothing that this program has open is the next one's, but for its standard streams.
void CloseAtExec() {
  Result<std::vector<std::string>> open = ListFolder("/proc/self/fd");
  if (!open) {
    const long limit = ::sysconf(_SC_OPEN_MAX);
    const int end = limit < 0 || limit > kMostFiles ? kMostFiles : static_cast<int>(limit);
    for (int fd = 3; fd < end; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    return;
  }
  for (const std::string& name : *open) {
    int fd = 0;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    if (fd > 2) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
}

/// Processes whose parent this one is, and stays: the next program waits for them. Linux; elsewhere none are seen.
std::string Children() {
  std::string out;
  Result<std::vector<std::string>> all = ListFolder("/proc");
  if (!all) return out;
  const std::string own = std::to_string(::getpid());
  for (const std::string& pid : *all) {
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    const Result<std::string> stat = ReadFile("/proc/" + pid + "/stat", 4096);
    if (!stat) continue;
    // proc(5): pid (name) state parent …; a name may hold anything.
    const std::size_t name_end = stat->rfind(") ");
    if (name_end == std::string::npos || name_end + 4 > stat->size()) continue;
    const std::string_view parent = std::string_view(*stat).substr(name_end + 4);
    if (parent.substr(0, parent.find(' ')) == own) out += (out.empty() ? "" : ",") + pid;
  }
  return out;
}

/// Becomes this program; comes back when it cannot, with the reason.
std::string Become(const std::string& program, std::vector<std::string> arguments) {
  arguments[0] = program;
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  SetVariable(kChildrenVariable, Children());
  CloseAtExec();
  ::execv(program.c_str(), argv.data());
  return std::string("cannot run ") + program + ": " + std::strerror(errno);
}

/// Serves from a slot, or comes back: the installed program is to serve. What it gives is that program's origin.
Origin Launch(const std::string& root, const std::vector<std::string>& arguments, Origin origin) {
  for (int i = 0; i < kTries; ++i) {
    const Decision decision = Decide(root);
    origin.note = decision.note;
    origin.trial = decision.trial;
    if (decision.slot.empty()) return origin;
    SetOrigin(origin, decision);
    if (Status noted = NoteLaunched(decision.root, ::getpid()); !noted) {
      std::fprintf(stderr, "assist-agent: %s\n", noted.error().detail.c_str());
    }
    const std::string why = Become(SlotProgram(decision.root, decision.slot), arguments);
    ClearOrigin();
    Leave(decision, why);
    origin.note = why;
    origin.trial = false;
  }
  return origin;
}

}  // namespace

bool IsLaunchersChild() { return false; }

int ServeSelected(const std::string& root, const std::vector<std::string>& arguments,
                  const std::function<int(const Origin&)>& serve) {
  Origin origin = ThisOrigin();
  if (origin.slot.empty()) origin = Launch(root, arguments, std::move(origin));
  const int code = serve(origin);
  if (code != kServeAnew) return code;
  ClearOrigin();
  const std::string why = Become(origin.installed, arguments);
  std::fprintf(stderr, "assist-agent: %s\n", why.c_str());
  // A package of the system is just being replaced, or was taken away: what runs here runs on.
  if (!origin.slot.empty()) SetOrigin(origin, {{}, origin.slot, origin.trial, {}});
  std::fprintf(stderr, "assist-agent: %s\n", Become("/proc/self/exe", arguments).c_str());
  return 1;
}

}  // namespace assist::agent::service
