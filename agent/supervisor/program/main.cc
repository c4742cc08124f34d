// assist-supervisor FOLDER: owns one script. Turns the world into events for Step() and carries its actions out. One
// thread, no library but the C and C++ ones; it outlives the agent that started it.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <optional>
#include <vector>

#include "agent/control_group/control_group.h"
#include "agent/supervisor/program/process_tree.h"
#include "agent/supervisor/program/script_process.h"
#include "agent/supervisor/program/task_files.h"
#include "agent/supervisor/step.h"

namespace assist::agent::supervisor {
namespace {

SystemTime Wall() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return SystemTime(std::chrono::seconds(now.tv_sec) + std::chrono::microseconds(now.tv_nsec / 1000));
}

SteadyTime Steady() {
  timespec now{};
#if defined(CLOCK_BOOTTIME)
  ::clock_gettime(CLOCK_BOOTTIME, &now);
#else
  ::clock_gettime(CLOCK_MONOTONIC, &now);
#endif
  return SteadyTime(std::chrono::seconds(now.tv_sec) + std::chrono::microseconds(now.tv_nsec / 1000));
}

Limits LimitsOf(const Spec& spec) {
  Limits limits;
  limits.timeout = spec.timeout;
  limits.client = spec.client;
  limits.timeout_ends_tree = spec.on_timeout == TerminationMode::kTree;
  limits.cap_bytes = spec.cap_bytes;
  limits.tail_bytes = spec.tail_bytes;
  limits.budgets = spec.budgets;
  limits.boot_id = spec.boot_id;
  return limits;
}

class Supervisor {
 public:
  Supervisor(Spec spec, SpoolFile spool, UniqueFd control)
      : spec_(std::move(spec)), spool_(std::move(spool)), control_(std::move(control)), state_(LimitsOf(spec_)) {}

  void Run() {
    Event locked = Make(Event::Type::kLocked);
    locked.already_started = spool_.HasStarted();
    Feed(locked);
    while (!left_) Wait();
    if (group_) group_->Close();
  }

 private:
  static Event Make(Event::Type type) {
    Event event;
    event.type = type;
    event.wall = Wall();
    event.steady = Steady();
    return event;
  }

  /// One step, its actions, and then their answers.
  void Feed(const Event& event) {
    std::vector<Action> actions;
    Step(state_, event, actions);
    std::vector<Event> answers;
    bool drain = false;
    for (const Action& action : actions) {
      if (action.type == Action::Type::kDrain) {
        drain = true;
      } else {
        Carry(action, answers);
      }
    }
    for (const Event& answer : answers) Feed(answer);
    if (drain) Drain();
  }

  void Carry(const Action& action, std::vector<Event>& answers) {
    const auto answer = [&](bool good, Event::Type yes, Event::Type no) { answers.push_back(Make(good ? yes : no)); };
    switch (action.type) {
      case Action::Type::kWriteHead:
        return answer(spool_.WriteHead(action.mark), Event::Type::kHeadWritten, Event::Type::kHeadFailed);
      case Action::Type::kStartScript:
        return Start(answers);
      case Action::Type::kAppend:
        if (action.first_output != SystemTime{}) spool_.NoteFirstOutput(action.first_output);
        return answer(spool_.Append(action.gap, action.bytes, action.more), Event::Type::kAppended,
                      Event::Type::kAppendFailed);
      case Action::Type::kArmTimer:
        timer_ = action.when;
        return;
      case Action::Type::kKillTree: {
        if (!script_reaped_) ::kill(-script_.pid, SIGKILL);
        answers.push_back(Make(Event::Type::kKilled));
        answers.back().code = KillDescendants();
        return;
      }
      case Action::Type::kKillScript:
        if (!script_reaped_) ::kill(script_.pid, SIGKILL);
        return;
      case Action::Type::kAskScript:
        if (!script_reaped_) ::kill(script_.pid, action.tree ? SIGTERM : SIGUSR1);
        return;
      case Action::Type::kMeasure: {
        const Usage usage = Measure();
        answers.push_back(Make(Event::Type::kMeasured));
        answers.back().usage = usage;
        return;
      }
      case Action::Type::kWriteExit:
        return answer(spool_.WriteExit(action.exit), Event::Type::kExitWritten, Event::Type::kExitFailed);
      case Action::Type::kNotify:
        return SendNotice(spec_.notify_path, spec_.ticket);
      case Action::Type::kLeave:
        left_ = true;
        return;
      case Action::Type::kDrain:
        return;
    }
  }

