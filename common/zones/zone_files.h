// Time zones of this system: compiled files below /usr/share/zoneinfo, else those that the program carries with it
// (embedded_zones.h), and which of them is local. Not for simulated rooms; they are given a ZoneSource.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/schedule/zone.h"

namespace assist {

namespace zones_internal {

/// Where systems have their zones; on Windows nowhere (anybody may make a folder C:/usr there).
[[nodiscard]] std::vector<std::string> SystemFolders();
Result<std::shared_ptr<const Zone>> ReadZoneFile(const std::string& path, std::string name);

}  // namespace zones_internal

/// Reads each zone once and keeps it: some kilobytes each, at most as many as the system has files (some 600). Zones
/// that are not there are looked for again each time. Any thread; a first Find() reads one small file and blocks for
/// it.
class ZoneFiles final : public ZoneSource {
 public:
  struct Options {
    /// Searched in this order.
    std::vector<std::string> folders = zones_internal::SystemFolders();
    std::string local_file = "/etc/localtime";
    /// Where no folder has a zone, the one that the program carries counts.
    bool embedded = true;
  };
  ZoneFiles();
  explicit ZoneFiles(Options options);

  /// kInvalid: an absolute path, a step upwards, characters that no name has. kInternal: the file is damaged.
  Result<std::shared_ptr<const Zone>> Find(std::string_view name) override;

  /// The zone of this machine: `tz` is the variable TZ (a name, `:name`, a path or a POSIX rule), none when it is not
  /// set; then the local file counts, and the name comes from where it links to. The name is empty where there is none
  /// (see GmtName). What cannot be read is UTC, as the C library has it. Read anew each time, so that changes are seen.
  /// Windows: what the system says, by name or by rule (windows_zone.h); the variable and the file are nothing there.
  [[nodiscard]] std::shared_ptr<const Zone> Local(std::optional<std::string> tz) const;

 private:
  [[nodiscard]] Result<std::shared_ptr<const Zone>> Load(const std::string& name) const;

  const Options options_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Zone>, std::less<>> known_;  ///< Under mutex_.
};

/// Whether a name may be looked up below a folder of zones.
[[nodiscard]] bool IsZoneName(std::string_view name);

}  // namespace assist
