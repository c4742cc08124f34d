#include "server/control/rollouts.h"

#include <algorithm>
#include <utility>

#include "server/control/idempotency.h"
#include "server/control/release_lookup.h"
#include "server/control/rollout_rows.h"
#include "server/control/targets.h"
#include "server/control/upgrade_window.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

constexpr std::string_view kStart = "StartAgentRollout";
constexpr std::string_view kOurAgent = "assist-agent";
constexpr std::string_view kStockAgent = "aliyun-assist";
using model::RolloutReason;
using model::RolloutState;

tl::unexpected<Error> Runs(const model::Rollout& live) {
  return Fail(Errc::kConflict,
              live.id.str() + " brings " + live.name + " " + live.version + " to machines and is " +
                  std::string(Name(live.state)) + ": wait for its end, or end it with PauseAgentRollout and End=true",
              "InvalidAgentRollout.Running");
}

Result<model::Rollout> Load(store::ReadTx& tx, const model::RolloutId& id) {
  std::optional<model::Rollout> found = tx.rollouts().Find(id);
  if (!found) return Fail(Errc::kNotFound, "there is no rollout " + id.str(), "InvalidAgentRolloutId.NotFound");
  return std::move(*found);
}

tl::unexpected<Error> WrongState(const model::Rollout& rollout, const std::string& why) {
  return Fail(Errc::kConflict, rollout.id.str() + " is " + std::string(Name(rollout.state)) + ": " + why,
              "InvalidAgentRollout.State");
}

/// Another one of the name is live.
Status CheckAlone(store::ReadTx& tx, const model::Rollout& rollout) {
  const std::optional<model::Rollout> live = tx.rollouts().LiveOf(rollout.name);
  if (live && live->key != rollout.key) return Runs(*live);
  return {};
}

void End(store::Tx& tx, const Context& context, model::Rollout rollout, RolloutReason reason, std::string text) {
  rollout.state = RolloutState::kEnded;
  rollout.reason = reason;
  rollout.reason_text = std::move(text);
  rollout.ended = context.now;
  rollout.wait_until.reset();
  rollout.waiting_for = model::RolloutWait::kResults;  // the step takes in what was ordered, and skips the others
  rollout.rollback_wave = model::Rollout::kGoBackNoMore;
  tx.rollout_tables().Save(rollout);
}

/// The order to an agent names a version alone: it is always one of our agent.
Status CheckName(const std::string& name) {
  if (name == kOurAgent) return {};
  if (name == kStockAgent) {
    return Fail(Errc::kInvalid,
                "stock agents are updated by their channel: SetPackageChannel with Channel=stable and Kind=agent "
                "(docs/stock-packages.md)",
                "InvalidAgentRelease.Name");
  }
  return Fail(Errc::kInvalid, "a rollout brings assist-agent, not " + name + ": leave Name away",
              "InvalidAgentRelease.Name");
}

ChangedRollout Saved(store::Tx& tx, const model::Rollout& rollout) {
  tx.rollout_tables().Save(rollout);
  return {rollout.id, rollout.state};
}

}  // namespace

