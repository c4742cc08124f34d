// What this machine is: the facts that registration, heart-beats and fetches tell (agent-protocol reference, sections
// 3.2, 5.2, 7.1, 9.1). Every call reads files or asks the kernel: quick, but not for a shard's busy path. Any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/time.h"

namespace assist::agent::inventory {

struct Facts {
  std::string hostname;
  std::string intranet_ip;  ///< First IPv4 address of an interface that is up and not loopback; may be empty.
  std::vector<std::string> addresses;  ///< All of these, IPv6 too, without link-local ones.
  std::string os_type;                 ///< `linux`, `windows`, `freebsd`
  std::string os_version;  ///< `Linux_<kernel build>_<machine>`, `FreeBSD_<release>_<machine>`; of Windows its name.
  std::string arch;        ///< In Go's words, for User-Agent: amd64, arm64, 386, …
  std::string machine_id;  ///< Empty when the machine has none.
  std::string time_zone;   ///< See TimeZoneName().
};

/// Where the facts lie; tests point elsewhere. (Of FreeBSD the kernel tells the machine id.)
struct Sources {
  std::vector<std::string> machine_id_files = {"/var/lib/dbus/machine-id", "/etc/machine-id",
                                               "/sys/class/dmi/id/product_uuid"};
  std::string localtime_link = "/etc/localtime";
  std::string tz;  ///< The environment variable TZ; empty: not set.
};
/// The sources of this machine, TZ from the environment.
[[nodiscard]] Sources SystemSources();

/// What cannot be found out stays empty; never fails.
[[nodiscard]] Facts Collect(const Sources& sources);

/// Time since boot, sleep included.
[[nodiscard]] std::chrono::milliseconds Uptime();
/// East of UTC, of the local zone at `at`.
[[nodiscard]] std::chrono::seconds UtcOffset(SystemTime at);

/// IANA name of the local zone from the link of /etc/localtime, on Windows from its key (`Asia/Shanghai`); when it is
/// not known, or TZ is set (Windows does not look at it): `GMT+8:00`, or `UTC` for no offset.
[[nodiscard]] std::string TimeZoneName(const Sources& sources, std::chrono::seconds offset);
/// `GMT+8:00`, `GMT-5:30`; `UTC` for 0. Pure.
[[nodiscard]] std::string FormatOffset(std::chrono::seconds offset);
/// `uname -m` in Go's words; unknown ones as they are. Pure.
[[nodiscard]] std::string GoArch(std::string_view machine);

/// The text of a small file without the white space at its end; empty when it cannot be read.
[[nodiscard]] std::string ReadLine(const std::string& path);

/// True when `boot_id` is not the one noted in `file`: no run of the agent since the boot of the machine has been heard
/// by the server. An unreadable note counts as none. `boot_id` empty: false.
[[nodiscard]] bool IsColdStart(const std::string& file, const std::string& boot_id);
/// The server has heard of this boot. Not synced: a loss of power is another boot.
Status NoteBoot(const std::string& file, const std::string& boot_id);

}  // namespace assist::agent::inventory
