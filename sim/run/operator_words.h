// What the simulated operator and server say to each other, in the place of openapi: the task's state as text. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/checker/history.h"

namespace assist::sim::run {

/// Targets of requests.
inline constexpr std::string_view kRegisterTarget = "/sim/register";
inline constexpr std::string_view kRunTarget = "/sim/run";            ///< Headers `machine`, `token`; body: the script.
inline constexpr std::string_view kDescribeTarget = "/sim/describe";  ///< Header `invocation`.

/// The facts of `shown` (without the task's name), one line each, then the output.
[[nodiscard]] std::string EncodeShown(const checker::Shown& shown);
[[nodiscard]] checker::Shown DecodeShown(std::string_view text);

}  // namespace assist::sim::run
