// Versions of packages and releases. Pure; any thread.
#pragma once

#include <compare>
#include <string_view>

namespace assist::package {

/// 1 to 32 of [0-9A-Za-z.+~-], beginning with a letter or digit.
[[nodiscard]] bool IsVersion(std::string_view version) noexcept;

/// Debian's order (Debian policy, 5.6.12, without epoch and revision): runs of digits by their number, other characters
/// by their code with letters in front of the rest and `~` in front of everything, the end of the text too. So
/// 1.2 < 1.10, 1.0~rc1 < 1.0, 1.0 < 1.0.1.
[[nodiscard]] std::strong_ordering CompareVersions(std::string_view a, std::string_view b) noexcept;

/// `>=1.2`, `<=`, `>`, `<`, `=1.2`; empty: any.
[[nodiscard]] bool IsVersionRule(std::string_view rule) noexcept;
/// False for a rule that is none.
[[nodiscard]] bool Satisfies(std::string_view version, std::string_view rule) noexcept;

}  // namespace assist::package
