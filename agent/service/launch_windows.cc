#include <atomic>
#include <csignal>
#include <cstdio>
#include <utility>

#include "agent/service/launch.h"
#include "agent/service/update_files.h"
#include "agent/supervisor/windows_command_line.h"
#include "common/runtime/own_program.h"
#include "common/windows/error.h"
#include "common/windows/unique_handle.h"
#include "common/windows/wide.h"

namespace assist::agent::service {
namespace {

constexpr int kTries = 3;  ///< Of slots that cannot be started.
/// For a child: handles of the event that says "stop", and of the launcher, which it does not outlive.
constexpr const char* kStopVariable = "ASSIST_AGENT_STOP";

/// Signal handlers have no context: one launcher a process.
std::atomic<HANDLE> stop_event{nullptr};
std::atomic<bool> stopped{false};
std::atomic<bool> raised{false};

/// A stop of the service is handed on; Ctrl-C and Ctrl-Break the console gives to the child itself.
void OnSignal(int signal) {
  stopped = true;
  std::signal(signal, &OnSignal);  // the C library has put it back
  if (signal == SIGTERM) ::SetEvent(stop_event);
}

VOID CALLBACK RaiseStop(PVOID /*context*/, BOOLEAN /*timed_out*/) {
  if (!raised.exchange(true)) std::raise(SIGTERM);  // as by hand: there is one way to end
}

void StopWithLauncher() {
  const std::string text = Variable(kStopVariable);
  SetVariable(kStopVariable, {});
  unsigned long long event = 0;
  unsigned long long launcher = 0;
  if (std::sscanf(text.c_str(), "%llu,%llu", &event, &launcher) != 2) return;
  for (const unsigned long long handle : {event, launcher}) {
    HANDLE wait = nullptr;
    ::RegisterWaitForSingleObject(&wait, reinterpret_cast<HANDLE>(static_cast<std::uintptr_t>(handle)), &RaiseStop,
                                  nullptr, INFINITE, WT_EXECUTEONLYONCE);
  }
}

std::string NumberOf(HANDLE handle) { return std::to_string(reinterpret_cast<std::uintptr_t>(handle)); }

/// Runs the slot's program as a child until it ends; its exit code.
Result<int> RunChild(const Decision& decision, std::vector<std::string> arguments, const Origin& origin) {
  SECURITY_ATTRIBUTES handed_on{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
  const UniqueHandle stop(::CreateEventW(&handed_on, TRUE, FALSE, nullptr));
  HANDLE own = nullptr;
  ::DuplicateHandle(::GetCurrentProcess(), ::GetCurrentProcess(), ::GetCurrentProcess(), &own, SYNCHRONIZE, TRUE, 0);
  const UniqueHandle launcher(own);
  if (!stop || !launcher) return tl::unexpected<Error>(WindowsError(::GetLastError(), "make", "a handle for a child"));
  SetOrigin(origin, decision);
  SetVariable(kStopVariable, NumberOf(stop.get()) + "," + NumberOf(launcher.get()));
  stop_event = stop.get();
  for (const int signal : {SIGTERM, SIGINT, SIGBREAK}) std::signal(signal, &OnSignal);

  arguments[0] = SlotProgram(decision.root, decision.slot);
  const std::wstring path = WidePath(arguments[0]);
  std::wstring line = ToWide(supervisor::WindowsCommandLine(arguments));
  STARTUPINFOW start{};
  start.cb = sizeof start;
  start.dwFlags = STARTF_USESTDHANDLES;
  start.hStdInput = ::GetStdHandle(STD_INPUT_HANDLE);
  start.hStdOutput = ::GetStdHandle(STD_OUTPUT_HANDLE);
  start.hStdError = ::GetStdHandle(STD_ERROR_HANDLE);
  // Where the launcher has no console the child needs none either; to make one may take seconds (Wine: ten).
  const DWORD flags = ::GetConsoleWindow() == nullptr ? DETACHED_PROCESS : 0;
  PROCESS_INFORMATION made{};
  const BOOL is_made =
      ::CreateProcessW(path.c_str(), line.data(), nullptr, nullptr, TRUE, flags, nullptr, nullptr, &start, &made);
  const DWORD error = ::GetLastError();
  ClearOrigin();
  SetVariable(kStopVariable, {});
  if (is_made == 0) return tl::unexpected<Error>(WindowsError(error, "run", arguments[0]));
  ::CloseHandle(made.hThread);
  const UniqueHandle child(made.hProcess);
  if (Status noted = NoteLaunched(decision.root, made.dwProcessId); !noted) {
    std::fprintf(stderr, "assist-agent: %s\n", noted.error().detail.c_str());
  }
  if (stopped) ::SetEvent(stop.get());
  ::WaitForSingleObject(child.get(), INFINITE);
  stop_event = nullptr;
  DWORD code = 1;
  ::GetExitCodeProcess(child.get(), &code);
  return static_cast<int>(code);
}

}  // namespace

bool IsLaunchersChild() { return !ThisOrigin().slot.empty(); }

int ServeSelected(const std::string& root, const std::vector<std::string>& arguments,
                  const std::function<int(const Origin&)>& serve) {
  Origin origin = ThisOrigin();
  if (!origin.slot.empty()) {
    ClearOrigin();
    StopWithLauncher();
    return serve(origin);
  }
  for (int failed = 0;;) {
    const Decision decision = Decide(root);
    origin.note = decision.note;
    origin.trial = decision.trial;
    int code = 0;
    if (decision.slot.empty() || failed >= kTries) {
      code = serve(origin);
    } else {
      Result<int> child = RunChild(decision, arguments, origin);
      if (!child) {
        ++failed;
        Leave(decision, child.error().detail);
        continue;
      }
      code = *child;
    }
    if (code != kServeAnew) return code;
    if (stopped) return 0;
    failed = 0;
  }
}

}  // namespace assist::agent::service
