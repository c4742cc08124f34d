#include "common/service_framework/service_control_windows.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "common/windows/error.h"
#include "common/windows/system.h"
#include "common/windows/wide.h"

namespace assist {
namespace {

constexpr std::chrono::seconds kPatience{30};
constexpr DWORD kLook = 50;  // ms; the manager has no wait of its own on 6.1

/// A handle of the manager's, with one owner.
class ScHandle {
 public:
  explicit ScHandle(SC_HANDLE handle) noexcept : handle_(handle) {}
  ScHandle(ScHandle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  ScHandle& operator=(ScHandle&&) = delete;
  ~ScHandle() {
    if (handle_ != nullptr) ::CloseServiceHandle(handle_);
  }
  [[nodiscard]] SC_HANDLE get() const noexcept { return handle_; }
  [[nodiscard]] explicit operator bool() const noexcept { return handle_ != nullptr; }

 private:
  SC_HANDLE handle_;
};

tl::unexpected<Error> Failed(std::string_view what, const std::string& name) {
  const DWORD code = ::GetLastError();
  Error error = WindowsError(code, what, name);
  if (code == ERROR_SERVICE_DOES_NOT_EXIST) {
    error.code = Errc::kNotFound;
    error.detail = name + " is not installed as a service; run `" + name + " service install` first";
  }
  if (code == ERROR_ACCESS_DENIED) {
    error.code = Errc::kDenied;
    error.detail += "; run as administrator";
  }
  return tl::make_unexpected(std::move(error));
}

Result<ScHandle> OpenManager(DWORD rights) {
  ScHandle manager(::OpenSCManagerW(nullptr, nullptr, rights));
  if (!manager) return Failed("reach", "the service control manager");
  return manager;
}

Result<ScHandle> OpenTheService(const std::string& name, DWORD rights) {
  Result<ScHandle> manager = OpenManager(SC_MANAGER_CONNECT);
  if (!manager) return Forward(manager);
  ScHandle service(::OpenServiceW(manager->get(), ToWide(name).c_str(), rights));
  if (!service) return Failed("open the service", name);
  return service;
}

Result<DWORD> StateOf(const ScHandle& service, const std::string& name) {
  SERVICE_STATUS status{};
  if (::QueryServiceStatus(service.get(), &status) == 0) return Failed("ask the service", name);
  return status.dwCurrentState;
}

Status WaitFor(const ScHandle& service, const std::string& name, DWORD wanted) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    Result<DWORD> state = StateOf(service, name);
    if (!state) return Forward(state);
    if (*state == wanted) return {};
    if (wanted == SERVICE_RUNNING && *state == SERVICE_STOPPED) {
      return Fail(Errc::kUnavailable, name + " ended at once; `" + name + " run` by hand says why");
    }
    if (std::chrono::steady_clock::now() >= end) {
      return Fail(Errc::kExpired, name + " is not " + (wanted == SERVICE_RUNNING ? "running" : "stopped") + " after " +
                                      std::to_string(kPatience.count()) + " s");
    }
    ::Sleep(kLook);
  }
}

Status StopOpen(const ScHandle& service, const std::string& name) {
  SERVICE_STATUS status{};
  if (::ControlService(service.get(), SERVICE_CONTROL_STOP, &status) == 0 &&
      ::GetLastError() != ERROR_SERVICE_NOT_ACTIVE && ::GetLastError() != ERROR_SERVICE_CANNOT_ACCEPT_CTRL) {
    return Failed("stop the service", name);
  }
  return WaitFor(service, name, SERVICE_STOPPED);
}

Status SetUp(const ScHandle& service, const ServiceUnit& unit) {
  std::wstring words = ToWide(unit.description);
  SERVICE_DESCRIPTIONW description{words.data()};
  constexpr DWORD kAfter = static_cast<DWORD>(std::chrono::milliseconds(kRestartAfter).count());
  std::array<SC_ACTION, 1> actions{{{SC_ACTION_RESTART, kAfter}}};  // the last one is repeated for ever
  SERVICE_FAILURE_ACTIONSW failure{};
  failure.dwResetPeriod = 86'400;
  failure.cActions = static_cast<DWORD>(actions.size());
  failure.lpsaActions = actions.data();
  SERVICE_FAILURE_ACTIONS_FLAG also_exit_codes{TRUE};  // not only a crash
  const auto set = [&service](DWORD level, void* value) {
    // Wine knows fewer levels; Windows 6.1 has all of these.
    return ::ChangeServiceConfig2W(service.get(), level, value) != 0 || ::GetLastError() == ERROR_INVALID_LEVEL;
  };
  if (set(SERVICE_CONFIG_DESCRIPTION, &description) && set(SERVICE_CONFIG_FAILURE_ACTIONS, &failure) &&
      set(SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &also_exit_codes)) {
    return {};
  }
  return Failed("set up the service", unit.name);
}

}  // namespace

