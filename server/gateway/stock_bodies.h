// What stock agents send about plug-ins and updates of themselves (agent-protocol reference, sections 16 to 18). Pure.
// Their answers to these requests decide nothing of importance, so what cannot be read is kInvalid with the reason for
// the log, and what is too long is cut or left out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ids.h"
#include "common/base/result.h"
#include "server/control/stock_catalogue.h"
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

/// plugin/list: `{"osType","pluginName","version","arch"}`. kInvalid: no such object, or a system that is none.
[[nodiscard]] Result<control::ListStockPluginsIn> ParsePluginQuestion(std::string_view body);
/// v2 plugin/update_check: `{"os","arch","plugin":[{"name","version"}]}`.
[[nodiscard]] Result<control::CheckStockPluginsIn> ParsePluginCheck(std::string_view body);
/// update/update_check of a Go agent: `{"os","arch","app_version",…}`; nothing for the C++ lines, which name no `arch`
/// (sections 21 and 22) and cannot take its packages.
[[nodiscard]] std::optional<control::StockUpdateIn> ParseUpdateCheck(std::string_view body);

/// The answers (sections 16.1, 16.6 and 17.1). `base`: `https://host:port`, without a `/` at its end.
[[nodiscard]] std::string RenderPluginList(const control::ListStockPluginsOut& list, std::string_view os,
                                           std::string_view base, std::string_view request_id, const InstanceId& agent);
[[nodiscard]] std::string RenderPluginCheck(const control::CheckStockPluginsOut& check, const InstanceId& agent);
[[nodiscard]] std::string RenderUpdate(const control::StockUpdateOut& update, std::string_view base,
                                       const InstanceId& agent);
/// What agents put in front of a path of this server: the address by which the request came (its Host), when that is
/// one; else `advertised`.
[[nodiscard]] std::string BaseOf(std::string_view host, bool secure, std::string_view advertised);

}  // namespace assist::server::gateway
