#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

#include "agent/service/programs.h"
#include "common/posix/file.h"
#include "common/posix/unique_fd.h"

extern char** environ;

namespace assist::agent::service {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxOutput = 64 << 10;
constexpr std::chrono::seconds kEndPatience{10};

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (const std::string& word : words) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

Error StartError(int error, const std::string& program) {
  Error out = ErrnoError(error, "run", program);
  if (error == ENOEXEC || error == ELIBBAD) {
    out.code = Errc::kInvalid;
    out.detail += " (it is no program for this machine)";
  }
  if (error == EACCES) {
    out.code = Errc::kDenied;
    out.detail += " (the file system may be mounted noexec)";
  }
  return out;
}

/// In its own session, with no signal blocked or ignored.
Result<pid_t> Spawn(const std::vector<std::string>& arguments, const char* const* environment, int output,
                    const std::string& log) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  if (output >= 0) {
    ::posix_spawn_file_actions_adddup2(&files, output, 1);
  } else {
    ::posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::posix_spawn_file_actions_adddup2(&files, 1, 2);
  }
  sigset_t none;
  sigset_t standard;
  sigemptyset(&none);
  sigfillset(&standard);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &standard);
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
#if defined(POSIX_SPAWN_SETSID)
  if (output < 0) flags |= POSIX_SPAWN_SETSID;
#endif
  ::posix_spawnattr_setflags(&attributes, flags);
  std::vector<char*> argv = Pointers(arguments);
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, argv[0], &files, &attributes, argv.data(), const_cast<char* const*>(environment));
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  if (error != 0) return tl::make_unexpected(StartError(error, arguments[0]));
  return pid;
}

/// Milliseconds for poll().
int Left(Clock::time_point end) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
  return left < 0 ? 0 : static_cast<int>(std::min<std::int64_t>(left, 1000));
}

#if defined(__linux__)
/// The program that a process runs; empty when that cannot be seen.
std::string ProgramOf(pid_t pid) {
  std::array<char, PATH_MAX> path{};
  const ssize_t size = ::readlink(("/proc/" + std::to_string(pid) + "/exe").c_str(), path.data(), path.size());
  return size <= 0 ? std::string() : std::string(path.data(), static_cast<std::size_t>(size));
}

/// Names the process for as long as it is open, whatever becomes of its number. Empty before Linux 5.3.
UniqueFd OpenProcess(pid_t pid) {
#if defined(SYS_pidfd_open)
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
#else
  return UniqueFd();
#endif
}

int Signal(const UniqueFd& process, pid_t pid, int signal) {
#if defined(SYS_pidfd_send_signal)
  if (process) return static_cast<int>(::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0));
#endif
  return ::kill(pid, signal);
}
#else
std::string ProgramOf(pid_t) { return {}; }
UniqueFd OpenProcess(pid_t) { return UniqueFd(); }
int Signal(const UniqueFd&, pid_t pid, int signal) { return ::kill(pid, signal); }
#endif

std::string RealPath(const std::string& path) {
  std::array<char, PATH_MAX> real{};
  return ::realpath(path.c_str(), real.data()) == nullptr ? path : std::string(real.data());
}

}  // namespace

Result<Finished> RunProgram(const std::vector<std::string>& arguments, std::chrono::seconds patience) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return tl::make_unexpected(ErrnoError(errno, "make", "a pipe"));
  const UniqueFd in(ends[0]);
  UniqueFd out(ends[1]);
  ::fcntl(in.get(), F_SETFD, FD_CLOEXEC);
  ::fcntl(out.get(), F_SETFD, FD_CLOEXEC);
  Result<pid_t> pid = Spawn(arguments, environ, out.get(), {});
  out.Reset();
  if (!pid) return Forward(pid);
  Finished finished;
  const Clock::time_point end = Clock::now() + patience;
  bool open = true;
  int status = 0;
  for (;;) {
    const pid_t done = ::waitpid(*pid, &status, WNOHANG);
    const bool late = Clock::now() >= end;
    if (done == 0 && late) {
      ::kill(*pid, SIGKILL);
      ::waitpid(*pid, &status, 0);
      return Fail(Errc::kExpired, arguments[0] + " did not end within " + std::to_string(patience.count()) + " s");
    }
    pollfd wait{in.get(), POLLIN, 0};
    // What it has started may hold the pipe: after its end only what lies there is read.
    const int ready = open ? ::poll(&wait, 1, done != 0 ? 0 : std::min(Left(end), 50)) : 0;
    if (ready > 0) {
      std::array<char, 4096> piece{};
      const ssize_t size = ::read(in.get(), piece.data(), piece.size());
      if (size > 0 && finished.output.size() < kMaxOutput) {
        finished.output.append(piece.data(), static_cast<std::size_t>(size));
      }
      if (size <= 0 && errno != EINTR) open = false;
      if (size > 0) continue;
    } else if (!open && done == 0) {
      ::poll(nullptr, 0, 20);
    }
    if (done != 0) break;
  }
  finished.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return finished;
}

