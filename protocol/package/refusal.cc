#include "protocol/package/refusal.h"

#include <array>
#include <utility>

namespace assist::package {
namespace {

constexpr std::array<std::pair<Refusal, std::string_view>, 21> kNames{{
    {Refusal::kUntrustedPublisher, "UntrustedPublisher"},
    {Refusal::kBadSignature, "BadSignature"},
    {Refusal::kOldManifest, "OldManifest"},
    {Refusal::kDowngrade, "Downgrade"},
    {Refusal::kWrongHash, "WrongHash"},
    {Refusal::kTruncated, "Truncated"},
    {Refusal::kWrongPlatform, "WrongPlatform"},
    {Refusal::kUnsafeArchive, "UnsafeArchive"},
    {Refusal::kTooLarge, "TooLarge"},
    {Refusal::kNoSpace, "NoSpace"},
    {Refusal::kDependency, "Dependency"},
    {Refusal::kScriptFailed, "ScriptFailed"},
    {Refusal::kNotSupported, "NotSupported"},
    {Refusal::kVerifyFailed, "VerifyFailed"},
    {Refusal::kNotFound, "NotFound"},
    {Refusal::kBusy, "Busy"},
    {Refusal::kExpired, "Expired"},
    {Refusal::kInterrupted, "Interrupted"},
    {Refusal::kBadManifest, "BadManifest"},
    {Refusal::kUnreachable, "Unreachable"},
    {Refusal::kNotHealthy, "NotHealthy"},
}};
constexpr std::string_view kMark = "REFUSED ";

}  // namespace

std::string_view Name(Refusal refusal) noexcept {
  for (const auto& [value, name] : kNames) {
    if (value == refusal) return name;
  }
  return "";
}

std::optional<Refusal> RefusalOfExitCode(int code) noexcept {
  for (const auto& [value, name] : kNames) {
    if (ExitCode(value) == code) return value;
  }
  return std::nullopt;
}

std::string RefusalLine(Refusal refusal, std::string_view text) {
  std::string line = std::string(kMark) + std::string(Name(refusal)) + ": ";
  for (const char c : text) line += c == '\n' || c == '\r' ? ' ' : c;
  return line;
}

std::optional<FoundRefusal> FindRefusal(std::string_view output) {
  while (!output.empty()) {
    while (!output.empty() && (output.back() == '\n' || output.back() == '\r')) output.remove_suffix(1);
    const std::size_t end = output.rfind('\n');
    const std::string_view line = end == std::string_view::npos ? output : output.substr(end + 1);
    output = end == std::string_view::npos ? std::string_view() : output.substr(0, end);
    if (!line.starts_with(kMark)) continue;
    const std::string_view rest = line.substr(kMark.size());
    for (const auto& [value, name] : kNames) {
      if (rest.starts_with(name) && rest.substr(name.size()).starts_with(": ")) {
        return FoundRefusal{value, std::string(rest.substr(name.size() + 2))};
      }
    }
  }
  return std::nullopt;
}

}  // namespace assist::package
