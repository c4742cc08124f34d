#include "server/model/stock_upgrade.h"

#include <utility>

namespace assist::server::model {
namespace {

bool IsSame(const StockUpgrade& known, std::string_view version, std::int64_t sequence) noexcept {
  return known.version == version && known.sequence == sequence;
}

/// What follows on the failure of the script itself.
bool IsOfRunner(const UpgradeReport& report) { return report.phase.starts_with("ExecuteUpdateScriptRunner"); }

}  // namespace

bool MayTell(const StockUpgrade& known, std::string_view version, std::int64_t sequence) noexcept {
  if (!IsSame(known, version, sequence)) return true;
  return known.failures < kUpgradeFailures && known.offers < kUpgradeOffers;
}

StockUpgrade Tell(StockUpgrade known, std::string_view version, std::int64_t sequence, SystemTime now) {
  if (!IsSame(known, version, sequence)) {
    known.version = version;
    known.sequence = sequence;
    known.offers = 0;
    known.failures = 0;
  }
  ++known.offers;
  known.told = now;
  known.open = true;
  return known;
}

StockUpgrade Failed(StockUpgrade known, UpgradeReport report, SystemTime now) {
  if (!known.open && IsOfRunner(report) && !known.failure.phase.empty()) return known;
  if (known.open) ++known.failures;
  known.open = false;
  if (report.version.empty()) report.version = known.version;
  known.failure = std::move(report);
  known.failed = now;
  return known;
}

}  // namespace assist::server::model
