#include "agent/containers/program/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

extern char** environ;

namespace assist::agent::containers {
namespace {

constexpr std::size_t kMaxOutput = 32 << 20;
constexpr std::size_t kMaxErrors = 4096;

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

bool MakePipe(Pipe& pipe) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  pipe.read.Reset(ends[0]);
  pipe.write.Reset(ends[1]);
  return ::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

}  // namespace

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      code_(other.code_),
      output_(std::move(other.output_)),
      errors_(std::move(other.errors_)) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this == &other) return *this;
  if (pid_ > 0) Wait(TimePoint{});
  pid_ = std::exchange(other.pid_, 0);
  code_ = other.code_;
  output_ = std::move(other.output_);
  errors_ = std::move(other.errors_);
  return *this;
}

Child::~Child() {
  if (pid_ > 0) Wait(TimePoint{});
}

Result<Child> Child::Start(const std::vector<std::string>& arguments) {
  Pipe output;
  Pipe errors;
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  if (!MakePipe(output) || !MakePipe(errors) || ::posix_spawn_file_actions_init(&files) != 0) {
    return Fail(Errc::kUnavailable, std::string("no pipe: ") + std::strerror(errno));
  }
  if (::posix_spawnattr_init(&attributes) != 0) {
    ::posix_spawn_file_actions_destroy(&files);
    return Fail(Errc::kUnavailable, "no memory for a process");
  }
  ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, output.write.get(), 1);
  ::posix_spawn_file_actions_adddup2(&files, errors.write.get(), 2);
  sigset_t none;
  sigset_t standard;
  sigemptyset(&none);
  sigfillset(&standard);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &standard);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  Child child;
  const int error = ::posix_spawnp(&child.pid_, argv[0], &files, &attributes, argv.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  if (error != 0) {
    child.pid_ = 0;
    return Fail(error == ENOENT ? Errc::kNotFound : Errc::kUnavailable,
                "cannot start " + arguments[0] + ": " + std::strerror(error));
  }
  child.output_ = std::move(output.read);
  child.errors_ = std::move(errors.read);
  return child;
}

int Child::Wait(TimePoint deadline) {
  int status = 0;
  while (pid_ > 0) {
    const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended == pid_) {
      pid_ = 0;
      code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    } else if (ended < 0 && errno != EINTR) {
      pid_ = 0;
    } else if (MillisUntil(deadline) == 0) {
      ::kill(pid_, SIGKILL);
      while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
      }
      pid_ = 0;
      code_ = 128 + SIGKILL;
    } else {
      ::poll(nullptr, 0, 5);
    }
  }
  return code_;
}

Result<Finished> RunToEnd(const std::vector<std::string>& arguments, TimePoint deadline) {
  Result<Child> child = Child::Start(arguments);
  if (!child) return Forward(child);
  Finished finished;
  std::array<pollfd, 2> files{pollfd{child->output(), POLLIN, 0}, pollfd{child->errors(), POLLIN, 0}};
  std::array<char, 16384> piece{};
  while (files[0].fd >= 0 || files[1].fd >= 0) {
    const int patience = MillisUntil(deadline);
    if (patience == 0) return Fail(Errc::kExpired, arguments[0] + " does not end");
    if (::poll(files.data(), files.size(), patience) <= 0) continue;
    for (pollfd& file : files) {
      if (file.fd < 0 || file.revents == 0) continue;
      const ssize_t got = ::read(file.fd, piece.data(), piece.size());
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      const auto size = static_cast<std::size_t>(std::max<ssize_t>(got, 0));
      if (&file == &files[0]) {
        finished.output.append(piece.data(), size);
        if (finished.output.size() > kMaxOutput) return Fail(Errc::kTooLarge, arguments[0] + " says too much");
      } else {
        finished.errors.append(piece.data(), std::min(size, kMaxErrors - finished.errors.size()));
      }
      if (got <= 0) file.fd = -1;
    }
  }
  finished.code = child->Wait(deadline);
  return finished;
}

}  // namespace assist::agent::containers
