#include "agent/process/posix/posix_process_host.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <map>

#include "agent/process/agent_variables.h"
#include "agent/process/posix/accounts.h"
#include "agent/supervisor/spec.h"
#include "common/posix/file.h"
#include "common/posix/this_system.h"
#include "common/posix/unique_fd.h"

extern char** environ;

namespace assist::agent::process {
namespace {

constexpr const char* kEvents = "run/events";
constexpr std::size_t kMaxTickets = 4096;  ///< More at once: look at every task.

/// Open for both directions, so that it never ends and a supervisor can always write.
Result<UniqueFd> OpenEvents(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0 && !S_ISFIFO(info.st_mode)) {
    if (::unlink(path.c_str()) != 0) return tl::make_unexpected(ErrnoError(errno, "replace", path));
  }
  if (::mkfifo(path.c_str(), 0600) != 0 && errno != EEXIST) return tl::make_unexpected(ErrnoError(errno, "make", path));
  return OpenFile(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
}

/// Whether somebody holds the lock of the spool in this folder.
Result<bool> SpoolIsLocked(const std::string& path) {
  const UniqueFd spool(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!spool) {
    if (errno == ENOENT) return false;
    return tl::make_unexpected(ErrnoError(errno, "open", path));
  }
  if (::flock(spool.get(), LOCK_SH | LOCK_NB) == 0) return false;
  if (errno == EWOULDBLOCK) return true;
  return tl::make_unexpected(ErrnoError(errno, "ask for the lock of", path));
}

bool IsFolder(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool IsProgram(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

Result<Found> FindNow(const Needs& needs) {
  Result<Account> account = FindAccountNow(needs.account);
  if (!account) return Forward(account);
  Found found;
  found.account = std::move(*account);
  const std::string& folder = needs.folder.empty() ? found.account.home : needs.folder;
  found.folder = folder.starts_with('/') && IsFolder(folder);
  const auto program = std::find_if(needs.programs.begin(), needs.programs.end(), IsProgram);
  if (program != needs.programs.end()) found.program = *program;
  return found;
}

/// posix_spawn of the supervisor: own session, no signal blocked or ignored, nothing of ours open.
Result<pid_t> Spawn(const std::string& program, const std::string& folder) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  if (::posix_spawn_file_actions_init(&files) != 0) return Fail(Errc::kUnavailable, "no memory for a process");
  if (::posix_spawnattr_init(&attributes) != 0) {
    ::posix_spawn_file_actions_destroy(&files);
    return Fail(Errc::kUnavailable, "no memory for a process");
  }
  ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, 1, 2);
  sigset_t none;
  sigset_t standard;
  sigemptyset(&none);
  sigfillset(&standard);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &standard);
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
#if defined(POSIX_SPAWN_SETSID)
  flags |= POSIX_SPAWN_SETSID;
#endif
  ::posix_spawnattr_setflags(&attributes, flags);
  std::string name = program;
  std::string argument = folder;
  char* argv[] = {name.data(), argument.data(), nullptr};
  char* environment[] = {nullptr};
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, program.c_str(), &files, &attributes, argv, environment);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  if (error != 0) return tl::make_unexpected(ErrnoError(error, "start", program));
  return pid;
}

}  // namespace

struct PosixProcessHost::State : std::enable_shared_from_this<State> {
  State(Options options_, asio::any_io_executor executor_, BlockingPool& pool_, Log& log_)
      : options(std::move(options_)),
        pool(pool_),
        log(log_),
        events(executor_),
        children(executor_),
        changed(std::move(executor_)) {}

  void ReadEvents() {
    events.async_read_some(asio::buffer(buffer),
                           [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
                             if (self->closed || error == asio::error::operation_aborted) return;
                             if (!error) self->TakeNotices(size);
                             self->ReadEvents();
                           });
  }

  /// Tickets are written whole, eight bytes each; anything else was not written by a supervisor.
  void TakeNotices(std::size_t size) {
    if (size % 8 != 0) waiting.any = true;
    for (std::size_t at = 0; at + 8 <= size; at += 8) {
      std::uint64_t ticket = 0;
      for (std::size_t i = 0; i < 8; ++i) {
        ticket |= static_cast<std::uint64_t>(static_cast<unsigned char>(buffer[at + i])) << (8 * i);
      }
      if (waiting.any || std::find(waiting.tickets.begin(), waiting.tickets.end(), ticket) != waiting.tickets.end()) {
        continue;
      }
      if (waiting.tickets.size() >= kMaxTickets) waiting.any = true;
      waiting.tickets.push_back(ticket);
    }
    changed.Set();
  }

  void WaitForChildren() {
    children.async_wait([self = shared_from_this()](boost::system::error_code error, int /*signal*/) {
      if (self->closed || error) return;
      self->Reap();
      self->WaitForChildren();
    });
  }

  void Reap() {
    for (auto at = started.begin(); at != started.end();) {
      int status = 0;
      const pid_t pid = ::waitpid(at->first, &status, WNOHANG);
      if (pid == 0 || (pid < 0 && errno == EINTR)) {
        ++at;
        continue;
      }
      // A supervisor that ended as it should has told so itself; after any other end every task is looked at.
      const bool clean = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
      if (!clean) {
        log.Warn("supervisor.ended", {{"folder", at->second},
                                      {"exit", pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1},
                                      {"signal", pid > 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0}});
        waiting.any = true;
        changed.Set();
      }
      at = started.erase(at);
    }
  }

