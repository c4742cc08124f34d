// Words with wildcards: `*` stands for any text, also none, `?` for any one byte. Pure; any thread.
#pragma once

#include <string_view>

namespace assist::server::policy {

/// Compared with case. Takes at most pattern × text steps, whatever the pattern.
[[nodiscard]] bool Matches(std::string_view pattern, std::string_view text) noexcept;
/// Matches every text.
[[nodiscard]] bool MatchesAll(std::string_view pattern) noexcept;

}  // namespace assist::server::policy