Status StartDetached(const std::vector<std::string>& arguments, const std::string& log) {
  std::vector<std::string> kept;
  for (char** at = environ; *at != nullptr; ++at) {
    if (!std::string_view(*at).starts_with("ASSIST_")) kept.emplace_back(*at);
  }
  const std::vector<char*> environment = Pointers(kept);
  // This process does not wait for it: it belongs to the system's first process as soon as this one has ended.
  Result<pid_t> pid = Spawn(arguments, environment.data(), -1, log);
  if (!pid) return Forward(pid);
  return {};
}

Status EndIfFrom(std::int64_t number, const std::string& folder) {
  const auto pid = static_cast<pid_t>(number);
  if (pid <= 1 || pid == ::getpid()) return {};
  const UniqueFd process = OpenProcess(pid);
  // The number was looked up before it was opened: only what is seen from here on is the process that is meant.
  if (!ProgramOf(pid).starts_with(RealPath(folder) + "/")) return {};
  if (Signal(process, pid, SIGKILL) != 0 && errno != ESRCH) {
    return tl::make_unexpected(ErrnoError(errno, "end", "process " + std::to_string(pid)));
  }
  const Clock::time_point end = Clock::now() + kEndPatience;
  // A process that nobody has waited for yet runs nothing any more, and its program is not told.
  while (!ProgramOf(pid).empty()) {
    if (Clock::now() >= end) return Fail(Errc::kExpired, "process " + std::to_string(pid) + " does not end");
    ::poll(nullptr, 0, 20);
  }
  return {};
}

Status Nudge(std::int64_t number) {
  const auto pid = static_cast<pid_t>(number);
  if (pid <= 1) return Fail(Errc::kNotFound, "the agent has not told its number");
  const UniqueFd process = OpenProcess(pid);
#if defined(__linux__)
  const std::string program = ProgramOf(pid);
  if (program.substr(program.rfind('/') + 1).rfind("assist-agent", 0) != 0) {
    return Fail(Errc::kNotFound, "process " + std::to_string(pid) + " is no agent");
  }
#endif
  if (Signal(process, pid, SIGUSR2) != 0) {
    return tl::make_unexpected(ErrnoError(errno, "signal", "process " + std::to_string(pid)));
  }
  return {};
}

Status IsOurs(const std::string& program, int depth) {
  std::string path = program;
  for (int i = 0; i <= depth; ++i) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) return tl::make_unexpected(ErrnoError(errno, "look at", path));
    if (S_ISLNK(info.st_mode)) return Fail(Errc::kDenied, path + " is a link");
    if (info.st_uid != 0 && info.st_uid != ::geteuid()) {
      return Fail(Errc::kDenied, path + " belongs to another account");
    }
    if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) return Fail(Errc::kDenied, path + " is writable by others");
    path.resize(path.rfind('/'));
  }
  return {};
}

Status SettleModes(const std::string& folder, const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    const std::string path = folder + "/" + file;
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) return tl::make_unexpected(ErrnoError(errno, "look at", path));
    if (!S_ISREG(info.st_mode)) return Fail(Errc::kDenied, path + " is no file");
    const mode_t mode = (info.st_mode & S_IXUSR) != 0 ? 0755 : 0644;
    if (::chmod(path.c_str(), mode) != 0) return tl::make_unexpected(ErrnoError(errno, "set the mode of", path));
  }
  return {};
}

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

void SetVariable(const char* name, const std::string& value) {
  if (value.empty()) {
    ::unsetenv(name);
  } else {
    ::setenv(name, value.c_str(), 1);
  }
}

}  // namespace assist::agent::service
