#include "agent/supervisor/windows/object_name.h"

#include <algorithm>
#include <array>

#include "common/windows/error.h"
#include "common/windows/file.h"
#include "common/windows/system.h"
#include "common/windows/wide.h"
// Behind system.h.
#include <ntsecapi.h>

namespace assist::agent::supervisor {
namespace {

constexpr std::size_t kDigits = 32;
constexpr std::string_view kHex = "0123456789abcdef";

}  // namespace

Result<std::string> RandomObjectName() {
  std::array<unsigned char, kDigits / 2> bytes{};
  if (::RtlGenRandom(bytes.data(), static_cast<ULONG>(bytes.size())) == FALSE) {
    return Fail(Errc::kInternal, "Windows gives no random numbers");
  }
  std::string name;
  for (const unsigned char byte : bytes) {
    name += kHex[byte >> 4];
    name += kHex[byte & 15];
  }
  return name;
}

Result<std::string> ReadObjectName(const std::string& path) {
  Result<std::string> name = ReadFile(path, kDigits);
  if (!name) return name;
  const bool good = std::all_of(name->begin(), name->end(), [](char c) { return kHex.find(c) != kHex.npos; });
  if (name->size() != kDigits || !good) return Fail(Errc::kInvalid, path + " holds no name");
  return name;
}

std::wstring TreeEventName(std::string_view name) { return L"Global\\assist-stop-" + ToWide(name) + L"-tree"; }
std::wstring ProcessEventName(std::string_view name) { return L"Global\\assist-stop-" + ToWide(name) + L"-process"; }
std::wstring NoticePipeName(std::string_view name) { return L"\\\\.\\pipe\\assist-events-" + ToWide(name); }

}  // namespace assist::agent::supervisor
