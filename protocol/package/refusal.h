// Why a package or a release was not taken: a word that never changes, the exit code of `assist-agent pkg` and
// `assist-agent release`, and what the audit log says. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assist::package {

/// The value is the exit code. They reach scripts and the audit log: never renumber, never rename.
enum class Refusal : std::uint8_t {
  kUntrustedPublisher = 40,  ///< Signed by a key that is not pinned on the machine.
  kBadSignature = 41,        ///< The signature is not that of the manifest.
  kOldManifest = 42,         ///< The machine has had a manifest with a higher sequence.
  kDowngrade = 43,           ///< A higher version is installed, and the manifest does not allow to go below it.
  kWrongHash = 44,           ///< Bytes are not those that the manifest names.
  kTruncated = 45,           ///< Fewer bytes came than the manifest names.
  kWrongPlatform = 46,
  kUnsafeArchive = 47,  ///< It would write outside of its folder, or is not what an archive may be.
  kTooLarge = 48,
  kNoSpace = 49,
  kDependency = 50,
  kScriptFailed = 51,
  kNotSupported = 52,
  kVerifyFailed = 53,
  kNotFound = 54,
  kBusy = 55,     ///< Another operation did not end in time.
  kExpired = 56,  ///< The manifest's time is over.
  kInterrupted = 57,
  kBadManifest = 58,
  kUnreachable = 59,  ///< The server does not answer.
  kNotHealthy = 60,   ///< The new agent did not come up, reach the server and stay.
};

/// `UntrustedPublisher`, …
[[nodiscard]] std::string_view Name(Refusal refusal) noexcept;
[[nodiscard]] std::optional<Refusal> RefusalOfExitCode(int code) noexcept;
[[nodiscard]] constexpr int ExitCode(Refusal refusal) noexcept { return static_cast<int>(refusal); }

/// The last line of output of an operation that was refused: `REFUSED <word>: <text>`.
[[nodiscard]] std::string RefusalLine(Refusal refusal, std::string_view text);
struct FoundRefusal {
  Refusal refusal;
  std::string text;
};
/// The last such line of an output.
[[nodiscard]] std::optional<FoundRefusal> FindRefusal(std::string_view output);

}  // namespace assist::package