  [[nodiscard]] Usage Measure() const {
    Usage usage = MeasureDescendants(spec_.budgets);
    usage.cpu += reaped_cpu_;
    if (!group_) return usage;
    if (const auto cpu = group_->CpuTime()) usage.cpu = std::max(usage.cpu, *cpu);
    // What held all it may and wanted more is over it.
    if (const auto most = group_->MemoryAtWall()) {
      usage.memory_bytes = std::max({usage.memory_bytes, *most, spec_.budgets.memory_bytes + 1});
    }
    return usage;
  }

  /// What runs elsewhere, for a client, is in no group of ours.
  [[nodiscard]] control_group::Wants Wanted() const {
    if (spec_.client) return {};
    return {spec_.budgets.memory_bytes, spec_.budgets.cpu_seconds > 0};
  }

  void Start(std::vector<Event>& answers) {
    group_.emplace(control_group::ControlGroup::Make(Wanted()));
    script_ = StartScript(spec_, *group_);
    if (script_.pid == 0) {
      answers.push_back(Make(Event::Type::kStartFailed));
      answers.back().code = script_.error;
      failure_ = script_.what;
      if (script_.error > 0) failure_ += std::string(": ") + std::strerror(script_.error);
      answers.back().bytes = failure_;
      return;
    }
    script_reaped_ = false;
    const int flags = ::fcntl(script_.output.get(), F_GETFL);
    ::fcntl(script_.output.get(), F_SETFL, flags | O_NONBLOCK);
    answers.push_back(Make(Event::Type::kStarted));
  }

  /// What is in the pipe now, and no more: a daemon that the script left may go on writing for ever.
  void Drain() {
    int left = 0;
    if (script_.output && ::ioctl(script_.output.get(), FIONREAD, &left) == 0) {
      while (left > 0) {
        const std::size_t got = ReadOutput(static_cast<std::size_t>(left));
        if (got == 0) break;
        left -= static_cast<int>(got);
      }
    }
    script_.output.Reset();
    Feed(Make(Event::Type::kDrained));
  }

  /// Reads at most `limit` bytes and tells them; 0: nothing there, or the end.
  std::size_t ReadOutput(std::size_t limit) {
    const std::size_t size = limit < buffer_.size() ? limit : buffer_.size();
    const ssize_t got = ::read(script_.output.get(), buffer_.data(), size);
    if (got < 0) {
      if (errno != EAGAIN && errno != EINTR) script_.output.Reset();
      return 0;
    }
    if (got == 0) {
      script_.output.Reset();  // every holder has closed it; the script may run on
      return 0;
    }
    Event event = Make(Event::Type::kOutput);
    event.bytes = std::string_view(buffer_.data(), static_cast<std::size_t>(got));
    Feed(event);
    return static_cast<std::size_t>(got);
  }

  void Reap() {
    int status = 0;
    pid_t pid = 0;
    rusage used{};
    while (!left_ && (pid = ::wait4(-1, &status, WNOHANG, &used)) > 0) {
      for (const timeval& time : {used.ru_utime, used.ru_stime}) {  // with all that it has waited for
        reaped_cpu_ += std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
      }
      if (script_reaped_ || pid != script_.pid) continue;  // an orphan of the script
      script_reaped_ = true;
      const bool signalled = WIFSIGNALED(status);
      Event event = Make(signalled ? Event::Type::kSignalled : Event::Type::kExited);
      event.code = signalled ? WTERMSIG(status) : WEXITSTATUS(status);
      Feed(event);
    }
  }

