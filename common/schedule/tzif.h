// Reads the compiled form of a time zone, TZif (RFC 8536, versions 1 to 4), as it lies in /usr/share/zoneinfo. Pure;
// the bytes may come from anywhere, and none of them is trusted.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/schedule/zone.h"

namespace assist {

/// Real files have less than 4 KiB; a reader of files should stop here.
inline constexpr std::size_t kMaxTzifBytes = 64 * 1024;

/// What lies before 1969 is dropped; what lies after the last change comes from the rule at the file's end, up to 2100.
/// kInvalid: damaged, or with leap seconds ("right/" files count them, and Unix time does not).
[[nodiscard]] Result<std::shared_ptr<const Zone>> ZoneFromTzif(std::string name, std::string_view bytes);

}  // namespace assist
