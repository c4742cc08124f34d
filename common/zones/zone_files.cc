#include "common/zones/zone_files.h"

#if !defined(_WIN32)
#include <unistd.h>
#endif

#include <algorithm>
#include <array>
#include <utility>

#include "common/files/files.h"
#include "common/schedule/posix_zone.h"
#include "common/schedule/tzif.h"

namespace assist {
namespace {

constexpr std::size_t kMaxNameBytes = 128;

Result<std::shared_ptr<const Zone>> ReadZoneFile(const std::string& path, std::string name) {
  Result<std::string> bytes = ReadFile(path, kMaxTzifBytes);
  if (!bytes) return Forward(bytes);
  return ZoneFromTzif(std::move(name), *bytes);
}

/// The name of the zone that a link such as /etc/localtime points to; empty when it is none or points elsewhere.
#if defined(_WIN32)
std::string NameFromLink(const std::string&) { return {}; }
#else
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
#endif

}  // namespace

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
    Result<std::shared_ptr<const Zone>> zone = ReadZoneFile(folder + "/" + name, name);
    if (zone) return zone;
    const Errc code = zone.error().code;
    if (code == Errc::kNotFound || code == Errc::kConflict) continue;  // not there, or a folder
    return Fail(Errc::kInternal, std::move(zone.error().detail));
  }
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

std::shared_ptr<const Zone> ZoneFiles::Local(std::optional<std::string> tz) const {
  if (!tz) {
    Result<std::shared_ptr<const Zone>> zone = ReadZoneFile(options_.local_file, NameFromLink(options_.local_file));
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
