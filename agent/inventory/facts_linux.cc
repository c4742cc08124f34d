#include <time.h>

#include "agent/inventory/system_facts.h"

namespace assist::agent::inventory {

void TellSystem(const Sources& sources, const utsname& system, Facts& facts) {
  facts.os_type = "linux";
  facts.os_version = std::string("Linux_") + system.version + "_" + system.machine;
  for (const std::string& file : sources.machine_id_files) {
    facts.machine_id = ReadLine(file);
    if (!facts.machine_id.empty()) break;
  }
}

std::chrono::milliseconds Uptime() {
  timespec up{};
  if (::clock_gettime(CLOCK_BOOTTIME, &up) != 0) return std::chrono::milliseconds(0);
  return std::chrono::milliseconds(std::int64_t{up.tv_sec} * 1000 + up.tv_nsec / 1'000'000);
}

}  // namespace assist::agent::inventory
