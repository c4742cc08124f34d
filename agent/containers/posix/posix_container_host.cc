#include "agent/containers/posix/posix_container_host.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <memory>

#include "agent/containers/messages.h"
#include "common/async/event.h"
#include "common/base/result.h"
#include "common/posix/unique_fd.h"

extern char** environ;

namespace assist::agent::containers {
namespace {

constexpr std::size_t kMaxAnswer = 64 << 10;

tl::unexpected<Trouble> Failed(std::string_view code, std::string why) {
  return tl::unexpected<Trouble>(Trouble{false, std::string(code), std::move(why)});
}

/// In a session of its own, so that what it starts can be ended with it.
Result<pid_t> Spawn(const std::vector<std::string>& arguments, int output) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  if (::posix_spawn_file_actions_init(&files) != 0) return Fail(Errc::kUnavailable, "no memory for a process");
  if (::posix_spawnattr_init(&attributes) != 0) {
    ::posix_spawn_file_actions_destroy(&files);
    return Fail(Errc::kUnavailable, "no memory for a process");
  }
  ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, output, 1);
  ::posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
  sigset_t none;
  sigset_t standard;
  sigemptyset(&none);
  sigfillset(&standard);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &standard);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, argv[0], &files, &attributes, argv.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  if (error != 0) return Fail(Errc::kUnavailable, "cannot start " + arguments[0] + ": " + std::strerror(error));
  return pid;
}

/// One search: its process and what came of its answer. The read that is under way shares it.
struct Search : std::enable_shared_from_this<Search> {
  explicit Search(const asio::any_io_executor& executor) : answer(executor), over(executor) {}

  void Read() {
    answer.async_read_some(asio::buffer(piece),
                           [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
                             if (error == asio::error::operation_aborted) return;
                             self->bytes.append(self->piece.data(), size);
                             if (!error && self->bytes.size() <= kMaxAnswer) return self->Read();
                             self->over.Set();
                           });
  }

  asio::posix::basic_stream_descriptor<asio::any_io_executor> answer;
  Event over;
  std::string bytes;
  std::array<char, 4096> piece{};
};

/// Ends the process with the coroutine that waits for it, however that ends.
class Running {
 public:
  Running(pid_t pid, std::shared_ptr<Search> search) : pid_(pid), search_(std::move(search)) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    boost::system::error_code ignored;
    search_->answer.close(ignored);
    ::kill(-pid_, SIGKILL);
    // It has ended, or is ending by the signal: this does not wait for anything else.
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

 private:
  const pid_t pid_;
  const std::shared_ptr<Search> search_;
};

}  // namespace

PosixContainerHost::PosixContainerHost(Options options, asio::any_io_executor executor, Clock& clock)
    : options_(std::move(options)), executor_(std::move(executor)), clock_(clock) {}

asio::awaitable<Outcome<Target>> PosixContainerHost::Find(std::string id, std::string name) {
  constexpr std::string_view kInternal = "ContainerRuntimeInternalError";
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    co_return Failed(kInternal, std::string("cannot make a pipe: ") + std::strerror(errno));
  }
  UniqueFd read(ends[0]);
  UniqueFd write(ends[1]);
  std::vector<std::string> arguments{options_.program, "find",        options_.docker,
                                     options_.crictl,  std::move(id), std::move(name)};
  arguments.insert(arguments.end(), options_.cri.begin(), options_.cri.end());
  Result<pid_t> pid = Spawn(arguments, write.get());
  if (!pid) co_return Failed(kInternal, pid.error().detail);
  write.Reset();
  auto search = std::make_shared<Search>(executor_);
  const Running running(*pid, search);
  boost::system::error_code error;
  search->answer.assign(read.get(), error);
  if (error) co_return Failed(kInternal, "cannot watch a pipe: " + error.message());
  (void)read.Release();
  search->Read();
  const SteadyTime until = clock_.Steady() + options_.patience;
  const bool over = co_await search->over.WaitUntil(clock_, until);
  if (!over) co_return Failed("ContainerRuntimeTimeout", "the search for the container did not end in time");
  Result<Outcome<Target>> answer = DecodeAnswer(search->bytes);
  if (!answer) co_return Failed(kInternal, "the search for the container failed: " + answer.error().detail);
  co_return std::move(*answer);
}

}  // namespace assist::agent::containers
