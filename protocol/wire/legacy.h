// What the C++ agents of 2018 say and are told (agent-protocol reference, section 22): three fetches, two reports, each
// a POST of plain HTTP. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "protocol/wire/report.h"
#include "protocol/wire/task.h"

namespace assist::wire {

namespace path {
inline constexpr std::string_view kLegacyPrefix = "/luban/api/v1/";
inline constexpr std::string_view kLegacyFetch = "/luban/api/v1/task/fetch_task";
inline constexpr std::string_view kLegacyFetchCanceled = "/luban/api/v1/task/fetch_canceled_task";
inline constexpr std::string_view kLegacyFetchPeriods = "/luban/api/v1/task/fetch_active_period_task";
inline constexpr std::string_view kLegacyStatus = "/luban/api/v1/task/update_status";
inline constexpr std::string_view kLegacyOutput = "/luban/api/v1/task/upload_output";
inline constexpr std::string_view kLegacySoftware = "/luban/api/v1/repo/query_software";
inline constexpr std::string_view kLegacyDump = "/luban/api/v1/exception/dump_report";
}  // namespace path

/// The answer to any of the three fetches: an array of entries. The agent reads type, id, content, folder, cron and
/// time-out, and nothing else: the caller hands it no task that needs more.
[[nodiscard]] std::string RenderLegacyTasks(std::span<const TaskEntry> tasks);

/// `update_status`: the answer to a cancelled task, a kStopped without times. kInvalid for anything else.
[[nodiscard]] Result<Report> ParseLegacyStatus(std::string_view body);
/// `upload_output`: the end of a run, kFinish or kTimeout without times, with its whole output. kInvalid for anything
/// else.
[[nodiscard]] Result<Report> ParseLegacyOutput(std::string_view body);

}  // namespace assist::wire
