// Times, durations and tables as `assist schedule` shows them. Pure; any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "cli/text/text.h"
#include "common/base/time.h"
#include "common/schedule/zone.h"

namespace assist::cli {

/// `2026-03-01 12:10:00` on the clocks of that zone.
[[nodiscard]] std::string LocalTime(SystemTime time, const Zone& zone);
/// `Sun 2026-03-01 12:10:00 +08:00`.
[[nodiscard]] std::string LocalTimeWithOffset(SystemTime time, const Zone& zone, const Text& text);
/// What the zone is called; one without a name by its offset at `now`: `GMT+8:00`.
[[nodiscard]] std::string ZoneTitle(const Zone& zone, SystemTime now);
/// The two largest units of it: `3 d 4 h`, `12 min 5 s`, `0 s`. Fractions of a second are left out.
[[nodiscard]] std::string DurationWords(std::chrono::microseconds duration, const Text& text);

/// Columns as wide as their widest cell, two blanks between them, no blanks at the end of a line. Cells are text for a
/// terminal already.
class TextTable {
 public:
  /// Columns of these numbers, from 0, stand at the right.
  explicit TextTable(std::vector<std::size_t> right = {}) : right_(std::move(right)) {}
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] std::string Text(std::size_t indent = 0) const;

 private:
  const std::vector<std::size_t> right_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace assist::cli
