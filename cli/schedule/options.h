// What `assist schedule` was asked to do. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "cli/ecs/common_options.h"
#include "cli/text/text.h"
#include "cli/verb/parse.h"
#include "cli/verb/spec.h"
#include "common/base/result.h"
#include "common/base/time.h"

namespace assist::cli {

struct ScheduleOptions {
  enum class Verb { kList, kPreview, kCalendar };
  enum class Output { kTable, kJson /* indented on a terminal */ };

  Verb verb = Verb::kList;
  Output output = Output::kTable;
  std::string zone;  ///< Times are shown in it; in a preview it holds for an expression without one. Empty: local.
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

/// The declaration of `assist schedule`.
[[nodiscard]] const VerbSpec& ScheduleSpec();

/// `words` were parsed by ScheduleSpec(). kInvalid is one line for the user.
[[nodiscard]] Result<ScheduleOptions> ReadSchedule(const VerbWords& words, const Text& text);
/// Both steps, for tests: the words behind `assist schedule`.
[[nodiscard]] Result<ScheduleOptions> ParseScheduleWords(std::span<const std::string> words, const Text& text);

}  // namespace assist::cli
