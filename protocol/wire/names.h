// Paths and header names of the stock carrier and of our additions to it (agent-protocol reference, sections 1, 3).
// They reach the wire: never rename. Header names are compared case-insensitively. Pure.
#pragma once

#include <string_view>

namespace assist::wire {

namespace path {
inline constexpr std::string_view kConnectionDetect = "/luban/api/connection_detect";
inline constexpr std::string_view kRegionId = "/luban/api/classic/region-id";
inline constexpr std::string_view kRegister = "/luban/api/instance/register";
inline constexpr std::string_view kDeregister = "/luban/api/instance/deregister";
inline constexpr std::string_view kHeartbeat = "/luban/api/heart-beat";
inline constexpr std::string_view kNotify = "/luban/notify_server";
inline constexpr std::string_view kGshell = "/luban/api/gshell";
inline constexpr std::string_view kTaskList = "/luban/api/v1/task/list";
inline constexpr std::string_view kSessionList = "/luban/api/v1/session/list";
inline constexpr std::string_view kTaskPrefix = "/luban/api/v1/task/";  ///< + running, finish, …
inline constexpr std::string_view kSessionStatus = "/luban/api/v1/session/status";
inline constexpr std::string_view kPluginList = "/luban/api/v1/plugin/list";
inline constexpr std::string_view kPluginStatus = "/luban/api/v1/plugin/report_status";
inline constexpr std::string_view kPluginUpdateCheck = "/luban/api/v2/plugin/update_check";
inline constexpr std::string_view kUpdateCheck = "/luban/api/v1/update/update_check";
inline constexpr std::string_view kMetrics = "/luban/api/metrics";
inline constexpr std::string_view kClientReport = "/luban/api/v1/exception/client_report";
inline constexpr std::string_view kStateConfigurations = "/luban/api/instance/list_instance_state_configurations";
inline constexpr std::string_view kGetTemplate = "/luban/api/instance/get_template";
inline constexpr std::string_view kPutInventory = "/luban/api/instance/put_inventory";
inline constexpr std::string_view kPutStateReport = "/luban/api/instance/put_instance_state_report";
}  // namespace path

namespace header {
// Stock.
inline constexpr std::string_view kInstanceId = "X-Acs-Instance-Id";
inline constexpr std::string_view kTimestamp = "X-Acs-Timestamp";  ///< ms
inline constexpr std::string_view kRequestId = "X-Acs-Request-Id";
inline constexpr std::string_view kSignature = "X-Acs-Signature";
inline constexpr std::string_view kClientIp = "X-Client-Ip";
inline constexpr std::string_view kUserAgent = "User-Agent";  ///< `<os>_<arch>/<version>`
// Ours, from the agent.
inline constexpr std::string_view kAssistTimestamp = "X-Assist-Timestamp";  ///< ms
inline constexpr std::string_view kAssistNonce = "X-Assist-Nonce";          ///< UUID
inline constexpr std::string_view kAssistSignature = "X-Assist-Signature";  ///< base64, Ed25519
inline constexpr std::string_view kAssistRun = "X-Assist-Run";              ///< UUID of this run of the agent's process
inline constexpr std::string_view kAssistOffset = "X-Assist-Offset";        ///< first byte of a report's body
inline constexpr std::string_view kAssistDelivery = "X-Assist-Delivery";    ///< highest delivery number had
inline constexpr std::string_view kAssistCan = "X-Assist-Can";  ///< with a fetch: what it can, words of `can`
// Ours, from the server.
inline constexpr std::string_view kAssistTime = "X-Assist-Time";  ///< ms; with a 401 whose cause is the time
}  // namespace header

/// What an agent of ours may or may not do yet; separated by commas in the header X-Assist-Can.
namespace can {
inline constexpr std::string_view kBudgets = "budgets";    ///< It keeps BudgetPart.
inline constexpr std::string_view kPackages = "packages";  ///< It has `assist-agent pkg …`, and tells scripts where.
inline constexpr std::string_view kReleases = "releases";  ///< The same of `assist-agent release …`.
}  // namespace can

}  // namespace assist::wire