Result<StartRolloutOut> StartRollout(store::Tx& tx, Context& context, const StartRolloutIn& in) {
  Result<std::optional<std::string>> former = FormerAnswer(tx, context, kStart, in.client_token);
  if (!former) return Forward(former);
  if (*former) {
    const std::string& text = **former;
    const std::size_t cut = text.find('\n');
    return StartRolloutOut{model::RolloutId(text.substr(0, cut)), text.substr(cut + 1)};
  }
  if (Status named = CheckName(in.name); !named) return Forward(named);
  if (in.judged && in.terms.follow) {
    return Fail(
        Errc::kDenied,
        "Follow takes in machines that nobody knows yet: it needs a policy that allows assist:StartAgentRollout on "
        "everything, without conditions and without a Deny; leave Follow away",
        "Forbidden.RAM");
  }
  if (UpgradeWindowNow(tx, context, in.region) == model::UpgradeWindow::kDisabled) {
    return Fail(Errc::kDenied,
                "AgentUpgradeConfig of " + in.region +
                    " has DisableUpgrade=true: set it to false with ModifyCloudAssistantSettings first",
                "InvalidOperation.AgentUpgradeDisabled");
  }
  Result<FoundRelease> release = FindRelease(tx, in.name, in.version, in.channel);
  if (!release) return Forward(release);
  const std::optional<model::Rollout> live = tx.rollouts().LiveOf(in.name);
  if (live && live->state != RolloutState::kTrailing) return Runs(*live);

  Result<NamedTargets> named = ResolveNamed(tx, in.instances, kMostNamedMachines);
  if (!named) return Forward(named);
  const std::vector<store::TagMatch> tags = RolloutTags(in.resource_tags);
  const bool by_tags = in.instances.empty() && !tags.empty();
  std::vector<store::RolloutCandidate> machines;
  if (by_tags) machines = tx.rollouts().Candidates({}, tags, in.judged ? kMostNamedMachines + 1 : 1);
  if (by_tags && machines.empty()) {
    return Fail(Errc::kNotFound, "no machine has these tags", "InvalidResourceTag.InstanceNotFound");
  }
  if (static_cast<std::int64_t>(machines.size()) > kMostNamedMachines) return TooManyTargets(kMostNamedMachines);
  // Who gets a tag later was not judged.
  const bool now = !in.instances.empty() || (by_tags && in.judged);
  if (!now) machines.clear();
  model::Rollout rollout;
  rollout.id = model::RolloutId("ro-" + context.random.Hex(16));
  rollout.name = in.name;
  rollout.version = release->version;
  rollout.channel = in.version.empty() ? in.channel : std::string();
  rollout.region = in.region;
  rollout.terms = in.terms;
  rollout.created = context.now;
  rollout.targets = now            ? model::RolloutTargets::kNamed
                    : tags.empty() ? model::RolloutTargets::kAll
                                   : model::RolloutTargets::kTags;
  if (rollout.targets == model::RolloutTargets::kTags) rollout.tags = WriteRolloutTags(in.resource_tags);
  if (rollout.targets == model::RolloutTargets::kNamed) rollout.state = RolloutState::kRunning;
  if (live) {
    End(tx, context, *live, RolloutReason::kSuperseded, rollout.id.str() + " takes its place");
  }
  tx.rollout_tables().Insert(rollout);
  for (const store::ReadTx::Target& target : named->found) {
    const std::optional<model::Machine> machine = tx.LoadMachine(target.key);
    if (!machine) continue;
    machines.push_back({machine->key, machine->id, machine->os_type, machine->agent_version, machine->is_ours()});
  }
  for (const store::RolloutCandidate& machine : machines) {
    tx.rollout_tables().PutMachine(NewRolloutMachine(rollout, *release, machine, context.now));
  }
  RememberAnswer(tx, context, kStart, in.client_token, rollout.id.str() + '\n' + rollout.version);
  return StartRolloutOut{rollout.id, rollout.version};
}

Result<DescribeRolloutsOut> DescribeRollouts(store::ReadTx& tx, const ReadContext& context,
                                             const DescribeRolloutsIn& in) {
  store::RolloutReads& reads = tx.rollouts();
  DescribeRolloutsOut out;
  const auto show = [&](model::Rollout rollout) {
    RolloutView view;
    view.counts = reads.Count(rollout.key);
    view.reasons = reads.CountReasons(rollout.key);
    view.rollout = std::move(rollout);
    out.rollouts.items.push_back(std::move(view));
  };
  if (in.id.empty()) {
    model::Page<model::Rollout> page = reads.List({{}, in.name, in.state}, in.page);
    for (model::Rollout& rollout : page.items) show(std::move(rollout));
    out.rollouts.total = page.total;
    out.rollouts.next = page.next;
    return out;
  }
  Result<model::Rollout> rollout = Load(tx, in.id);
  if (!rollout) return Forward(rollout);
  store::RolloutMachineFilter filter{rollout->key, in.machine_state, {}};
  for (const store::ReadTx::Target& target : tx.ResolveMachines(in.instances)) {
    if (target.key) filter.machines.push_back(target.key);
  }
  if (in.instances.empty() || !filter.machines.empty()) {
    model::Page<store::RolloutMachineRow> page = reads.ListMachines(filter, in.page);
    for (store::RolloutMachineRow& row : page.items) {
      const bool updated = row.row.state == model::MachineRollout::kUpdated;
      const std::int64_t memory = updated ? context.presence.Of(row.instance).memory : 0;
      out.machines.items.push_back({std::move(row), memory});
    }
    out.machines.total = page.total;
    out.machines.next = page.next;
  }
  show(std::move(*rollout));
  out.rollouts.total = 1;
  return out;
}

