// Which service system a machine has, and where it wants what. Pure; any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/service_framework/service_unit.h"

namespace assist {

enum class ServiceSystem { kSystemd, kOpenRc, kUpstart, kSysv, kRcd };

[[nodiscard]] std::string_view Name(ServiceSystem system) noexcept;
/// "systemd", "openrc", "upstart", "sysv", "rc.d"; kInvalid lists them.
[[nodiscard]] Result<ServiceSystem> ParseServiceSystem(std::string_view name);

/// What of the file system tells it. `exists` is asked for absolute paths. A system that runs goes before one that is
/// only there. Absent: none that is known.
[[nodiscard]] std::optional<ServiceSystem> DetectServiceSystem(const std::function<bool(const std::string&)>& exists);
/// The same for the files of a system that is not running: an image that is being built.
[[nodiscard]] std::optional<ServiceSystem> DetectInImage(const std::function<bool(const std::string&)>& exists);

/// Where the file of `name` belongs when an administrator installs it, and its permissions.
struct UnitPlace {
  std::string path;
  unsigned mode = 0644;
};
[[nodiscard]] UnitPlace PlaceOf(ServiceSystem system, std::string_view name);

[[nodiscard]] std::string Render(ServiceSystem system, const ServiceUnit& unit);

/// A link that makes the system start it with the machine, where links do that.
struct StartLink {
  std::string path;
  std::string target;
};
/// Of systemd, SysV (`rc_parent`: the folder of rc0.d …) and OpenRC. The others need none.
[[nodiscard]] std::vector<StartLink> StartLinks(ServiceSystem system, std::string_view name,
                                                const std::string& rc_parent);

/// The command that starts, stops or asks.
enum class ServiceVerb { kStart, kStop, kStatus };
[[nodiscard]] std::vector<std::string> ToolLine(ServiceSystem system, ServiceVerb verb, std::string_view name);

}  // namespace assist
