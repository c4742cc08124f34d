// Rollouts of agent releases as operators start, see, pause, resume and take them back: StartAgentRollout,
// DescribeAgentRollouts, PauseAgentRollout, ResumeAgentRollout, RollbackAgentRollout (docs/agent-releases.md). What
// happens between the calls is rollout_step.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/control/context.h"
#include "server/control/views.h"
#include "server/model/paging.h"
#include "server/model/rollout.h"
#include "server/store/rollout_tables.h"

namespace assist::server::control {

/// Machines that a rollout may name: they are written in one change.
inline constexpr std::int64_t kMostNamedMachines = 2'000;

struct StartRolloutIn {
  std::string name = "assist-agent";  ///< No other one can be brought by a rollout.
  std::string version;                ///< Or …
  std::string channel;                ///< … the one that this channel names.
  std::string region;
  std::vector<InstanceId> instances;     ///< These, or …
  std::vector<TagFilter> resource_tags;  ///< … those with all these tags; neither: all.
  model::RolloutTerms terms;             ///< Within their bounds (openapi checks).
  /// The caller may not everywhere: what its right was judged by has to be what the rollout touches. Tags are resolved
  /// in this change, as far as machines may be named; no Follow.
  bool judged = false;
  ClientToken client_token;
};
struct StartRolloutOut {
  model::RolloutId id;
  std::string version;
};
/// InvalidAgentRollout.Running, InvalidAgentRelease.Name, InvalidAgentRelease.NotFound,
/// InvalidOperation.AgentUpgradeDisabled, InvalidInstance.NotFound, InvalidResourceTag.InstanceNotFound,
/// InstanceIds.ExceedLimit, IdempotentParameterMismatch, Forbidden.RAM (Follow, judged). A live one that is Trailing is
/// ended for the new one.
Result<StartRolloutOut> StartRollout(store::Tx& tx, Context& context, const StartRolloutIn& in);

struct RolloutView {
  model::Rollout rollout;
  model::RolloutCounts counts;
  std::vector<store::RolloutReads::ReasonCount> reasons;
};
struct RolloutMachineView {
  store::RolloutMachineRow row;
  std::int64_t memory = 0;  ///< Of its agent now, where it was updated; 0: not told.
};
struct DescribeRolloutsIn {
  model::RolloutId id;  ///< Then its machines are paged, else the rollouts.
  std::string name;
  std::optional<model::RolloutState> state;
  std::optional<model::MachineRollout> machine_state;
  std::vector<InstanceId> instances;
  model::PageRequest page;
};
struct DescribeRolloutsOut {
  model::Page<RolloutView> rollouts;         ///< With an id: that one, without paging.
  model::Page<RolloutMachineView> machines;  ///< With an id.
};
/// InvalidAgentRolloutId.NotFound. Machines that are not in it are not in the list.
Result<DescribeRolloutsOut> DescribeRollouts(store::ReadTx& tx, const ReadContext& context,
                                             const DescribeRolloutsIn& in);

struct ChangedRollout {
  model::RolloutId id;
  model::RolloutState state = model::RolloutState::kPaused;
};
struct PauseRolloutIn {
  model::RolloutId id;
  bool end = false;  ///< For good.
};
/// InvalidAgentRolloutId.NotFound, InvalidAgentRollout.State.
Result<ChangedRollout> PauseRollout(store::Tx& tx, Context& context, const PauseRolloutIn& in);

struct ResumeRolloutIn {
  model::RolloutId id;
  bool retry_failed = false;  ///< At most 2,000 of those that failed wait again.
};
/// The same.
Result<ChangedRollout> ResumeRollout(store::Tx& tx, Context& context, const ResumeRolloutIn& in);

struct RollbackRolloutIn {
  model::RolloutId id;
  std::vector<InstanceId> instances;  ///< Empty: all that it updated.
};
/// The same, and InvalidAgentRollout.Running, InvalidInstanceId.NotFound, InstanceIds.ExceedLimit.
Result<ChangedRollout> RollbackRollout(store::Tx& tx, Context& context, const RollbackRolloutIn& in);

}  // namespace assist::server::control
