#include "common/zones/windows_zone.h"
#include "common/zones/zone_files.h"

namespace assist {

std::vector<std::string> zones_internal::SystemFolders() { return {}; }

std::shared_ptr<const Zone> ZoneFiles::Local(std::optional<std::string> /*tz*/) const {
  const WindowsZone zone = SystemZone();
  if (const std::string_view name = NameOf(zone); !name.empty()) {
    if (Result<std::shared_ptr<const Zone>> found = Load(std::string(name))) return *found;
  }
  return ZoneOfWindows(zone.rule);
}

}  // namespace assist
