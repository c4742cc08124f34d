#include <csignal>
#include <mutex>
#include <string>
#include <utility>

#include "common/service_framework/service_main.h"
#include "common/service_framework/service_unit.h"
#include "common/windows/system.h"
#include "common/windows/wide.h"

namespace assist {
namespace {

constexpr DWORD kStopPatience = 30'000;  // ms

/// The manager calls functions without a context: one service a process.
struct Service {
  std::wstring name;
  ServiceWork work;
  SERVICE_STATUS_HANDLE handle = nullptr;
  std::mutex mutex;
  SERVICE_STATUS status{};
  int exit = 0;

  void Tell(DWORD state, int code = 0) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (status.dwCurrentState == SERVICE_STOPPED) return;  // nothing may follow it
    status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    status.dwCurrentState = state;
    status.dwControlsAccepted = state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN : 0;
    status.dwWin32ExitCode = code == 0 ? NO_ERROR : ERROR_SERVICE_SPECIFIC_ERROR;
    status.dwServiceSpecificExitCode = static_cast<DWORD>(code);
    status.dwWaitHint = state == SERVICE_STOP_PENDING ? kStopPatience : 0;
    ::SetServiceStatus(handle, &status);
  }
};

Service& TheService() {
  static Service service;
  return service;
}

/// In the log of applications, where administrators look first.
void NoteEvent(const std::wstring& source, const std::wstring& text) {
  const HANDLE log = ::RegisterEventSourceW(nullptr, source.c_str());
  if (log == nullptr) return;
  const wchar_t* words = text.c_str();
  ::ReportEventW(log, EVENTLOG_ERROR_TYPE, 0, 0, nullptr, 1, 0, &words, nullptr);
  ::DeregisterEventSource(log);
}

bool NoHelp(int exit) { return exit == kExitUsage || exit == kExitRestartIsNoHelp; }

std::wstring WhyEnded(int exit) {
  std::wstring text = L"The service ended with exit code " + std::to_wstring(exit);
  if (!NoHelp(exit)) return text + L", and is started again.";
  return text +
         L". It is not started again by itself: it is not set up, its settings are wrong, or it was told to stop. Its "
         L"log, or the same command with `run`, by hand, says which.";
}

DWORD WINAPI OnControl(DWORD control, DWORD /*event*/, void* /*data*/, void* /*context*/) {
  switch (control) {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_SHUTDOWN:
      TheService().Tell(SERVICE_STOP_PENDING);
      std::raise(SIGTERM);  // as by hand: there is one way to end
      return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE:
      return NO_ERROR;
    default:
      return ERROR_CALL_NOT_IMPLEMENTED;
  }
}

void WINAPI ServiceMain(DWORD /*count*/, LPWSTR* /*words*/) {
  Service& service = TheService();
  service.handle = ::RegisterServiceCtrlHandlerExW(service.name.c_str(), &OnControl, nullptr);
  if (service.handle == nullptr) {
    service.exit = 1;
    return;
  }
  service.Tell(SERVICE_RUNNING);
  service.exit = service.work(true);
  if (service.exit != 0) NoteEvent(service.name, WhyEnded(service.exit));
  // The manager starts again what stopped with a code: one that a new start does not help is for the log alone.
  service.Tell(SERVICE_STOPPED, NoHelp(service.exit) ? 0 : service.exit);
}

}  // namespace

int RunAsService(const std::string& name, ServiceWork work) {
  Service& service = TheService();
  service.name = ToWide(name);
  service.work = std::move(work);
  const SERVICE_TABLE_ENTRYW table[] = {{service.name.data(), &ServiceMain}, {nullptr, nullptr}};
  // Comes back when the service has stopped, or at once where no manager has started this process.
  if (::StartServiceCtrlDispatcherW(table) != 0) return service.exit;
  return service.work(false);
}

}  // namespace assist
