#include "agent/containers/program/watch.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "agent/containers/command_lines.h"
#include "agent/containers/command_stream.h"
#include "agent/containers/program/session.h"
#include "agent/supervisor/client_word.h"
#include "common/base/check.h"
#include "common/posix/file.h"
#include "common/posix/random_bytes.h"

namespace assist::agent::containers {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using supervisor::ClientWord;

// Together below what the supervisor waits for a word.
constexpr seconds kOpenPatience{40};
constexpr seconds kBeginPatience{40};
constexpr seconds kKillPatience{10};
// Below what the supervisor waits after it has asked. A kill that failed is tried again.
constexpr seconds kEndPatience{12};
constexpr milliseconds kKillAgain{500};
constexpr milliseconds kAskFirst{20};
constexpr milliseconds kAskMost{2000};
// A runtime that was restarted is back by then.
constexpr seconds kRuntimeAway{60};
constexpr seconds kLateEnd{3};

volatile sig_atomic_t g_end_tree = 0;
volatile sig_atomic_t g_end_process = 0;
void OnEndTree(int /*signal*/) { g_end_tree = 1; }
void OnEndProcess(int /*signal*/) { g_end_process = 1; }
void OnChild(int /*signal*/) {}

/// They come through only while Wait() sleeps.
void CatchSignals() {
  sigset_t blocked;
  sigemptyset(&blocked);
  const auto take = [&blocked](int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    ::sigaction(signal, &action, nullptr);
    sigaddset(&blocked, signal);
  };
  take(SIGTERM, OnEndTree);
  take(SIGUSR1, OnEndProcess);
  take(SIGCHLD, OnChild);
  ::signal(SIGPIPE, SIG_IGN);
  ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
}

std::string Secret() {
  std::array<std::uint8_t, 32> bytes{};
  ASSIST_CHECK(FillRandomly(bytes));
  std::string text;
  for (const unsigned char byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::unique_ptr<Session> MakeSession(const Order& order, bool as_root) {
  return order.target.runtime == Runtime::kDocker ? MakeDockerSession(order, as_root) : MakeCriSession(order);
}

std::string Tidy(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  return text;
}

/// Runs the killing command and waits for its end. True: it found nothing more to kill.
bool KillInside(const Order& order, const Marks& marks, bool tree) {
  const TimePoint deadline = In(kKillPatience);
  const std::unique_ptr<Session> session = MakeSession(order, true);
  if (session->Open(KillLine(marks, tree), deadline).code != 0) return false;
  std::string ignored;
  while (session->fd() >= 0) {
    pollfd file{session->fd(), POLLIN, 0};
    if (MillisUntil(deadline) == 0) return false;
    if (session->pending() || ::poll(&file, 1, MillisUntil(deadline)) > 0) session->Read(ignored);
    ignored.clear();
  }
  for (;;) {
    const Session::Fate fate = session->Ask(deadline);
    if (fate.kind == Session::Fate::Kind::kEnded) return fate.code == 0;
    if (fate.kind == Session::Fate::Kind::kGone || MillisUntil(deadline) == 0) return false;
    ::poll(nullptr, 0, 20);
  }
}

class Watch {
 public:
  explicit Watch(const Order& order)
      : order_(order), marks_(MakeMarks(Secret())), stream_(marks_), session_(MakeSession(order, false)) {}

  int Run() {
    CatchSignals();
    const ClientWord opened = session_->Open(RunLine(marks_, order_.script), In(kOpenPatience));
    if (opened.code == supervisor::kClientUnsure) (void)KillInside(order_, marks_, true);
    if (opened.code != 0) return Tell(opened);
    if (const ClientWord begun = AwaitBegin(); begun.code != 0) return Tell(begun);
    Tell({});
    for (;;) {
      if (const std::optional<int> code = Step()) return *code;
      Wait(due_);
    }
  }

 private:
  /// To the supervisor; once. What Run() answers when it is bad news.
  static int Tell(const ClientWord& word) {
    (void)WriteAll(supervisor::kClientPipe, supervisor::EncodeClientWord(word), "supervisor");
    ::close(supervisor::kClientPipe);
    return 1;
  }

  ClientWord AwaitBegin() {
    const TimePoint until = In(kBeginPatience);
    while (!stream_.begun()) {
      if (ended_) {
        std::string why = Tidy(session_->words().empty() ? stream_.before() : session_->words());
        if (why.empty()) why = "the container's shell /bin/sh did not begin";
        return {supervisor::kClientFailed, std::move(why)};
      }
      if (MillisUntil(until) == 0) {
        (void)KillInside(order_, marks_, true);
        return {supervisor::kClientUnsure, "the command did not begin in time"};
      }
      Wait(until);
    }
    return {};
  }

  /// Sleeps until output, a signal, or `until`, and passes on what there is.
  void Wait(std::optional<TimePoint> until) {
    if (session_->pending()) return Read();
    pollfd file{session_->fd(), POLLIN, 0};
    timespec patience{};
    if (until) {
      const int left = MillisUntil(*until);
      patience = {left / 1000, left % 1000 * 1'000'000L};
    }
    sigset_t open;
    sigemptyset(&open);
    const int ready = ::ppoll(&file, file.fd >= 0 ? 1 : 0, until ? &patience : nullptr, &open);
    if (ready > 0) Read();
  }

  void Read() {
    std::string bytes;
    const bool more = session_->Read(bytes);
    std::string output;
    stream_.Put(bytes, output);
    if (!more) {
      ended_ = true;
      stream_.PutEnd(output);
    }
    (void)WriteAll(STDOUT_FILENO, output, "output");
  }

  /// The exit code when it is time to leave; else due_ says when to look again.
  std::optional<int> Step() {
    due_.reset();
    if (g_end_tree != 0 || g_end_process != 0) BeginKilling();
    if (end_by_) return Ending();
    if (stream_.exit_code()) return *stream_.exit_code() & 0xff;
    if (ended_) return AskForFate();
    return std::nullopt;
  }

  /// In a process of its own, so that the output goes on.
  void BeginKilling() {
    tree_ = tree_ || g_end_tree != 0;
    g_end_tree = 0;
    g_end_process = 0;
    end_by_ = In(kEndPatience);
    kill_at_ = std::chrono::steady_clock::now();
  }

  void Kill() {
    kill_at_.reset();
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::signal(SIGTERM, SIG_IGN);
      ::signal(SIGUSR1, SIG_IGN);
      ::_exit(KillInside(order_, marks_, tree_) ? 0 : 1);
    }
    killer_ = std::max(pid, 0);
    if (pid < 0) kill_at_ = In(kKillAgain);
  }

  std::optional<int> Ending() {
    int status = 0;
    if (killer_ > 0 && ::waitpid(killer_, &status, WNOHANG) != 0) {
      killer_ = 0;
      killed_ = WIFEXITED(status) && WEXITSTATUS(status) == 0;
      if (!killed_ && !kill_at_) kill_at_ = In(kKillAgain);
    }
    const bool over = stream_.exit_code() || ended_;
    if (over && killed_ && killer_ == 0 && !kill_at_) return 0;
    // Of a container that has ended nothing is left, and nothing can be killed there.
    if (ended_ && !stream_.exit_code() && killer_ == 0 && IsOver()) return 0;
    if (MillisUntil(*end_by_) == 0) return 1;
    if (kill_at_ && killer_ == 0 && MillisUntil(*kill_at_) == 0) Kill();
    due_ = kill_at_ && killer_ == 0 ? std::min(*kill_at_, *end_by_) : *end_by_;
    return std::nullopt;
  }

  bool IsOver() {
    const Session::Fate fate = session_->Ask(In(kLateEnd));
    return order_.target.runtime == Runtime::kDocker && fate.kind == Session::Fate::Kind::kEnded;
  }

  /// The output ended and nothing was said of the command's end: its shell was killed, or the connection was cut.
  std::optional<int> AskForFate() {
    if (order_.target.runtime == Runtime::kCri) return Lose();
    const Session::Fate fate = session_->Ask(In(kOpenPatience));
    switch (fate.kind) {
      case Session::Fate::Kind::kEnded:
        return fate.code & 0xff;
      case Session::Fate::Kind::kGone:
        return Lose();
      case Session::Fate::Kind::kRuns:
        if (!cut_since_) cut_since_ = In(kLateEnd);
        if (!cut_told_ && MillisUntil(*cut_since_) == 0) {
          cut_told_ = true;
          (void)WriteAll(STDOUT_FILENO, "\nassist: cut off from the command's output; it goes on in the container\n",
                         "output");
        }
        away_until_.reset();
        break;
      case Session::Fate::Kind::kUnreachable:
        if (!away_until_) away_until_ = In(kRuntimeAway);
        if (MillisUntil(*away_until_) == 0) return Lose();
        break;
    }
    due_ = In(ask_every_);
    ask_every_ = std::min(2 * ask_every_, kAskMost);
    return std::nullopt;
  }

  /// Nobody will learn any more how it ended: a signal says so.
  static int Lose() {
    (void)WriteAll(STDOUT_FILENO, "\nassist: the container's runtime no longer tells what became of the command\n",
                   "output");
    ::raise(SIGKILL);
    return 1;
  }

  const Order& order_;
  const Marks marks_;
  CommandStream stream_;
  const std::unique_ptr<Session> session_;
  bool ended_ = false;  ///< The output.
  std::optional<TimePoint> due_;
  // While it is being ended.
  std::optional<TimePoint> end_by_;
  std::optional<TimePoint> kill_at_;  ///< The next try.
  pid_t killer_ = 0;                  ///< Its process; 0: none.
  bool tree_ = false;
  bool killed_ = false;
  // While the runtime is asked.
  milliseconds ask_every_ = kAskFirst;
  std::optional<TimePoint> cut_since_;
  std::optional<TimePoint> away_until_;
  bool cut_told_ = false;
};

}  // namespace

int CarryOut(const Order& order) { return Watch(order).Run(); }

}  // namespace assist::agent::containers
