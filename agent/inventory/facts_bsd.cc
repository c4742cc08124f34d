// FreeBSD, by sysctl(3) and clock_gettime(2). Parsed here against test/freebsd/include; run on no FreeBSD yet
// (docs/platforms.md).
#include <sys/types.h>
// <sys/types.h> comes first, as this wants it.
#include <sys/sysctl.h>
#include <time.h>

#include <algorithm>
#include <array>

#include "agent/inventory/system_facts.h"

namespace assist::agent::inventory {

void TellSystem(const Sources&, const utsname& system, Facts& facts) {
  facts.os_type = "freebsd";
  facts.os_version = std::string("FreeBSD_") + system.release + "_" + system.machine;
  // What rc.d/hostid set, of a jail its own; zeros when nobody did.
  std::array<char, 64> id{};
  std::size_t size = id.size() - 1;
  if (::sysctlbyname("kern.hostuuid", id.data(), &size, nullptr, 0) != 0) return;
  const std::string text = id.data();
  const bool set = std::any_of(text.begin(), text.end(), [](char letter) { return letter != '0' && letter != '-'; });
  if (set) facts.machine_id = text;
}

std::chrono::milliseconds Uptime() {
  timespec up{};
  if (::clock_gettime(CLOCK_MONOTONIC, &up) != 0) return std::chrono::milliseconds(0);
  return std::chrono::milliseconds(std::int64_t{up.tv_sec} * 1000 + up.tv_nsec / 1'000'000);
}

}  // namespace assist::agent::inventory
