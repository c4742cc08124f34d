// What came of telling a stock agent to update itself (agent-protocol.md, 17): such an agent reports failures only, so
// the attempts are counted here, and one that fails too often is left alone. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/time.h"

namespace assist::server::model {

inline constexpr std::int64_t kUpgradeFailures = 3;  ///< Attempts with one manifest that may fail.
/// How often a machine is told of one manifest without a word of it: a day of checks, since a busy agent waits.
inline constexpr std::int64_t kUpgradeOffers = 48;
inline constexpr std::size_t kUpgradePhaseBytes = 64;
inline constexpr std::size_t kUpgradeMessageBytes = 1024;

/// `AgentUpdateFailure:<phase>[:<detail>]` and what came with it.
struct UpgradeReport {
  std::string phase;    ///< DownloadPackageFailed, …
  std::string detail;   ///< AccessDenied, …; may be empty.
  std::string message;  ///< Text of the agent.
  std::string version;  ///< Of the update, where the report names it.
};

/// Of one machine.
struct StockUpgrade {
  // Told last.
  std::string version;        ///< Empty: it was told of none.
  std::int64_t sequence = 0;  ///< Of its manifest.
  SystemTime told{};
  std::int64_t offers = 0;    ///< How often it was told of this manifest.
  std::int64_t failures = 0;  ///< How many of these attempts failed.
  bool open = false;          ///< Told, and no failure reported since.
  // The latest failure; `phase` empty: there is none.
  UpgradeReport failure;
  SystemTime failed{};
};

/// Whether a machine is told of this manifest once more.
[[nodiscard]] bool MayTell(const StockUpgrade& known, std::string_view version, std::int64_t sequence) noexcept;
/// It is told. Another manifest begins anew; the latest failure stays to be seen.
[[nodiscard]] StockUpgrade Tell(StockUpgrade known, std::string_view version, std::int64_t sequence, SystemTime now);
/// It reported a failure. An attempt counts once, and what it said first is kept: the agent tells of one broken script
/// twice, as the script's and as its runner's.
[[nodiscard]] StockUpgrade Failed(StockUpgrade known, UpgradeReport report, SystemTime now);

}  // namespace assist::server::model
