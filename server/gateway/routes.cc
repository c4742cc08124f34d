#include "server/gateway/routes.h"

#include <algorithm>
#include <array>

#include "protocol/wire/names.h"

namespace assist::server::gateway {
namespace {

namespace path = wire::path;

constexpr std::array kRoutes = {
    Route{RouteId::kConnectionDetect, "GET", path::kConnectionDetect, Access::kAnyone},
    Route{RouteId::kRegionId, "GET", path::kRegionId, Access::kAnyone},
    Route{RouteId::kRegister, "POST", path::kRegister, Access::kActivation},
    Route{RouteId::kDeregister, "POST", path::kDeregister, Access::kLeavingAgent},
    Route{RouteId::kHeartbeat, "GET", path::kHeartbeat, Access::kAgent},
    Route{RouteId::kNotify, "GET", path::kNotify, Access::kAgent},
    Route{RouteId::kTaskList, "POST", path::kTaskList, Access::kAgent},
    Route{RouteId::kSessionList, "POST", path::kSessionList, Access::kAgent},
    Route{RouteId::kReport, "POST", "/luban/api/v1/task/running", Access::kAgent},
    Route{RouteId::kReport, "POST", "/luban/api/v1/task/finish", Access::kAgent},
    Route{RouteId::kReport, "POST", "/luban/api/v1/task/timeout", Access::kAgent},
    Route{RouteId::kReport, "POST", "/luban/api/v1/task/error", Access::kAgent},
    Route{RouteId::kReport, "POST", "/luban/api/v1/task/stopped", Access::kAgent},
    Route{RouteId::kReport, "POST", "/luban/api/v1/task/invalid", Access::kAgent},
    Route{RouteId::kReport, "POST", "/luban/api/v1/task/verified", Access::kAgent},
    Route{RouteId::kReport, "POST", "/luban/api/v1/task/missed", Access::kAgent},
    Route{RouteId::kSessionStatus, "POST", path::kSessionStatus, Access::kAgent},
    Route{RouteId::kGshell, "POST", path::kGshell, Access::kAgent},
    Route{RouteId::kUpdateCheck, "POST", path::kUpdateCheck, Access::kAgent},
    Route{RouteId::kPluginList, "POST", path::kPluginList, Access::kAgent},
    Route{RouteId::kPluginStatus, "POST", path::kPluginStatus, Access::kAgent},
    Route{RouteId::kPluginUpdateCheck, "POST", path::kPluginUpdateCheck, Access::kAgent},
    Route{RouteId::kMetrics, "POST", path::kMetrics, Access::kAgent},
    Route{RouteId::kClientReport, "POST", path::kClientReport, Access::kAgent},
    Route{RouteId::kStateConfigurations, "POST", path::kStateConfigurations, Access::kAgent},
    Route{RouteId::kGetTemplate, "POST", path::kGetTemplate, Access::kAgent},
    Route{RouteId::kPutInventory, "POST", path::kPutInventory, Access::kAgent},
    Route{RouteId::kPutStateReport, "POST", path::kPutStateReport, Access::kAgent},
};

}  // namespace

std::span<const Route> Routes() noexcept { return kRoutes; }

const Route* FindRoute(std::string_view path) noexcept {
  const auto* found =
      std::find_if(kRoutes.begin(), kRoutes.end(), [path](const Route& route) { return route.path == path; });
  return found == kRoutes.end() ? nullptr : found;
}

}  // namespace assist::server::gateway
