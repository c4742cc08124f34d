// How a file ended, as it is reported and as the journal keeps it. Values; pure.
#pragma once

#include <string>
#include <string_view>

#include "agent/files/target_files.h"
#include "common/base/time.h"
#include "protocol/wire/report.h"
#include "protocol/wire/task.h"

namespace assist::agent::files {

struct Outcome {
  wire::ReportKind kind = wire::ReportKind::kFinish;  ///< kFinish, kInvalid or kError.
  wire::FileTrouble trouble = wire::FileTrouble::kNone;
  SystemTime start{};
  SystemTime end{};
  std::string param = {};
  std::string value = {};
  std::string err_code = {};
  std::string err_desc = {};  ///< At most 255 bytes.

  [[nodiscard]] bool placed() const noexcept {
    return kind == wire::ReportKind::kFinish && trouble == wire::FileTrouble::kNone;
  }
};

[[nodiscard]] Outcome Refused(std::string_view param, std::string value);
[[nodiscard]] Outcome Failed(wire::FileTrouble trouble, std::string why);
/// Nobody knows whether it was put in place.
[[nodiscard]] Outcome Interrupted(std::string_view why);
[[nodiscard]] Outcome FromProblem(const Problem& problem, const wire::FileTask& file);

/// The last report. `ours`: with what only our server knows (times, why it failed).
[[nodiscard]] wire::Report ToReport(const Outcome& outcome, std::string task_id, bool ours);

/// As the journal keeps it. Reaches the disk: never change, only add behind.
[[nodiscard]] std::string EncodeOutcome(const Outcome& outcome);
/// What cannot be read is an Interrupted() one.
[[nodiscard]] Outcome DecodeOutcome(std::string_view bytes);

}  // namespace assist::agent::files