Result<ChangedRollout> PauseRollout(store::Tx& tx, Context& context, const PauseRolloutIn& in) {
  Result<model::Rollout> rollout = Load(tx, in.id);
  if (!rollout) return Forward(rollout);
  if (!IsLive(rollout->state)) return WrongState(*rollout, "it is over");
  if (in.end) {
    End(tx, context, *rollout, RolloutReason::kOperator, "ended by PauseAgentRollout");
    return ChangedRollout{in.id, RolloutState::kEnded};
  }
  switch (rollout->state) {
    case RolloutState::kPaused:
      return ChangedRollout{in.id, RolloutState::kPaused};
    case RolloutState::kPreparing:
      return WrongState(*rollout, "its machines are being noted; try again in a moment");
    case RolloutState::kRollingBack:
      return WrongState(*rollout, "what goes back is not paused; End=true ends it");
    default:
      break;
  }
  rollout->state = RolloutState::kPaused;
  rollout->reason = RolloutReason::kOperator;
  rollout->reason_text.clear();
  rollout->waiting_for = model::RolloutWait::kNothing;
  return Saved(tx, *rollout);
}

Result<ChangedRollout> ResumeRollout(store::Tx& tx, Context& context, const ResumeRolloutIn& in) {
  Result<model::Rollout> rollout = Load(tx, in.id);
  if (!rollout) return Forward(rollout);
  if (rollout->state != RolloutState::kPaused) return WrongState(*rollout, "only a paused one can go on");
  if (rollout->reason == RolloutReason::kGate && rollout->trailing_since) {
    ++rollout->wave;  // those who come from now on are judged by themselves
  } else if (rollout->reason == RolloutReason::kGate) {
    rollout->wave_ended = true;
    rollout->wait_until.reset();
  }
  if (in.retry_failed) {
    (void)tx.rollout_tables().MoveMachines(
        rollout->key, {model::MachineRollout::kFailed, model::MachineRollout::kWaiting, 0, "", context.now},
        store::kSliceRows);
  }
  rollout->state = rollout->trailing_since ? RolloutState::kTrailing : RolloutState::kRunning;
  rollout->reason = RolloutReason::kNone;
  rollout->reason_text.clear();
  rollout->rollback_wave = 0;
  return Saved(tx, *rollout);
}

Result<ChangedRollout> RollbackRollout(store::Tx& tx, Context& context, const RollbackRolloutIn& in) {
  Result<model::Rollout> rollout = Load(tx, in.id);
  if (!rollout) return Forward(rollout);
  if (rollout->state == RolloutState::kPreparing) {
    return WrongState(*rollout, "its machines are being noted; try again in a moment");
  }
  if (Status alone = CheckAlone(tx, *rollout); !alone) return Forward(alone);
  if (!in.instances.empty() && rollout->rollback_wave == model::Rollout::kGoBackNoMore) {
    return WrongState(*rollout, "machines that were going back when it was ended are not settled yet; try again later");
  }
  Result<NamedTargets> named = ResolveNamed(tx, in.instances, kMostNamedMachines);
  if (!named) return Forward(named);
  for (std::size_t i = 0; i < named->found.size(); ++i) {
    std::optional<store::RolloutMachineRow> found = tx.rollouts().FindMachine(rollout->key, named->found[i].key);
    if (!found) {
      return Fail(Errc::kNotFound, named->ids[i].str() + " is not in " + rollout->id.str(),
                  "InvalidInstanceId.NotFound");
    }
    if (found->row.state != model::MachineRollout::kUpdated) continue;
    found->row.state = model::MachineRollout::kRollingBack;
    found->row.reason.clear();
    found->row.invocation = {};
    found->row.changed = context.now;
    tx.rollout_tables().PutMachine(found->row);
  }
  if (!in.instances.empty()) {
    // Who may touch these machines need not be allowed to touch the rollout: it stays what it is. One that is over is
    // looked at until they are back.
    if (!IsLive(rollout->state)) rollout->waiting_for = model::RolloutWait::kResults;
    return Saved(tx, *rollout);
  }
  rollout->reason = RolloutReason::kOperator;
  rollout->reason_text.clear();
  rollout->ended.reset();
  rollout->wait_until.reset();
  rollout->state = RolloutState::kRollingBack;
  rollout->rollback_wave = model::Rollout::kAllWaves;
  return Saved(tx, *rollout);
}

}  // namespace assist::server::control
