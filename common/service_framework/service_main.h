// The program's work, as the service system wants it started.
#pragma once

#include <functional>
#include <string>

namespace assist {

/// `windows_service`: Windows' service control manager has started this process; nobody reads its standard error.
using ServiceWork = std::function<int(bool windows_service)>;

/// Does `work` and gives its exit code. Where Windows' service control manager has started this process as the service
/// `name`, it is told that the service runs, a stop (also the machine's end) is passed on as SIGTERM, the exit code
/// becomes the service's, and one that is not 0 stands in the event log; those that a new start does not help
/// (service_unit.h) are there alone, so that the manager does not start it again. Elsewhere, and by hand on Windows,
/// `work` is just done. Once in a process, in main's thread.
int RunAsService(const std::string& name, ServiceWork work);

}  // namespace assist
