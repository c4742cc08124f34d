// The time zones that programs carry with them, for systems that have no files of them: Windows, and small images. Made
// of the build machine's files by scripts/embed_zones.py (its head has the form of the bytes). Any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/schedule/zone.h"

namespace assist {

/// kNotFound: no such zone. Does not block.
[[nodiscard]] Result<std::shared_ptr<const Zone>> FindEmbeddedZone(std::string_view name);
/// All names, in ascending order.
[[nodiscard]] std::vector<std::string> EmbeddedZoneNames();
/// `2025b`: the version of the database of time zones.
[[nodiscard]] std::string_view EmbeddedZonesVersion();

namespace zones_internal {

// The generated file.
extern const char kZonesVersion[];
extern const std::size_t kZoneTableBytes;
extern const unsigned char kZoneTable[];

}  // namespace zones_internal
}  // namespace assist
