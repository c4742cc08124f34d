// What the scheduler does with rollouts of agent releases (model/rollout.h decides): look at what changed, in a
// snapshot beside the writer; then go on by it in one change of at most a slice. Both may be run again at any time:
// an order is written in the same commit as the row that says so, and a row that has one gets no other.
#pragma once

#include <vector>

#include "server/control/context.h"
#include "server/model/rollout.h"

namespace assist::server::control {

struct FindRolloutsIn {};
struct FindRolloutsOut {
  std::vector<model::RolloutKey> rollouts;
};
Result<FindRolloutsOut> FindRollouts(store::ReadTx& tx, const ReadContext& context, const FindRolloutsIn& in);

struct LookAtRolloutIn {
  model::RolloutKey rollout;
};
/// What may have to be done; all of it is looked at again by StepRollout. Each list at most a slice.
struct RolloutLook {
  model::RolloutKey rollout;
  std::vector<model::MachineKey> settled;  ///< Something came of their order.
  bool looked_for_ready = false;           ///< Else nobody needed to know.
  std::vector<model::MachineKey> ready;    ///< Wait, and are connected; in the order of their turns.
  std::vector<model::MachineKey> back;     ///< Wait for the order to go back, and are connected.
  std::vector<model::MachineKey> gone;     ///< Wait for an order of either kind, and were deregistered.
  // Of the open wave, when its gate is to be judged.
  int judged_wave = 0;  ///< 0: it is not.
  std::int64_t members = 0;
  std::int64_t healthy = 0;
  std::string why_not;  ///< Of those that are not, for people: the most frequent reasons with their numbers.
};
Result<RolloutLook> LookAtRollout(store::ReadTx& tx, const ReadContext& context, const LookAtRolloutIn& in);

struct StepRolloutOut {
  bool more = false;  ///< Look and step again at once.
};
Result<StepRolloutOut> StepRollout(store::Tx& tx, Context& context, const RolloutLook& look);

}  // namespace assist::server::control
