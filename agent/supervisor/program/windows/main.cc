// assist-supervisor FOLDER, on Windows: owns one script. Turns the world into events for Step() and carries its actions
// out. One thread, no library but the system's and the C++ one; it outlives the agent that started it.
//
// It has a console of its own, without a window (CREATE_NO_WINDOW), which the script inherits. So the code page is set
// before the script starts, and can be asked whenever output comes: a `chcp` in the script is followed. Output written
// just before a `chcp` and read just after it is taken for the new page's; in the first line of a script it works.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/supervisor/console_text.h"
#include "agent/supervisor/program/windows/script_process.h"
#include "agent/supervisor/program/windows/system_code_pages.h"
#include "agent/supervisor/program/windows/task_files.h"
#include "agent/supervisor/step.h"
#include "common/windows/error.h"
#include "common/windows/wide.h"

namespace assist::agent::supervisor {
namespace {

static_assert(OutputPipe::kPiece * 3 + 3 <= kMaxFramePayload, "a piece, converted, must fit into one frame");

// From 1601, in units of 100 ns, to 1970.
constexpr std::int64_t kUnixEpoch = 116'444'736'000'000'000;

SystemTime Wall() {
  FILETIME now{};
  ::GetSystemTimeAsFileTime(&now);
  const auto ticks = static_cast<std::int64_t>(std::uint64_t{now.dwHighDateTime} << 32 | now.dwLowDateTime);
  return SystemTime(std::chrono::microseconds((ticks - kUnixEpoch) / 10));
}

/// Runs on while the machine sleeps, as CLOCK_BOOTTIME does.
SteadyTime Steady() { return SteadyTime(std::chrono::milliseconds(::GetTickCount64())); }

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
  Supervisor(Spec spec, SpoolFile spool, Control control)
      : spec_(std::move(spec)), spool_(std::move(spool)), control_(std::move(control)), state_(LimitsOf(spec_)) {}

  void Run() {
    Event locked = Make(Event::Type::kLocked);
    locked.already_started = spool_.HasStarted();
    Feed(locked);
    while (!left_) Wait();
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
      case Action::Type::kKillTree:
        answers.push_back(Make(Event::Type::kKilled));
        answers.back().code = script_.tree.Kill();
        return;
      case Action::Type::kKillScript:
        if (!exit_told_) ::TerminateProcess(script_.process.get(), 1);
        return;
      case Action::Type::kMeasure: {
        const Usage usage = script_.tree.Measure(spec_.budgets);
        answers.push_back(Make(Event::Type::kMeasured));
        answers.back().usage = usage;
        return;
      }
      case Action::Type::kWriteExit:
        return answer(spool_.WriteExit(action.exit), Event::Type::kExitWritten, Event::Type::kExitFailed);
      case Action::Type::kNotify:
        return SendNotice(spec_.notify_path, spec_.ticket);
      case Action::Type::kLeave:
        (void)EndSession(script_);
        left_ = true;
        return;
      case Action::Type::kAskScript:  // of clients alone, and StartScript() starts none
      case Action::Type::kDrain:
        return;
    }
  }

  void Start(std::vector<Event>& answers) {
    const UINT page = spec_.console_code_page != 0 ? spec_.console_code_page : ::GetOEMCP();
    (void)::SetConsoleCP(page);
    (void)::SetConsoleOutputCP(page);
    script_ = StartScript(spec_);
    if (!script_.process) {
      answers.push_back(Make(Event::Type::kStartFailed));
      answers.back().code = static_cast<std::int32_t>(script_.error);
      failure_ = script_.what + ": " + WindowsWords(script_.error);
      answers.back().bytes = failure_;
      return;
    }
    exit_told_ = false;
    answers.push_back(Make(Event::Type::kStarted));
  }

  /// What is in the pipe now, and no more: a daemon that the script left may go on writing for ever.
  void Drain() {
    std::size_t left = script_.output ? script_.output->Waiting() : 0;
    while (left > 0 && script_.output) {
      const std::size_t got = ReadOutput();
      if (got == 0) break;
      left -= std::min(left, got);
    }
    script_.output.reset();
    TellOutput(text_.End());
    Feed(Make(Event::Type::kDrained));
  }

  /// Reads one piece and tells it; 0: nothing there, or the end.
  std::size_t ReadOutput() {
    std::string_view bytes;
    switch (script_.output->Read(bytes)) {
      case OutputPipe::Got::kEnd:
        script_.output.reset();  // every holder has closed it; the script may run on
        return 0;
      case OutputPipe::Got::kNothing:
        return 0;
      case OutputPipe::Got::kBytes:
        break;
    }
    UINT page = ::GetConsoleOutputCP();
    if (page == 0) page = ::GetOEMCP();
    const std::size_t got = bytes.size();
    TellOutput(text_.Take(page, bytes));
    return got == 0 ? 1 : got;  // somebody wrote nothing: that is no end
  }

