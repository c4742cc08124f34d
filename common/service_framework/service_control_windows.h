// Services of Windows by its service control manager. Each call opens the manager anew and blocks until the service is
// as asked, at most half a minute. Any thread. Errors: kDenied where this process may not (run as administrator),
// kNotFound where the service is not installed, kConflict, kExpired when it took too long.
#pragma once

#include <string>

#include "common/base/result.h"
#include "common/service_framework/service_unit.h"

namespace assist {

enum class ServiceState { kRunning, kStopped, kNotInstalled };

/// Program and arguments in quotes, as the manager starts them. kInvalid: no absolute path, or a quotation mark.
[[nodiscard]] Result<std::string> ServiceCommandLine(const ServiceUnit& unit);
/// Lines of sc.exe with the same effect as InstallService().
[[nodiscard]] std::string ScCommands(const ServiceUnit& unit, const std::string& command_line);

/// As LocalSystem, started with the machine, and again 5 s after an end with an exit code (RunAsService() hides those
/// that a new start does not help). A service of that name that
/// is there already gets the new command line.
Status InstallService(const ServiceUnit& unit, const std::string& command_line);
Status UninstallService(const std::string& name);
Status StartServiceNow(const std::string& name);
/// Ok also when it does not run.
Status StopServiceNow(const std::string& name);
[[nodiscard]] Result<ServiceState> AskService(const std::string& name);

}  // namespace assist