Result<std::string> ServiceCommandLine(const ServiceUnit& unit) {
  if (!IsAbsoluteWindowsPath(unit.program)) {
    return Fail(Errc::kInvalid, "--program: \"" + unit.program + "\" is no absolute path");
  }
  std::string program = unit.program;
  std::replace(program.begin(), program.end(), '/', '\\');
  std::string line = '"' + program + '"';
  for (const std::string& argument : unit.arguments) {
    // A backslash before the closing quotation mark would take it away.
    if (argument.find('"') != std::string::npos || argument.ends_with('\\')) {
      return Fail(Errc::kInvalid, "\"" + argument + "\" cannot stand in the command line of a service");
    }
    line += argument.find(' ') == std::string::npos ? ' ' + argument : " \"" + argument + '"';
  }
  if (program.find('"') != std::string::npos) return Fail(Errc::kInvalid, "--program: a path has no quotation mark");
  return line;
}

std::string ScCommands(const ServiceUnit& unit, const std::string& command_line) {
  std::string quoted;
  for (const char c : command_line) quoted += c == '"' ? std::string("\\\"") : std::string(1, c);
  const std::string after = std::to_string(std::chrono::milliseconds(kRestartAfter).count());
  return "sc.exe create " + unit.name + " binPath= \"" + quoted + "\" start= auto\n" +  //
         "sc.exe description " + unit.name + " \"" + unit.description + "\"\n" +        //
         "sc.exe failure " + unit.name + " reset= 86400 actions= restart/" + after + "\n" + "sc.exe failureflag " +
         unit.name + " 1\n";
}

Status InstallService(const ServiceUnit& unit, const std::string& command_line) {
  Result<ScHandle> manager = OpenManager(SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
  if (!manager) return Forward(manager);
  const std::wstring name = ToWide(unit.name);
  const std::wstring line = ToWide(command_line);
  const ScHandle made(::CreateServiceW(manager->get(), name.c_str(), name.c_str(), SERVICE_ALL_ACCESS,
                                       SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL,
                                       line.c_str(), nullptr, nullptr, nullptr, nullptr, nullptr));
  if (made) return SetUp(made, unit);
  if (::GetLastError() != ERROR_SERVICE_EXISTS) return Failed("make the service", unit.name);
  Result<ScHandle> there = OpenTheService(unit.name, SERVICE_ALL_ACCESS);
  if (!there) return Forward(there);
  if (::ChangeServiceConfigW(there->get(), SERVICE_NO_CHANGE, SERVICE_AUTO_START, SERVICE_NO_CHANGE, line.c_str(),
                             nullptr, nullptr, nullptr, nullptr, nullptr, nullptr) == 0) {
    return Failed("change the service", unit.name);
  }
  return SetUp(*there, unit);
}

Status UninstallService(const std::string& name) {
  Result<ScHandle> service = OpenTheService(name, SERVICE_STOP | SERVICE_QUERY_STATUS | DELETE);
  if (!service) return Forward(service);
  if (Status stopped = StopOpen(*service, name); !stopped) return stopped;
  if (::DeleteService(service->get()) == 0) return Failed("take away the service", name);
  return {};
}

Status StartServiceNow(const std::string& name) {
  Result<ScHandle> service = OpenTheService(name, SERVICE_START | SERVICE_QUERY_STATUS);
  if (!service) return Forward(service);
  if (::StartServiceW(service->get(), 0, nullptr) == 0 && ::GetLastError() != ERROR_SERVICE_ALREADY_RUNNING) {
    return Failed("start the service", name);
  }
  return WaitFor(*service, name, SERVICE_RUNNING);
}

Status StopServiceNow(const std::string& name) {
  Result<ScHandle> service = OpenTheService(name, SERVICE_STOP | SERVICE_QUERY_STATUS);
  if (!service) return Forward(service);
  return StopOpen(*service, name);
}

Result<ServiceState> AskService(const std::string& name) {
  Result<ScHandle> service = OpenTheService(name, SERVICE_QUERY_STATUS);
  if (!service && service.error().code == Errc::kNotFound) return ServiceState::kNotInstalled;
  if (!service) return Forward(service);
  Result<DWORD> state = StateOf(*service, name);
  if (!state) return Forward(state);
  return *state == SERVICE_RUNNING ? ServiceState::kRunning : ServiceState::kStopped;
}

}  // namespace assist
