// What the simulated operator and server say to each other, in the place of openapi: tasks' states as text. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/checker/history.h"

namespace assist::sim::run {

/// Targets of requests. `machines`: instance ids with a space between.
inline constexpr std::string_view kRegisterTarget = "/sim/register";  ///< Header `machine`: its name.
/// Headers `machines`, `token`, and perhaps `delivery_timeout` (seconds), `max_concurrency`, `max_errors`; body: the
/// script.
inline constexpr std::string_view kRunTarget = "/sim/run";
inline constexpr std::string_view kStopTarget = "/sim/stop";        ///< Headers `invocation`, `machines` (empty: all).
inline constexpr std::string_view kReleaseTarget = "/sim/release";  ///< Header `machine`: deregister it.
inline constexpr std::string_view kDescribeTarget = "/sim/describe";  ///< Header `invocation`.

[[nodiscard]] std::string JoinWords(const std::vector<std::string>& words);
[[nodiscard]] std::vector<std::string> SplitWords(std::string_view text);

/// One row of a description: which machine, and what is shown of the task there (Shown::task is not carried).
struct Row {
  std::string instance;
  checker::Shown shown;
};
[[nodiscard]] std::string EncodeRows(const std::vector<Row>& rows);
[[nodiscard]] std::vector<Row> DecodeRows(std::string_view text);

}  // namespace assist::sim::run