  void TellOutput(const std::string& text) {
    if (text.empty()) return;
    Event event = Make(Event::Type::kOutput);
    event.bytes = text;
    Feed(event);
  }

  void TellExit() {
    DWORD code = 0;
    ::GetExitCodeProcess(script_.process.get(), &code);
    exit_told_ = true;
    // Also of one that crashed: 0xC0000005 and the like are exit codes here, negative as cmd shows them.
    Event event = Make(Event::Type::kExited);
    event.code = static_cast<std::int32_t>(code);
    Feed(event);
  }

  /// Milliseconds until the timer, rounded up.
  [[nodiscard]] DWORD Patience() const {
    if (!timer_) return INFINITE;
    const auto left = std::max(*timer_ - Steady(), SteadyTime::duration::zero());
    // The system's wait stands still while the machine sleeps, the timer's clock does not: look once a minute.
    return static_cast<DWORD>(std::min<std::int64_t>((left.count() + 999) / 1000, 60'000));
  }

  static bool IsSet(const UniqueHandle& handle) { return ::WaitForSingleObject(handle.get(), 0) == WAIT_OBJECT_0; }

  void Wait() {
    const bool output = script_.output && ReadOutput() > 0;
    if (left_) return;
    std::array<HANDLE, 4> handles{control_.wishes[0].get(), control_.wishes[1].get()};
    DWORD count = 2;
    if (!exit_told_) handles[count++] = script_.process.get();
    if (script_.output) handles[count++] = script_.output->ready();
    // Each is looked at once a round, whoever wakes us: none can starve the others.
    const DWORD woken = ::WaitForMultipleObjects(count, handles.data(), FALSE, output ? 0 : Patience());
    if (timer_ && *timer_ <= Steady()) {
      timer_.reset();
      Feed(Make(Event::Type::kTimer));
    }
    for (DWORD wish = 0; wish < 2 && !left_; ++wish) {
      if (woken == WAIT_OBJECT_0 + wish || IsSet(control_.wishes[wish])) {
        Event event = Make(Event::Type::kStop);
        event.tree = wish == 0;
        Feed(event);
      }
    }
    if (!left_ && !exit_told_ && IsSet(script_.process)) TellExit();
  }

  Spec spec_;
  SpoolFile spool_;
  Control control_;
  State state_;
  StartedScript script_;
  bool exit_told_ = true;  // no script, or Step() knows that its process has ended
  std::string failure_;
  SystemCodePages pages_;
  ConsoleText text_{pages_};
  std::optional<SteadyTime> timer_;
  bool left_ = false;
};

/// What is typed into the console, its closing and a log-off end the script at most, never its supervisor.
BOOL WINAPI OnConsole(DWORD /*event*/) { return TRUE; }

int Main(const std::string& folder) {
  ::SetConsoleCtrlHandler(OnConsole, TRUE);
  // A script that crashes must not wait for somebody to press a button; children inherit this.
  ::SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
  if (!::SetCurrentDirectoryW(WidePath(folder).c_str())) return 3;
  std::wstring system(MAX_PATH, L'\0');
  system.resize(::GetSystemDirectoryW(system.data(), MAX_PATH));
  ::SetCurrentDirectoryW(system.c_str());  // a folder that somebody stands in cannot be removed
  SpoolFile spool;
  if (!spool.Open(folder)) return 5;
  // Under the lock: an agent that has taken the spec away and then found the lock free knows that nothing starts.
  std::optional<Spec> spec = ReadSpec(folder);
  if (!spec) return 4;
  std::optional<Control> control = OpenControl(folder);
  if (!control) return 6;
  Supervisor(std::move(*spec), std::move(spool), std::move(*control)).Run();
  return 0;
}

}  // namespace
}  // namespace assist::agent::supervisor

int wmain(int argc, wchar_t** argv) {
  if (argc != 2) {
    static constexpr char kUsage[] = "usage: assist-supervisor FOLDER (assist-agent starts it)\r\n";
    DWORD put = 0;
    ::WriteFile(::GetStdHandle(STD_ERROR_HANDLE), kUsage, sizeof kUsage - 1, &put, nullptr);
    return 2;
  }
  return assist::agent::supervisor::Main(assist::ToUtf8(argv[1]));
}
