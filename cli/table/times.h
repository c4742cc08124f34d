// Times as verbs show and take them. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/table/output.h"
#include "common/base/time.h"

namespace assist::cli {

/// `3 min ago` on a terminal, the time as the server gave it in a pipe. Empty for a time that is not there.
[[nodiscard]] std::string When(std::string_view iso8601, const Look& look);
/// `2026-03-01 04:10:00Z, 3 min ago`, for a view of one thing; in a pipe the time alone.
[[nodiscard]] std::string WhenExactly(std::string_view iso8601, const Look& look);

/// The point in time that `--since` means: `90s`, `15m`, `2h`, `3d`, `1w` before now, `2026-03-01`, or a full
/// `2026-03-01T04:10:00Z`. Empty when it is none of these.
[[nodiscard]] std::optional<SystemTime> ParseSince(std::string_view text, SystemTime now);

}  // namespace assist::cli