  void TakeControl() {
    std::array<char, 64> wishes{};
    const ssize_t got = ::read(control_.get(), wishes.data(), wishes.size());
    for (ssize_t i = 0; i < got && !left_; ++i) {
      const char wish = wishes[static_cast<std::size_t>(i)];
      if (wish != 1 && wish != 2) continue;
      Event event = Make(Event::Type::kStop);
      event.tree = wish == 1;
      Feed(event);
    }
  }

  void Wait() {
    std::array<pollfd, 2> files{};
    files[0] = {control_.get(), POLLIN, 0};
    nfds_t count = 1;
    if (script_.output) files[count++] = {script_.output.get(), POLLIN, 0};
    timespec patience{};
    if (timer_) {
      const auto left = std::max(*timer_ - Steady(), SteadyTime::duration::zero());
      patience.tv_sec = static_cast<time_t>(left.count() / 1'000'000);
      patience.tv_nsec = static_cast<long>(left.count() % 1'000'000) * 1000;
      // BOOTTIME runs on in suspend, the kernel's wait does not: look again at least once a minute.
      if (patience.tv_sec >= 60) patience = {60, 0};
    }
    sigset_t open;
    sigemptyset(&open);  // SIGCHLD comes through only here
    const int ready = ::ppoll(files.data(), count, timer_ ? &patience : nullptr, &open);
    if (timer_ && *timer_ <= Steady()) {
      timer_.reset();
      Feed(Make(Event::Type::kTimer));
    }
    if (ready > 0 && !left_ && files[0].revents != 0) TakeControl();
    if (ready > 0 && !left_ && count > 1 && files[1].revents != 0 && script_.output) ReadOutput(buffer_.size());
    if (!left_) Reap();
  }

  Spec spec_;
  SpoolFile spool_;
  UniqueFd control_;
  State state_;
  std::optional<control_group::ControlGroup> group_;
  StartedScript script_;
  bool script_reaped_ = true;  // no script, or it was waited for: its pid may be somebody else's
  std::string failure_;
  std::chrono::microseconds reaped_cpu_{0};  // of the processes that were waited for here
  std::optional<SteadyTime> timer_;
  bool left_ = false;
  std::array<char, kMaxFramePayload> buffer_{};
};

void OnChild(int /*signal*/) {}

/// Nothing of the agent's stays open here but what was handed over on purpose: nothing.
void CloseInherited() {
#if defined(__FreeBSD__)
  ::closefrom(3);
#else
  const long most = ::sysconf(_SC_OPEN_MAX);
#if defined(__linux__) && defined(__NR_close_range)
  if (::syscall(__NR_close_range, 3u, ~0u, 0u) == 0) return;
#endif
  for (int fd = 3; fd < most && fd < 65536; ++fd) ::close(fd);
#endif
}

int Main(const char* folder_path) {
  ::setsid();  // fails when it leads a group already: then the agent has seen to it
  CloseInherited();
  for (const int signal : {SIGPIPE, SIGHUP, SIGINT, SIGQUIT, SIGTERM}) ::signal(signal, SIG_IGN);
  struct sigaction child {};
  child.sa_handler = OnChild;
  ::sigaction(SIGCHLD, &child, nullptr);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGCHLD);
  ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
  ::umask(077);

  const UniqueFd folder(::open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return 3;
  SpoolFile spool;
  if (!spool.Open(folder.get())) return 5;
  // Under the lock: an agent that has taken the spec away and then found the lock free knows that nothing starts.
  std::optional<Spec> spec = ReadSpec(folder.get());
  if (!spec) return 4;
  UniqueFd control = OpenControl(folder.get());
  if (!control) return 6;
  if (!BecomeSubreaper()) return 7;
  Supervisor(std::move(*spec), std::move(spool), std::move(control)).Run();
  return 0;
}

}  // namespace
}  // namespace assist::agent::supervisor

int main(int argc, char** argv) {
  if (argc != 2) {
    static constexpr char kUsage[] = "usage: assist-supervisor FOLDER (assist-agent starts it)\n";
    [[maybe_unused]] const ssize_t put = ::write(2, kUsage, sizeof kUsage - 1);
    return 2;
  }
  return assist::agent::supervisor::Main(argv[1]);
}
