#include <arpa/inet.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "agent/inventory/system_facts.h"

namespace assist::agent::inventory {
namespace {

struct Address {
  std::string text;
  bool v4 = false;
};

std::vector<Address> Addresses() {
  std::vector<Address> found;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return found;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0 || (entry->ifa_flags & IFF_LOOPBACK) != 0) {
      continue;
    }
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (entry->ifa_addr->sa_family == AF_INET) {
      const auto* address = reinterpret_cast<const sockaddr_in*>(entry->ifa_addr);
      if (::inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size()) != nullptr) {
        found.push_back({text.data(), true});
      }
    } else if (entry->ifa_addr->sa_family == AF_INET6) {
      const auto* address = reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr);
      if (!IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr) &&
          ::inet_ntop(AF_INET6, &address->sin6_addr, text.data(), text.size()) != nullptr) {
        found.push_back({text.data(), false});
      }
    }
  }
  return found;
}

}  // namespace

Sources SystemSources() {
  Sources sources;
  const char* tz = ::getenv("TZ");
  if (tz != nullptr) sources.tz = tz;
  return sources;
}

Facts Collect(const Sources& sources) {
  Facts facts;
  std::array<char, 257> name{};  // POSIX: at most 255 characters
  if (::gethostname(name.data(), name.size() - 1) == 0) facts.hostname = name.data();
  for (Address& address : Addresses()) {
    if (address.v4 && facts.intranet_ip.empty()) facts.intranet_ip = address.text;
    facts.addresses.push_back(std::move(address.text));
  }
  utsname system{};
  if (::uname(&system) == 0) facts.arch = GoArch(system.machine);
  TellSystem(sources, system, facts);
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  facts.time_zone = TimeZoneName(sources, UtcOffset(FromUnixMillis(std::int64_t{now.tv_sec} * 1000)));
  return facts;
}

std::chrono::seconds UtcOffset(SystemTime at) {
  const auto seconds = static_cast<time_t>(ToUnixMillis(at) / 1000);
  tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return std::chrono::seconds(0);
  return std::chrono::seconds(local.tm_gmtoff);
}

std::string TimeZoneName(const Sources& sources, std::chrono::seconds offset) {
  if (sources.tz.empty()) {
    std::array<char, PATH_MAX> target{};
    const ssize_t size = ::readlink(sources.localtime_link.c_str(), target.data(), target.size());
    if (size > 0) {
      const std::string_view path(target.data(), static_cast<std::size_t>(size));
      constexpr std::string_view kFolder = "zoneinfo/";
      const std::size_t folder = path.find(kFolder);
      if (folder != std::string_view::npos) return std::string(path.substr(folder + kFolder.size()));
    }
  }
  return FormatOffset(offset);
}

}  // namespace assist::agent::inventory
