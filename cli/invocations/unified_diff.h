// What differs between two outputs, as `diff -u` shows it. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "cli/text/style.h"

namespace assist::cli {

struct DiffOptions {
  std::size_t context = 3;         ///< Equal lines around a change.
  std::size_t most_lines = 4'000;  ///< Of both sides together, without what is equal at the beginning and at the end.
};

/// The hunks, without a heading, each line with its line feed; lines are made fit for a terminal. Empty when both are
/// equal. Nothing when they are too long to be compared, or one of them is no text.
[[nodiscard]] std::optional<std::string> UnifiedDiff(std::string_view from, std::string_view to,
                                                     const DiffOptions& options, const Style& style);

}  // namespace assist::cli
