// What stock agents send about plug-ins and updates of themselves (agent-protocol reference, sections 16 to 18). Pure.
// Their answers to these requests decide nothing of importance, so what cannot be read is kInvalid with the reason for
// the log, and what is too long is cut or left out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "server/model/plugin.h"
#include "server/model/stock_upgrade.h"

namespace assist::server::gateway {

inline constexpr std::size_t kPluginsOfReport = 1000;  ///< Entries that are read of one report or question.

struct PluginReports {
  std::vector<model::PluginReport> reports;  ///< In their order.
  std::size_t left_out = 0;                  ///< Entries without a usable name, version or status.
};
/// plugin/report_status: `{"plugin":[{"name","status","version","sysTagType"?}]}`.
[[nodiscard]] Result<PluginReports> ParsePluginReports(std::string_view body);

/// client_report: `{"type","info"}`; nothing unless the type is `AgentUpdateFailure:<phase>[:<detail>]`.
[[nodiscard]] std::optional<model::UpgradeReport> ParseUpgradeReport(std::string_view body);

/// What stands in front of the one `_` of the last part of a URL's path, as the agent reads it (section 17.2); empty:
/// there is no such thing.
[[nodiscard]] std::string VersionOfUrl(std::string_view url);

}  // namespace assist::server::gateway