  [[nodiscard]] bool StartedAndAlive(const std::string& folder) {
    Reap();
    return std::any_of(started.begin(), started.end(), [&](const auto& each) { return each.second == folder; });
  }

  const Options options;
  std::string boot_id;
  BlockingPool& pool;
  Log& log;
  asio::posix::basic_stream_descriptor<asio::any_io_executor> events;
  asio::basic_signal_set<asio::any_io_executor> children;
  Event changed;
  Changes waiting;
  std::map<pid_t, std::string> started;  // supervisors of this process that have not been waited for
  std::array<char, 8 * 512> buffer{};
  bool closed = false;
};

PosixProcessHost::PosixProcessHost(std::shared_ptr<State> state) : state_(std::move(state)) {}

PosixProcessHost::~PosixProcessHost() {
  state_->closed = true;
  boost::system::error_code ignored;
  state_->events.close(ignored);
  state_->children.cancel(ignored);
}

Result<std::unique_ptr<PosixProcessHost>> PosixProcessHost::Make(Options options, asio::any_io_executor executor,
                                                                 BlockingPool& pool, Log& log) {
  Result<std::string> boot_id = BootId();
  if (!boot_id) return Forward(boot_id);
  Result<UniqueFd> events = OpenEvents(options.root + "/" + kEvents);
  if (!events) return Forward(events);
  auto state = std::make_shared<State>(std::move(options), std::move(executor), pool, log);
  state->boot_id = std::move(*boot_id);
  boost::system::error_code error;
  state->events.assign(events->get(), error);
  if (error) return Fail(Errc::kInternal, "cannot watch the pipe of notices: " + error.message());
  (void)events->Release();
  state->children.add(SIGCHLD, error);
  if (error) return Fail(Errc::kInternal, "cannot hear of ended processes: " + error.message());
  for (const std::int64_t pid : state->options.children) state->started.emplace(static_cast<pid_t>(pid), std::string());
  state->Reap();  // those that ended meanwhile said so to nobody
  state->ReadEvents();
  state->WaitForChildren();
  return std::unique_ptr<PosixProcessHost>(new PosixProcessHost(std::move(state)));
}

std::string PosixProcessHost::boot_id() const { return state_->boot_id; }

asio::awaitable<Result<Found>> PosixProcessHost::Find(Needs needs) {
  auto work = [needs = std::move(needs)] { return FindNow(needs); };
  co_return co_await state_->pool.Run(std::move(work));
}

std::vector<std::string> PosixProcessHost::environment() const {
  std::vector<std::string> environment = ScriptEnvironment(environ);
  AddAgentVariables(state_->options.agent, state_->options.root, environment);
  return environment;
}

std::string PosixProcessHost::Absolute(const std::string& relative) const {
  return state_->options.root + "/" + relative;
}

std::string PosixProcessHost::notify_path() const { return Absolute(kEvents); }

asio::awaitable<Status> PosixProcessHost::StartSupervisor(std::string folder) {
  // In this thread: it takes a fraction of a millisecond, while the pool may be waiting for a disk.
  Result<pid_t> pid = Spawn(state_->options.supervisor, Absolute(folder));
  if (!pid) co_return Forward(pid);
  state_->started.emplace(*pid, std::move(folder));
  co_return Status();
}

asio::awaitable<Result<bool>> PosixProcessHost::LockHeld(std::string folder) {
  if (state_->StartedAndAlive(folder)) co_return true;
  auto work = [path = Absolute(folder) + "/" + std::string(supervisor::kSpoolFile)] { return SpoolIsLocked(path); };
  co_return co_await state_->pool.Run(std::move(work));
}

asio::awaitable<Status> PosixProcessHost::RequestStop(std::string folder, StopMode mode) {
  auto work = [path = Absolute(folder) + "/" + std::string(supervisor::kControlFile), mode]() -> Status {
    const UniqueFd control(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
    if (!control) {
      if (errno == ENXIO || errno == ENOENT) return Fail(Errc::kUnavailable, "nobody listens at " + path);
      return tl::make_unexpected(ErrnoError(errno, "open", path));
    }
    const char wish = static_cast<char>(mode);
    if (::write(control.get(), &wish, 1) != 1) return Fail(Errc::kUnavailable, "cannot write into " + path);
    return {};
  };
  co_return co_await state_->pool.Run(std::move(work));
}

Event& PosixProcessHost::changed() { return state_->changed; }

ProcessHost::Changes PosixProcessHost::TakeChanged() {
  state_->changed.Reset();
  return std::exchange(state_->waiting, {});
}

std::vector<std::string> ScriptEnvironment(const char* const* environment) {
  static constexpr std::array<std::string_view, 9> kNotForScripts = {
      "NOTIFY_SOCKET",  "WATCHDOG_PID",  "WATCHDOG_USEC",  "LISTEN_PID",      "LISTEN_FDS",
      "LISTEN_FDNAMES", "INVOCATION_ID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID"};
  std::vector<std::string> out;
  bool path = false;
  for (const char* const* at = environment; at != nullptr && *at != nullptr; ++at) {
    const std::string_view line = *at;
    const std::string_view name = line.substr(0, line.find('='));
    if (name.starts_with("ASSIST_")) continue;
    if (std::find(kNotForScripts.begin(), kNotForScripts.end(), name) != kNotForScripts.end()) continue;
    path = path || name == "PATH";
    out.emplace_back(line);
  }
  if (!path) out.emplace_back("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  return out;
}

}  // namespace assist::agent::process
