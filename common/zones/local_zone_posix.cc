#include <unistd.h>

#include <array>

#include "common/schedule/posix_zone.h"
#include "common/zones/zone_files.h"

namespace assist {
namespace {

/// The name of the zone that a link such as /etc/localtime points to; empty when it is none or points elsewhere.
std::string NameFromLink(const std::string& path) {
  std::array<char, 1024> target;
  const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
  if (length <= 0) return {};
  const std::string_view text(target.data(), static_cast<std::size_t>(length));
  constexpr std::string_view kFolder = "/zoneinfo/";
  const std::size_t at = text.rfind(kFolder);
  if (at == std::string_view::npos) return {};
  const std::string_view name = text.substr(at + kFolder.size());
  return IsZoneName(name) ? std::string(name) : std::string();
}

}  // namespace

std::vector<std::string> zones_internal::SystemFolders() {
  return {"/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo"};
}

std::shared_ptr<const Zone> ZoneFiles::Local(std::optional<std::string> tz) const {
  using zones_internal::ReadZoneFile;
  if (!tz) {
    std::string name = NameFromLink(options_.local_file);
    Result<std::shared_ptr<const Zone>> zone = ReadZoneFile(options_.local_file, name);
    if (zone) return *zone;
    // The link may stand although the files were taken away.
    if (!name.empty()) zone = Load(name);
    return zone ? *zone : Zone::Utc();
  }
  if (tz->starts_with(':')) tz->erase(0, 1);
  if (tz->starts_with('/')) {
    Result<std::shared_ptr<const Zone>> zone = ReadZoneFile(*tz, {});
    return zone ? *zone : Zone::Utc();
  }
  if (Result<std::shared_ptr<const Zone>> zone = Load(*tz)) return *zone;
  if (const Result<PosixZone> rule = PosixZone::Parse(*tz)) return rule->ToZone({});
  return Zone::Utc();
}

}  // namespace assist
