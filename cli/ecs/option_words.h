// Options as words of a command line: taking one apart, taking its value. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/text/text.h"
#include "common/base/result.h"

namespace assist::cli {

using OptionWords = std::span<const std::string>;

/// An option taken apart: its name, and the value behind `=` when there is one.
struct OptionHead {
  std::string_view name;
  std::optional<std::string_view> value;

  /// `shorter` may be empty: there is none.
  [[nodiscard]] bool Is(std::string_view shorter, std::string_view longer) const noexcept {
    return name == longer || (!shorter.empty() && name == shorter);
  }
};

[[nodiscard]] OptionHead SplitOption(std::string_view word);

/// The value behind `=`, else the next word, which is taken off `words`. kInvalid: there is none.
[[nodiscard]] Result<std::string> TakeOptionValue(const OptionHead& head, OptionWords& words, const Text& text);

/// A whole number from `min` to `max`.
[[nodiscard]] Result<std::int64_t> TakeOptionNumber(const OptionHead& head, OptionWords& words, std::int64_t min,
                                                    std::int64_t max, const Text& text);

}  // namespace assist::cli
