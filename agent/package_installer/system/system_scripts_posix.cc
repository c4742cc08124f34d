#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/package_installer/system/system_scripts.h"
#include "agent/supervisor/program/process_tree.h"
#include "common/posix/file.h"

extern char** environ;

namespace assist::agent::package_installer {
namespace {

constexpr std::chrono::milliseconds kLook{20};
constexpr int kNotStarted = 127;

/// This program's environment with `more` in it.
std::vector<std::string> Environment(const std::vector<std::pair<std::string, std::string>>& more) {
  std::vector<std::string> lines;
  for (char* const* at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view line = *at;
    if (!line.starts_with("PACKAGE_")) lines.emplace_back(line);
  }
  for (const auto& [name, value] : more) lines.push_back(name + "=" + value);
  return lines;
}

std::vector<char*> Pointers(std::vector<std::string>& lines) {
  std::vector<char*> pointers;
  for (std::string& line : lines) pointers.push_back(line.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// The child's way to the script. Other threads of this program may hold any lock: only calls that are safe after a
/// fork.
[[noreturn]] void BecomeScript(const char* folder, char* const* script, char* const* shell, char* const* environment) {
  ::setpgid(0, 0);  // a key on the terminal that ends this program does not end the script: we do
  const int null = ::open("/dev/null", O_RDONLY);
  if (null >= 0) ::dup2(null, STDIN_FILENO);
  if (::chdir(folder) == 0) {
    ::execve(script[0], script, environment);
    if (errno == EACCES || errno == ENOEXEC) ::execve(shell[0], shell, environment);
  }
  ::_exit(kNotStarted);
}

}  // namespace

SystemScripts::SystemScripts(std::string root, Clock& clock, const artifact::StopSign& stop)
    : root_(std::move(root)), clock_(clock), stop_(stop) {
  supervisor::BecomeSubreaper();  // without it what detaches itself is not ended; nothing else changes
}

std::string SystemScripts::Absolute(const std::string& relative) const { return root_ + "/" + relative; }

asio::awaitable<Result<ScriptRunner::End>> SystemScripts::Run(Call call) {
  const std::string folder = Absolute(call.folder);
  std::string path = folder + "/" + call.script;
  if (!Exists(path)) co_return Fail(Errc::kNotFound, path + " is missing");
  std::vector<std::string> script = {path};
  std::vector<std::string> shell = {"/bin/sh", path};
  std::vector<std::string> lines = Environment(call.variables);
  const std::vector<char*> script_words = Pointers(script);
  const std::vector<char*> shell_words = Pointers(shell);
  const std::vector<char*> environment = Pointers(lines);
  const pid_t child = ::fork();
  if (child < 0) co_return tl::make_unexpected(ErrnoError(errno, "start", path));
  if (child == 0) BecomeScript(folder.c_str(), script_words.data(), shell_words.data(), environment.data());

  End end;
  const SteadyTime limit = clock_.Steady() + call.timeout;
  for (int status = 0;;) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended < 0 && errno != EINTR) co_return tl::make_unexpected(ErrnoError(errno, "wait for", path));
    if (ended == child) {
      // What was forked while the tree was looked through is still there. Bounded, since a process in the kernel's
      // hands (a dead network disk) dies when it can.
      for (int looks = 0; end.how != How::kExited && looks < 100 && supervisor::KillDescendants() > 0; ++looks) {
        co_await clock_.SleepFor(kLook);
      }
      end.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      co_return end;  // a daemon that it left on purpose is left alone
    }
    if (end.how == How::kExited && clock_.Steady() >= limit) end.how = How::kTimedOut;
    if (end.how == How::kExited && stop_.is_set() && !call.through_stop) end.how = How::kStopped;
    if (end.how != How::kExited) supervisor::KillDescendants();
    co_await clock_.SleepFor(kLook);
  }
}

}  // namespace assist::agent::package_installer
