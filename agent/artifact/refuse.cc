#include "agent/artifact/refuse.h"

namespace assist::agent::artifact {

std::optional<package::Refusal> RefusalOf(const Error& error) noexcept {
  for (int code = ExitCode(package::Refusal::kUntrustedPublisher); code < 128; ++code) {
    const auto refusal = package::RefusalOfExitCode(code);
    if (refusal && error.reason == package::Name(*refusal)) return refusal;
  }
  if (error.code == Errc::kTooLarge) return package::Refusal::kNoSpace;
  return std::nullopt;
}

}  // namespace assist::agent::artifact
