#include "common/zones/zone_files.h"

#include <algorithm>
#include <utility>

#include "common/files/files.h"
#include "common/schedule/tzif.h"
#include "common/zones/embedded_zones.h"

namespace assist {
namespace {

constexpr std::size_t kMaxNameBytes = 128;

}  // namespace

Result<std::shared_ptr<const Zone>> zones_internal::ReadZoneFile(const std::string& path, std::string name) {
  Result<std::string> bytes = ReadFile(path, kMaxTzifBytes);
  if (!bytes) return Forward(bytes);
  return ZoneFromTzif(std::move(name), *bytes);
}

bool IsZoneName(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes) return false;
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '+' ||
           c == '-' || c == '/' || c == '.';
  };
  if (!std::all_of(name.begin(), name.end(), allowed)) return false;
  // No part is empty or begins with a dot: no absolute path, no step upwards, no hidden file.
  char before = '/';
  for (const char c : name) {
    if (before == '/' && (c == '/' || c == '.')) return false;
    before = c;
  }
  return before != '/';
}

ZoneFiles::ZoneFiles() : ZoneFiles(Options()) {}
ZoneFiles::ZoneFiles(Options options) : options_(std::move(options)) {}

Result<std::shared_ptr<const Zone>> ZoneFiles::Load(const std::string& name) const {
  if (!IsZoneName(name)) return Fail(Errc::kInvalid, "no name of a time zone: '" + name.substr(0, kMaxNameBytes) + "'");
  for (const std::string& folder : options_.folders) {
    Result<std::shared_ptr<const Zone>> zone = zones_internal::ReadZoneFile(folder + "/" + name, name);
    if (zone) return zone;
    const Errc code = zone.error().code;
    if (code == Errc::kNotFound || code == Errc::kConflict) continue;  // not there, or a folder
    return Fail(Errc::kInternal, std::move(zone.error().detail));
  }
  if (options_.embedded) return FindEmbeddedZone(name);
  return Fail(Errc::kNotFound, "no such time zone: " + name);
}

Result<std::shared_ptr<const Zone>> ZoneFiles::Find(std::string_view name) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(name); found != known_.end()) return found->second;
  }
  Result<std::shared_ptr<const Zone>> zone = Load(std::string(name));
  if (!zone) return zone;
  const std::lock_guard lock(mutex_);
  return known_.emplace(name, *zone).first->second;
}

}  // namespace assist
