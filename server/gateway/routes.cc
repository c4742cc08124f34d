#include "server/gateway/routes.h"

#include <algorithm>
#include <array>

#include "protocol/wire/names.h"

namespace assist::server::gateway {
namespace {

namespace path = wire::path;

/// Of output there is as much as the listener takes; what is kept of it is control's to say.
constexpr std::size_t kOutput = std::size_t{16} << 20;
constexpr std::size_t kText = std::size_t{64} << 10;      // an event, a registration
constexpr std::size_t kLists = std::size_t{1} << 20;      // of plugins; a stack trace
constexpr std::size_t kInventory = std::size_t{4} << 20;  // compressed

constexpr std::array kRoutes = {
    Route{RouteId::kConnectionDetect, "GET", path::kConnectionDetect, Access::kAnyone},
    Route{RouteId::kRegionId, "GET", path::kRegionId, Access::kAnyone},
    Route{RouteId::kRegister, "POST", path::kRegister, Access::kActivation, kText},
    Route{RouteId::kDeregister, "POST", path::kDeregister, Access::kLeavingAgent},
    Route{RouteId::kHeartbeat, "GET", path::kHeartbeat, Access::kAgent},
    Route{RouteId::kNotify, "GET", path::kNotify, Access::kAgent},
    Route{RouteId::kTaskList, "POST", path::kTaskList, Access::kAgent},
    Route{RouteId::kSessionList, "POST", path::kSessionList, Access::kAgent},
    Route{RouteId::kReport, "POST", "/luban/api/v1/task/running", Access::kAgent, kOutput},
    Route{RouteId::kReport, "POST", "/luban/api/v1/task/finish", Access::kAgent, kOutput},
    Route{RouteId::kReport, "POST", "/luban/api/v1/task/timeout", Access::kAgent, kOutput},
    Route{RouteId::kReport, "POST", "/luban/api/v1/task/error", Access::kAgent, kOutput},
    Route{RouteId::kReport, "POST", "/luban/api/v1/task/stopped", Access::kAgent, kOutput},
    Route{RouteId::kReport, "POST", "/luban/api/v1/task/invalid", Access::kAgent, kOutput},
    Route{RouteId::kReport, "POST", "/luban/api/v1/task/verified", Access::kAgent, kOutput},
    Route{RouteId::kReport, "POST", "/luban/api/v1/task/missed", Access::kAgent, kOutput},
    Route{RouteId::kSessionStatus, "POST", path::kSessionStatus, Access::kAgent},
    Route{RouteId::kGshell, "POST", path::kGshell, Access::kAgent},
    Route{RouteId::kUpdateCheck, "POST", path::kUpdateCheck, Access::kAgent, kText},
    Route{RouteId::kPluginList, "POST", path::kPluginList, Access::kAgent, kLists},
    Route{RouteId::kPluginStatus, "POST", path::kPluginStatus, Access::kAgent, kLists},
    Route{RouteId::kPluginUpdateCheck, "POST", path::kPluginUpdateCheck, Access::kAgent, kLists},
    Route{RouteId::kMetrics, "POST", path::kMetrics, Access::kAgent, kText},
    Route{RouteId::kClientReport, "POST", path::kClientReport, Access::kAgent, kLists},
    Route{RouteId::kStateConfigurations, "POST", path::kStateConfigurations, Access::kAgent, kText},
    Route{RouteId::kGetTemplate, "POST", path::kGetTemplate, Access::kAgent, kText},
    Route{RouteId::kPutInventory, "POST", path::kPutInventory, Access::kAgent, kInventory},
    Route{RouteId::kPutStateReport, "POST", path::kPutStateReport, Access::kAgent, kText},
    Route{RouteId::kPackage, "POST", kPackagePath, Access::kAgent},
    Route{RouteId::kArtifact, "GET", kArtifactPath, Access::kAgent},
};

}  // namespace

std::span<const Route> Routes() noexcept { return kRoutes; }

const Route* FindRoute(std::string_view path) noexcept {
  if (path.starts_with(kArtifactPath)) path = kArtifactPath;
  const auto* found =
      std::find_if(kRoutes.begin(), kRoutes.end(), [path](const Route& route) { return route.path == path; });
  return found == kRoutes.end() ? nullptr : found;
}

}  // namespace assist::server::gateway
