// What `assist schedule` was asked to do. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "cli/ecs/common_options.h"
#include "common/base/result.h"
#include "common/base/time.h"

namespace assist::cli {

struct ScheduleOptions {
  enum class Verb { kNone /* only with help */, kList, kPreview, kCalendar };
  enum class Output { kTable, kJson /* indented on a terminal */ };

  Verb verb = Verb::kNone;
  Output output = Output::kTable;
  std::string zone;  ///< Times are shown in it; in a preview it holds for an expression without one. Empty: local.
  bool help = false;
  CommonOptions common;

  // ls and calendar.
  std::string invocation;      ///< Empty: all.
  std::string instance;        ///< Empty: all.
  std::int64_t limit = 1'000;  ///< Rows shown at most.
  // ls.
  bool ended = false;    ///< Those that are over too.
  bool overdue = false;  ///< Only those.
  // calendar.
  std::optional<SystemTime> from;  ///< Default: now.
  std::chrono::hours hours{24};
  std::optional<std::chrono::seconds> bucket;  ///< Default: the server's choice, an hour.
  // preview.
  std::string expression;
  std::int64_t count = 10;
};

/// `words` is what stands behind `assist schedule`. kInvalid is one line for the user.
[[nodiscard]] Result<ScheduleOptions> ParseScheduleWords(std::span<const std::string> words);

}  // namespace assist::cli
