// What a use case is given besides the transaction. A use case is a plain function of store::Tx& that may be run again:
// what it wants to happen outside is collected in Effects and happens after the commit.
//   Result<Out> Name(store::Tx&, Context&, const In&)                   changes
//   Result<Out> Name(store::ReadTx&, const ReadContext&, const In&)     reads
// All of them run on threads of the store's pools, never on a shard. An Error's `reason` is the API's Code.
#pragma once

#include <string>
#include <vector>

#include "common/base/ids.h"
#include "common/base/random.h"
#include "common/base/result.h"
#include "common/base/time.h"
#include "server/control/ports.h"
#include "server/model/limits.h"

namespace assist {
class ZoneSource;
}
namespace assist::server::store {
class ReadTx;
class Tx;
}  // namespace assist::server::store

namespace assist::server::control {

/// Facts of this server; set once at start.
struct Settings {
  model::Limits limits = model::Limits::Large();
  std::string account_id = "1000000000000001";  ///< {{ACS::AccountId}}.
  /// Time zones by name, for schedules; outlives the server and is called from the store's threads. None: `UTC` and
  /// offsets (`GMT+8:00`) alone are known.
  ZoneSource* zones = nullptr;
  /// What policies may name: actions (`ecs:RunCommand`) and regions. Without actions a policy's form alone is checked.
  std::vector<std::string> actions = {};
  std::vector<std::string> regions = {};
  // The audit log keeps at most so many rows, and none that is older.
  std::int64_t audit_rows = 1'000'000;
  std::chrono::hours audit_age{24 * 400};
};

struct ReadContext {
  SystemTime now{};
  const Settings& settings;
  const Presence& presence;
  [[nodiscard]] const model::Limits& limits() const noexcept { return settings.limits; }
};

/// What happens after the commit, in this order. Kept small: slices are at most 2,000 rows.
struct Effects {
  std::vector<InstanceId> wakes;
  std::vector<OperatorNote> notes;
};

struct Context : ReadContext {
  Context(SystemTime time, const Settings& facts, const Presence& who, Random& source)
      : ReadContext{time, facts, who}, random(source) {}
  Random& random;  ///< Used on the store's writer only.
  Effects effects;
};

/// Idempotency of a changing API call (openapi.md, 7); openapi fills it in. Empty token: none was given.
struct ClientToken {
  std::string token;        ///< ≤ 64 ASCII characters; checked by openapi.
  std::string params_hash;  ///< SHA-256 over the call's own parameters (not the common ones): 32 bytes.
  std::string owner;        ///< Access key's account and region: a token belongs to one.
};

}  // namespace assist::server::control
