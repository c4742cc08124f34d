// Rollouts of releases of the agent: typed reads of one snapshot, and typed changes inside one transaction. Every
// method may throw store::Failure (store.h). Handed out by ReadTx and Tx; as short-lived as those.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/model/entities.h"
#include "server/model/paging.h"
#include "server/model/rollout.h"
#include "server/store/read_tx.h"

namespace assist::server::store {

/// All filters given must match.
struct RolloutFilter {
  model::RolloutId id;
  std::string name;
  std::optional<model::RolloutState> state;
};
struct RolloutMachineFilter {
  model::RolloutKey rollout;  ///< Needed.
  std::optional<model::MachineRollout> state;
  std::vector<model::MachineKey> machines;  ///< Empty: any.
};

/// A machine of a rollout, with what its own row says of it.
struct RolloutMachineRow {
  model::RolloutMachine row;
  InstanceId instance;
  std::string agent_version;  ///< As last written.
  std::optional<SystemTime> last_seen;
  bool gone = false;  ///< It was deregistered.
};
/// A registered machine that a rollout may take in.
struct RolloutCandidate {
  model::MachineKey machine;
  InstanceId instance;
  model::OsType os_type = model::OsType::kLinux;
  std::string agent_version;
  bool ours = false;
};

class RolloutReads {
 public:
  virtual ~RolloutReads() = default;

  [[nodiscard]] virtual std::optional<model::Rollout> Find(const model::RolloutId& id) = 0;
  [[nodiscard]] virtual std::optional<model::Rollout> Load(model::RolloutKey key) = 0;
  /// The live one of this release name.
  [[nodiscard]] virtual std::optional<model::Rollout> LiveOf(const std::string& name) = 0;
  /// Live ones, then those that are over and wait for something yet; oldest first of each.
  [[nodiscard]] virtual std::vector<model::RolloutKey> Live(std::int64_t limit) = 0;
  /// Newest first.
  [[nodiscard]] virtual model::Page<model::Rollout> List(const RolloutFilter& filter,
                                                         const model::PageRequest& page) = 0;

  [[nodiscard]] virtual std::optional<RolloutMachineRow> FindMachine(model::RolloutKey rollout,
                                                                     model::MachineKey machine) = 0;
  /// In one state with a turn below `before` (0: from the first), in the order of their turns: highest first.
  [[nodiscard]] virtual std::vector<RolloutMachineRow> MachinesIn(model::RolloutKey rollout,
                                                                  model::MachineRollout state, std::int64_t before,
                                                                  std::int64_t limit) = 0;
  /// The same of those that were ordered in one wave.
  [[nodiscard]] virtual std::vector<RolloutMachineRow> MachinesOfWave(model::RolloutKey rollout, int wave,
                                                                      std::int64_t before, std::int64_t limit) = 0;
  /// In the order of their turns; a position's key is a turn.
  [[nodiscard]] virtual model::Page<RolloutMachineRow> ListMachines(const RolloutMachineFilter& filter,
                                                                    const model::PageRequest& page) = 0;
  /// Some rollout has ordered it, and does not know yet what came of it.
  [[nodiscard]] virtual bool HasOpenOrder(model::MachineKey machine) = 0;
  [[nodiscard]] virtual model::RolloutCounts Count(model::RolloutKey rollout) = 0;
  [[nodiscard]] virtual model::RolloutCounts CountWave(model::RolloutKey rollout, int wave) = 0;
  struct ReasonCount {
    model::MachineRollout state = model::MachineRollout::kWaiting;
    std::string reason;
    std::int64_t count = 0;
  };
  /// Of those that have a reason, by state and reason.
  [[nodiscard]] virtual std::vector<ReasonCount> CountReasons(model::RolloutKey rollout) = 0;

  /// Registered machines behind `after` that have all these tags, in the order of their keys.
  [[nodiscard]] virtual std::vector<RolloutCandidate> Candidates(model::MachineKey after,
                                                                 const std::vector<TagMatch>& tags,
                                                                 std::int64_t limit) = 0;
};

class RolloutTables : public RolloutReads {
 public:
  /// Sets `key`.
  virtual void Insert(model::Rollout& rollout) = 0;
  /// Writes everything that changes of it.
  virtual void Save(const model::Rollout& rollout) = 0;
  /// In the place of the row that it has.
  virtual void PutMachine(const model::RolloutMachine& machine) = 0;
  /// At most `limit` machines that are `from` (of one wave; 0: of any) are `to` now, for `reason`, without an
  /// invocation, and in no wave when they wait again; how many.
  struct Move {
    model::MachineRollout from = model::MachineRollout::kWaiting;
    model::MachineRollout to = model::MachineRollout::kSkipped;
    int wave = 0;
    std::string reason;
    SystemTime at{};
  };
  [[nodiscard]] virtual std::int64_t MoveMachines(model::RolloutKey rollout, const Move& move, std::int64_t limit) = 0;
  /// Its agent started: counted where it was updated by a live rollout.
  virtual void CountRestart(model::MachineKey machine) = 0;
  /// Deletes at most `limit` rows of rollouts that are over and behind the newest `keep` of those; true when some may
  /// be left.
  [[nodiscard]] virtual bool ForgetOld(std::int64_t keep, std::int64_t limit) = 0;
};

}  // namespace assist::server::store
