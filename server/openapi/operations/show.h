// Entities as the API shows them; shared by operations. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.h"
#include "protocol/json/json.h"
#include "server/control/views.h"
#include "server/model/entities.h"
#include "server/openapi/parameter_spec.h"

namespace assist::server::openapi {

/// Bytes of output in one answer; the rows of a page share them, none gets more than the reference's 24 KB.
inline constexpr std::int64_t kMaxOutputOfPage = 4 << 20;
inline constexpr std::int64_t kMaxOutputOfRow = 24'576;

/// Empty when not known yet.
[[nodiscard]] std::string ShowTime(const std::optional<SystemTime>& time);
/// Bytes in the form that ContentEncoding asked for; PlainText that is not UTF-8 gets replacement characters.
[[nodiscard]] std::string ShowBytes(const std::string& bytes, std::string_view content_encoding);
/// The model's int32 fields: what is larger shows as the largest.
[[nodiscard]] std::int64_t ShowInt32(std::int64_t number) noexcept;

/// {"Tag":[{"TagKey":…,"TagValue":…}]}
[[nodiscard]] json::Object ShowTags(const model::Tags& tags);
/// The list alone, as the operations on managed instances have it.
[[nodiscard]] json::Array ShowPlainTags(const model::Tags& tags);
/// {"Name":[…]}
[[nodiscard]] json::Object Wrap(std::string_view name, json::Array items);

/// Extension: how many instances are in each status, since not all of a large invocation are shown.
[[nodiscard]] json::Object ShowCounts(const model::StateCounts& counts);

/// Extension Order.
[[nodiscard]] json::Object ShowOrder(const model::AgentOrder& order);

/// A millisecond count; absent when not known.
void ShowMillis(std::string_view name, const std::optional<std::chrono::milliseconds>& millis, json::Object& out);

/// The fields of one task that DescribeInvocations and DescribeInvocationResults have in common, the extensions
/// Delivery, Outcome, OutputSize and ErrorDetail among them; of a schedule the fields of its latest run, and Missed,
/// NextDueTime and Overdue.
void ShowTask(const control::TaskView& view, std::string_view content_encoding, json::Object& out);

/// Extension WaitsFor: others are at it, as many as may be at a time (MaxConcurrency).
void ShowWaits(const model::Task& task, const model::Invocation& invocation, json::Object& out);

/// The same of a row of a schedule's history, one run or a range of occurrences that did not run, with the extensions
/// Occurrence, Kind, DueTime and, as it is, LatenessMs or MissedCount, LastDueTime, MissedReason.
void ShowOccurrence(const control::TaskView& view, std::string_view content_encoding, json::Object& out);

/// Extension: when what happened to it, each time with whose clock told it; what nobody told is not there.
/// {"TimelineEvent":[{"Event":…,"Clock":…,"Time":…}]} in the order of events. `created`: of a task of its own, none of
/// a run of a schedule.
[[nodiscard]] json::Object ShowTimeline(const model::TaskProgress& progress, const std::optional<SystemTime>& created);
/// The parameter that asks for it.
[[nodiscard]] ParameterSpec IncludeTimeline();
/// Its place in an answer.
inline constexpr std::string_view kTimelineField = "Timeline";

[[nodiscard]] json::Object ShowActivation(const model::Activation& activation);
/// Without Connected and Tags.
[[nodiscard]] json::Object ShowMachine(const model::Machine& machine);

/// Tags to choose by: an empty value matches any.
[[nodiscard]] std::vector<control::TagFilter> AsFilter(const model::Tags& tags);

}  // namespace assist::server::openapi
