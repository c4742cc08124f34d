#include <array>
#include <memory>
#include <vector>

#include "agent/inventory/facts.h"
#include "common/windows/system.h"
#include "common/windows/wide.h"
#include "common/zones/windows_zone.h"
// After it:
#include <iphlpapi.h>
#include <ws2tcpip.h>

namespace assist::agent::inventory {
namespace {

/// A text of HKEY_LOCAL_MACHINE, of the 64-bit view; empty when it is not there.
std::string RegistryText(const wchar_t* key, const wchar_t* name) {
  HKEY opened = nullptr;
  if (::RegOpenKeyExW(HKEY_LOCAL_MACHINE, key, 0, KEY_READ | KEY_WOW64_64KEY, &opened) != ERROR_SUCCESS) return {};
  std::array<wchar_t, 512> text{};
  DWORD size = sizeof text - sizeof(wchar_t);
  DWORD type = 0;
  const LSTATUS got = ::RegQueryValueExW(opened, name, nullptr, &type, reinterpret_cast<BYTE*>(text.data()), &size);
  ::RegCloseKey(opened);
  return got == ERROR_SUCCESS && type == REG_SZ ? ToUtf8(text.data()) : std::string();
}

/// `Windows Server 2019 Standard 10.0.17763`. GetVersion() tells old programs an old number.
std::string Version() {
  using Call = LONG(WINAPI*)(OSVERSIONINFOW*);
  std::string text = RegistryText(L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion", L"ProductName");
  if (text.empty()) text = "Windows";
  OSVERSIONINFOW version{};
  version.dwOSVersionInfoSize = sizeof version;
  const HMODULE library = ::GetModuleHandleW(L"ntdll.dll");
  const FARPROC found = library == nullptr ? nullptr : ::GetProcAddress(library, "RtlGetVersion");
  if (found == nullptr || reinterpret_cast<Call>(reinterpret_cast<void*>(found))(&version) != 0) return text;
  return text + " " + std::to_string(version.dwMajorVersion) + "." + std::to_string(version.dwMinorVersion) + "." +
         std::to_string(version.dwBuildNumber);
}

std::string Architecture() {
  SYSTEM_INFO info{};
  ::GetNativeSystemInfo(&info);
  switch (info.wProcessorArchitecture) {
    case PROCESSOR_ARCHITECTURE_AMD64:
      return "amd64";
    case 12:  // ARM64; without a name in older headers
      return "arm64";
    default:
      return "386";
  }
}

std::string HostName() {
  std::array<wchar_t, 256> name{};
  auto size = static_cast<DWORD>(name.size());
  return ::GetComputerNameExW(ComputerNameDnsHostname, name.data(), &size) != 0 ? ToUtf8({name.data(), size}) : "";
}

struct Address {
  std::string text;
  bool v4 = false;
};

void Add(const SOCKET_ADDRESS& socket, std::vector<Address>& found) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (socket.lpSockaddr->sa_family == AF_INET) {
    auto* address = reinterpret_cast<sockaddr_in*>(socket.lpSockaddr);
    if (::inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size()) != nullptr) {
      found.push_back({text.data(), true});
    }
  } else if (socket.lpSockaddr->sa_family == AF_INET6) {
    auto* address = reinterpret_cast<sockaddr_in6*>(socket.lpSockaddr);
    if (IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr) == 0 &&
        ::inet_ntop(AF_INET6, &address->sin6_addr, text.data(), text.size()) != nullptr) {
      found.push_back({text.data(), false});
    }
  }
}

std::vector<Address> Addresses() {
  constexpr ULONG kFlags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;
  std::vector<Address> found;
  ULONG size = 32 * 1024;
  std::vector<std::uint64_t> memory;  // aligned for the structures in it
  ULONG answer = ERROR_BUFFER_OVERFLOW;
  for (int i = 0; i < 3 && answer == ERROR_BUFFER_OVERFLOW; ++i) {
    memory.resize(size / sizeof(std::uint64_t) + 1);
    answer = ::GetAdaptersAddresses(AF_UNSPEC, kFlags, nullptr, reinterpret_cast<IP_ADAPTER_ADDRESSES*>(memory.data()),
                                    &size);
  }
  if (answer != ERROR_SUCCESS) return found;
  for (const auto* adapter = reinterpret_cast<const IP_ADAPTER_ADDRESSES*>(memory.data()); adapter != nullptr;
       adapter = adapter->Next) {
    if (adapter->OperStatus != IfOperStatusUp || adapter->IfType == IF_TYPE_SOFTWARE_LOOPBACK) continue;
    for (const auto* entry = adapter->FirstUnicastAddress; entry != nullptr; entry = entry->Next) {
      Add(entry->Address, found);
    }
  }
  return found;
}

FILETIME FileTimeOf(SystemTime at) {
  constexpr std::int64_t kUnixEpoch = 116'444'736'000'000'000;  // in steps of 100 ns since 1601
  const std::int64_t steps = ToUnixMillis(at) * 10'000 + kUnixEpoch;
  return {static_cast<DWORD>(steps), static_cast<DWORD>(steps >> 32)};
}
std::int64_t Steps(const FILETIME& time) {
  return static_cast<std::int64_t>(time.dwHighDateTime) << 32 | static_cast<std::int64_t>(time.dwLowDateTime);
}

}  // namespace

Sources SystemSources() { return {}; }

Facts Collect(const Sources& sources) {
  Facts facts;
  facts.hostname = HostName();
  for (Address& address : Addresses()) {
    if (address.v4 && facts.intranet_ip.empty()) facts.intranet_ip = address.text;
    facts.addresses.push_back(std::move(address.text));
  }
  facts.os_type = "windows";
  facts.os_version = Version();
  facts.arch = Architecture();
  facts.machine_id = RegistryText(L"SOFTWARE\\Microsoft\\Cryptography", L"MachineGuid");
  FILETIME now{};
  ::GetSystemTimeAsFileTime(&now);
  constexpr std::int64_t kUnixEpoch = 116'444'736'000'000'000;
  facts.time_zone = TimeZoneName(sources, UtcOffset(FromUnixMillis((Steps(now) - kUnixEpoch) / 10'000)));
  return facts;
}

std::chrono::milliseconds Uptime() { return std::chrono::milliseconds(static_cast<std::int64_t>(::GetTickCount64())); }

std::chrono::seconds UtcOffset(SystemTime at) {
  const FILETIME utc = FileTimeOf(at);
  SYSTEMTIME universal{};
  SYSTEMTIME local{};
  FILETIME shifted{};
  if (::FileTimeToSystemTime(&utc, &universal) == 0 ||
      ::SystemTimeToTzSpecificLocalTime(nullptr, &universal, &local) == 0 ||
      ::SystemTimeToFileTime(&local, &shifted) == 0) {
    return std::chrono::seconds(0);
  }
  // SYSTEMTIME has milliseconds; so has `at` here.
  return std::chrono::seconds((Steps(shifted) - Steps(utc) + 5'000) / 10'000'000);
}

std::string TimeZoneName(const Sources&, std::chrono::seconds offset) {
  const WindowsZone zone = SystemZone();
  const std::string_view name = NameOf(zone);
  return name.empty() ? FormatOffset(offset) : std::string(name);
}

}  // namespace assist::agent::inventory
