#include "server/control/rollout_step.h"

#include <algorithm>
#include <map>
#include <utility>

#include "protocol/package/refusal.h"
#include "server/control/audit.h"
#include "server/control/release_lookup.h"
#include "server/control/rollout_rows.h"
#include "server/control/start_order.h"
#include "server/control/upgrade_window.h"
#include "server/model/bounded_text.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

using model::MachineRollout;
using model::RolloutState;
using Kind = model::RolloutStep::Kind;
using Fate = model::OrderOutcome::Kind;

constexpr std::int64_t kLooked = 500;       ///< Orders that are judged in one step.
constexpr std::int64_t kOutputEnd = 2'048;  ///< Bytes of an output in which its last line is looked for.
constexpr std::int64_t kRolloutsAtATime = 16;
/// It was connected when it was ordered: it comes at once, or not.
constexpr std::chrono::seconds kFetchedWithin{120};
/// A machine that left instead is left in peace so long.
constexpr std::chrono::minutes kOrderedAgainAfter{5};

model::RolloutFacts FactsOf(store::ReadTx& tx, const ReadContext& context, const model::Rollout& rollout, bool ready) {
  model::RolloutFacts facts;
  facts.now = context.now;
  facts.window = UpgradeWindowNow(tx, context, rollout.region);
  facts.all = tx.rollouts().Count(rollout.key);
  facts.wave = tx.rollouts().CountWave(rollout.key, rollout.wave);
  facts.ready = ready;
  return facts;
}

bool GoesBack(MachineRollout state) noexcept {
  return state == MachineRollout::kRollingBack || state == MachineRollout::kRollbackFailed;
}

/// What came of the row's order. `text`: for people.
model::OrderOutcome Judge(store::ReadTx& tx, const ReadContext& context, const model::Rollout& rollout,
                          const store::RolloutMachineRow& row, std::string* text) {
  const std::optional<model::Task> task = tx.FindTask(row.row.invocation, row.row.machine);
  if (!task) return {Fate::kFailed, model::rollout_reason::kUnknown};  // its invocation was deleted
  const model::TaskProgress& progress = task->progress;
  model::OrderFacts facts;
  facts.state = progress.state;
  facts.outcome = progress.outcome;
  facts.delivery = progress.delivery;
  facts.error = progress.error_code;
  std::optional<package::Refusal> refusal;
  if (progress.exit_code && *progress.exit_code > 0 && *progress.exit_code < 256) {
    refusal = package::RefusalOfExitCode(static_cast<int>(*progress.exit_code));
  }
  if (refusal) facts.refusal = package::Name(*refusal);
  const bool has_it = row.agent_version == rollout.version;
  facts.shows = has_it != GoesBack(row.row.state) && context.presence.Of(row.instance).connected;
  facts.closed = progress.updated;
  facts.now = context.now;
  const model::OrderOutcome outcome = model::JudgeOrder(facts);
  if (text != nullptr && outcome.kind == Fate::kFailed) {
    std::int64_t at = 0;
    const std::int64_t from = std::max<std::int64_t>(task->output_size - kOutputEnd, 0);
    const auto line = package::FindRefusal(tx.ReadOutput(task->key, from, kOutputEnd, &at));
    *text = model::BoundedText(line ? line->text : progress.error_detail, model::kMaxRolloutText);
  }
  return outcome;
}

/// Has an order of which something may come yet.
bool HasOrder(const model::RolloutMachine& row) noexcept {
  if (!row.invocation) return false;
  switch (row.state) {
    case MachineRollout::kOrdered:
    case MachineRollout::kRollingBack:
      return true;
    case MachineRollout::kFailed:
    case MachineRollout::kRollbackFailed:
      return model::MayHeal(row.reason);
    default:
      return false;
  }
}

/// Goes over the machines in one state until `use` says that it has enough.
template <class F>
void ForEach(store::ReadTx& tx, model::RolloutKey rollout, MachineRollout state, F use) {
  std::int64_t before = 0;
  for (;;) {
    const auto rows = tx.rollouts().MachinesIn(rollout, state, before, store::kSliceRows);
    for (const store::RolloutMachineRow& row : rows) {
      if (!use(row)) return;
    }
    if (static_cast<std::int64_t>(rows.size()) < store::kSliceRows) return;
    before = rows.back().row.turn;
  }
}

void LookForResults(store::ReadTx& tx, const ReadContext& context, const model::Rollout& rollout, RolloutLook& look) {
  for (const MachineRollout state : {MachineRollout::kOrdered, MachineRollout::kRollingBack, MachineRollout::kFailed,
                                     MachineRollout::kRollbackFailed}) {
    ForEach(tx, rollout.key, state, [&](const store::RolloutMachineRow& row) {
      if (state == MachineRollout::kRollingBack && !row.row.invocation) {
        if (row.gone) {
          look.gone.push_back(row.row.machine);
        } else if (context.presence.Of(row.instance).connected) {
          look.back.push_back(row.row.machine);
        }
        return static_cast<std::int64_t>(look.back.size() + look.gone.size()) < store::kSliceRows;
      }
      if (!HasOrder(row.row)) return true;
      const model::OrderOutcome outcome = Judge(tx, context, rollout, row, nullptr);
      const bool same =
          outcome.kind == Fate::kOpen || (outcome.kind == Fate::kFailed && outcome.reason == row.row.reason);
      if (!same) look.settled.push_back(row.row.machine);
      return static_cast<std::int64_t>(look.settled.size()) < kLooked;
    });
  }
}

void LookForReady(store::ReadTx& tx, const ReadContext& context, const model::Rollout& rollout, std::int64_t room,
                  RolloutLook& look) {
  look.looked_for_ready = true;
  const std::int64_t most = std::min(room, store::kSliceRows);
  ForEach(tx, rollout.key, MachineRollout::kWaiting, [&](const store::RolloutMachineRow& row) {
    if (row.gone) {
      look.gone.push_back(row.row.machine);
      return static_cast<std::int64_t>(look.gone.size()) < store::kSliceRows;
    }
    const Presence::State there = context.presence.Of(row.instance);
    const bool again = row.row.reason == model::rollout_reason::kNotReached;
    if (!there.connected || there.duplicate) return true;
    if (again && context.now < row.row.changed + kOrderedAgainAfter) return true;
    look.ready.push_back(row.row.machine);
    return static_cast<std::int64_t>(look.ready.size()) < most;
  });
}

void LookAtHealth(store::ReadTx& tx, const ReadContext& context, const model::Rollout& rollout, RolloutLook& look) {
  look.judged_wave = rollout.wave;
  std::map<std::string, std::int64_t> reasons;
  std::int64_t before = 0;
  for (;;) {
    const auto rows = tx.rollouts().MachinesOfWave(rollout.key, rollout.wave, before, store::kSliceRows);
    for (const store::RolloutMachineRow& row : rows) {
      const Presence::State there = context.presence.Of(row.instance);
      const model::MachineHealth health{row.row.state == MachineRollout::kUpdated,
                                        SeenLately(there, row.last_seen, context.now), row.row.restarts,
                                        row.row.memory_before, there.memory};
      const std::string_view why = WhyUnhealthy(rollout.terms, health);
      ++look.members;
      if (why.empty()) {
        ++look.healthy;
      } else {
        ++reasons[std::string(why) + (row.row.reason.empty() ? "" : " (" + row.row.reason + ")")];
      }
    }
    if (static_cast<std::int64_t>(rows.size()) < store::kSliceRows) break;
    before = rows.back().row.turn;
  }
  std::vector<std::pair<std::int64_t, std::string>> most;
  for (const auto& [why, count] : reasons) most.emplace_back(count, why);
  std::sort(most.begin(), most.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  if (most.size() > 3) most.resize(3);
  for (const auto& [count, why] : most) {
    look.why_not += (look.why_not.empty() ? "" : ", ") + std::to_string(count) + " " + why;
  }
}

/// One step of one rollout, inside its change.
class Step {
 public:
  Step(store::Tx& tx, Context& context, model::Rollout rollout, const RolloutLook& look)
      : tx_(tx), context_(context), rollout_(std::move(rollout)), look_(look) {}

  Result<StepRolloutOut> Run() {
    TakeResults();
    TakeGone();
    if (Status scanned = Scan(); !scanned) return Forward(scanned);
    MarkBack();
    if (Status back = OrderBack(); !back) return Forward(back);
    if (!IsLive(rollout_.state)) Sweep();
    if (Status decided = Decide(); !decided) return Forward(decided);
    tx_.rollout_tables().Save(rollout_);
    return StepRolloutOut{more_};
  }

 private:
  [[nodiscard]] std::optional<store::RolloutMachineRow> Row(model::MachineKey machine) {
    return tx_.rollouts().FindMachine(rollout_.key, machine);
  }
  void Put(model::RolloutMachine& row, MachineRollout state, std::string_view reason, std::string text = {}) {
    row.state = state;
    row.reason = reason;
    row.reason_text = std::move(text);
    row.changed = context_.now;
    tx_.rollout_tables().PutMachine(row);
  }

  void TakeResults() {
    for (const model::MachineKey machine : look_.settled) {
      std::optional<store::RolloutMachineRow> found = Row(machine);
      if (!found || !HasOrder(found->row)) continue;
      std::string text;
      const model::OrderOutcome outcome = Judge(tx_, context_, rollout_, *found, &text);
      model::RolloutMachine& row = found->row;
      const bool back = GoesBack(row.state);
      switch (outcome.kind) {
        case Fate::kOpen:
          break;
        case Fate::kDone:
          row.restarts = 0;
          Put(row, back ? MachineRollout::kRolledBack : MachineRollout::kUpdated, "");
          break;
        case Fate::kFailed:
          Put(row, back ? MachineRollout::kRollbackFailed : MachineRollout::kFailed, outcome.reason, std::move(text));
          break;
        case Fate::kNotReached:
          row.invocation = {};
          if (!back) row.wave = 0;
          Put(row, back ? MachineRollout::kRollingBack : MachineRollout::kWaiting, model::rollout_reason::kNotReached);
          break;
      }
    }
    more_ = more_ || static_cast<std::int64_t>(look_.settled.size()) >= kLooked;
  }

  void TakeGone() {
    for (const model::MachineKey machine : look_.gone) {
      std::optional<store::RolloutMachineRow> found = Row(machine);
      if (!found || !found->gone || found->row.invocation) continue;
      if (found->row.state == MachineRollout::kWaiting) {
        Put(found->row, MachineRollout::kSkipped, model::rollout_reason::kDeregistered);
      } else if (found->row.state == MachineRollout::kRollingBack) {
        Put(found->row, MachineRollout::kRollbackFailed, model::rollout_reason::kDeregistered);
      }
    }
  }

  /// Notes machines that were not looked at.
  Status Scan() {
    const bool preparing = rollout_.state == RolloutState::kPreparing;
    const bool open =
        rollout_.state == RolloutState::kTrailing || (rollout_.state == RolloutState::kRunning && rollout_.last_wave());
    if (!preparing && !(rollout_.terms.follow && open && rollout_.targets != model::RolloutTargets::kNamed)) return {};
    const auto rows = tx_.rollouts().Candidates(rollout_.scanned, ReadRolloutTags(rollout_.tags), store::kSliceRows);
    if (!rows.empty()) {
      Result<FoundRelease> release = FindRelease(tx_, rollout_.name, rollout_.version, {});
      // Removed meanwhile: its machines would find nothing.
      if (!release) release = FoundRelease{rollout_.version, {}};
      for (const store::RolloutCandidate& candidate : rows) {
        tx_.rollout_tables().PutMachine(NewRolloutMachine(rollout_, *release, candidate, context_.now));
      }
      rollout_.scanned = rows.back().machine;
    }
    const bool whole = static_cast<std::int64_t>(rows.size()) < store::kSliceRows;
    if (preparing && whole) rollout_.state = RolloutState::kRunning;
    more_ = more_ || preparing || !whole;
    return {};
  }

  /// Machines that are to go back.
  void MarkBack() {
    if (rollout_.rollback_wave == 0 || rollout_.rollback_wave == model::Rollout::kGoBackNoMore) return;
    const int wave = rollout_.rollback_wave == model::Rollout::kAllWaves ? 0 : rollout_.rollback_wave;
    const std::int64_t moved = tx_.rollout_tables().MoveMachines(
        rollout_.key, {MachineRollout::kUpdated, MachineRollout::kRollingBack, wave, "", context_.now},
        store::kSliceRows);
    more_ = more_ || moved > 0;
  }

  Status OrderBack() {
    if (look_.back.empty() || rollout_.rollback_wave == model::Rollout::kGoBackNoMore) return {};
    // Of one that is over, machines that an operator named; not into another one's work.
    if (!IsLive(rollout_.state) && tx_.rollouts().LiveOf(rollout_.name)) return {};
    std::vector<model::RolloutMachine> rows;
    for (const model::MachineKey machine : look_.back) {
      std::optional<store::RolloutMachineRow> found = Row(machine);
      if (!found || found->row.state != MachineRollout::kRollingBack || found->row.invocation || found->gone) continue;
      const bool again = found->row.reason == model::rollout_reason::kNotReached;
      if (again && context_.now < found->row.changed + kOrderedAgainAfter) continue;
      if (found->agent_version != rollout_.version) {  // it left by other ways: back from there would be elsewhere
        Put(found->row, MachineRollout::kRolledBack, model::rollout_reason::kAlreadyThere);
        continue;
      }
      rows.push_back(std::move(found->row));
    }
    return Give(rows, model::OrderVerb::kRollBackRelease, MachineRollout::kRollingBack);
  }

  Status Order(std::int64_t room) {
    std::vector<model::RolloutMachine> rows;
    for (const model::MachineKey machine : look_.ready) {
      if (static_cast<std::int64_t>(rows.size()) >= room) break;
      std::optional<store::RolloutMachineRow> found = Row(machine);
      if (!found || found->row.state != MachineRollout::kWaiting || found->gone) continue;
      if (found->agent_version == rollout_.version) {  // by other ways meanwhile
        Put(found->row, MachineRollout::kSkipped, model::rollout_reason::kAlreadyThere);
        continue;
      }
      // It has to do with a former rollout yet.
      if (tx_.rollouts().HasOpenOrder(machine)) continue;
      found->row.wave = rollout_.wave;
      found->row.memory_before = context_.presence.Of(found->instance).memory;
      rows.push_back(std::move(found->row));
    }
    return Give(rows, model::OrderVerb::kApplyRelease, MachineRollout::kOrdered);
  }

  /// The order and the rows that say so, in one.
  Status Give(std::vector<model::RolloutMachine>& rows, model::OrderVerb verb, MachineRollout state) {
    if (rows.empty()) return {};
    OrderTerms terms;
    terms.order.verb = verb;
    terms.order.name = rollout_.name;
    terms.order.version = rollout_.version;  // that is taken, or left
    terms.timeout = rollout_.terms.timeout;
    terms.delivery_timeout = kFetchedWithin;
    terms.region = rollout_.region;
    std::vector<model::MachineKey> machines;
    machines.reserve(rows.size());
    for (const model::RolloutMachine& row : rows) machines.push_back(row.machine);
    Result<StartedOrder> started = StartOrder(tx_, context_, terms, std::move(machines));
    if (!started) return Forward(started);
    for (model::RolloutMachine& row : rows) {
      row.invocation = started->key;
      row.invoke_id = started->invocation;
      ++row.attempts;
      Put(row, state, "");
    }
    return {};
  }

  /// It is over: nothing is ordered any more.
  void Sweep() {
    const std::int64_t skipped =
        tx_.rollout_tables().MoveMachines(rollout_.key,
                                          {MachineRollout::kWaiting, MachineRollout::kSkipped, 0,
                                           std::string(model::rollout_reason::kEnded), context_.now},
                                          store::kSliceRows);
    std::vector<model::RolloutMachine> stay;
    if (rollout_.rollback_wave == model::Rollout::kGoBackNoMore) {
      ForEach(tx_, rollout_.key, MachineRollout::kRollingBack, [&stay](const store::RolloutMachineRow& row) {
        if (!row.row.invocation) stay.push_back(row.row);
        return static_cast<std::int64_t>(stay.size()) < store::kSliceRows;
      });
    }
    for (model::RolloutMachine& row : stay) Put(row, MachineRollout::kUpdated, "");
    const model::RolloutCounts counts = tx_.rollouts().Count(rollout_.key);
    // Not earlier: one whose order to go back never went out stays, too.
    if (counts.of(MachineRollout::kRollingBack) == 0) rollout_.rollback_wave = 0;
    const bool open = counts.of(MachineRollout::kOrdered) > 0 || counts.of(MachineRollout::kRollingBack) > 0;
    rollout_.waiting_for = open || skipped > 0 ? model::RolloutWait::kResults : model::RolloutWait::kNothing;
    more_ = more_ || skipped > 0 || !stay.empty();
  }

  Status Decide() {
    const bool ready = std::any_of(look_.ready.begin(), look_.ready.end(), [this](model::MachineKey machine) {
      const auto found = Row(machine);
      return found && found->row.state == MachineRollout::kWaiting;
    });
    model::RolloutFacts facts = FactsOf(tx_, context_, rollout_, true);
    if (!look_.looked_for_ready && NextStep(rollout_, facts).kind == Kind::kOrder) {
      more_ = true;  // nobody has looked who is there: what changed here made it matter
      return {};
    }
    facts.ready = ready;
    const model::RolloutStep step = NextStep(rollout_, facts);
    if (IsLive(rollout_.state)) rollout_.waiting_for = step.waiting_for;
    switch (step.kind) {
      case Kind::kNone:
        break;
      case Kind::kOrder:
        more_ = more_ || static_cast<std::int64_t>(look_.ready.size()) >= store::kSliceRows;
        return Order(step.room);
      case Kind::kBeginWait:
        rollout_.wait_until = context_.now + rollout_.terms.wait;
        more_ = more_ || rollout_.terms.wait == std::chrono::seconds(0);
        break;
      case Kind::kJudge:
        JudgeWave(facts);
        break;
      case Kind::kNextWave:
        NextWave();
        break;
      case Kind::kTrail:
        ++rollout_.wave;  // that of those who come yet
        rollout_.state = RolloutState::kTrailing;
        rollout_.trailing_since = context_.now;
        rollout_.wait_until.reset();
        rollout_.wave_ended = false;
        more_ = true;
        break;
      case Kind::kSkipWaiting:
        (void)tx_.rollout_tables().MoveMachines(rollout_.key,
                                                {MachineRollout::kWaiting, MachineRollout::kSkipped, 0,
                                                 std::string(model::rollout_reason::kEnded), context_.now},
                                                store::kSliceRows);
        more_ = true;
        break;
      case Kind::kFinish:
        Finish();
        break;
      case Kind::kPause:
        Pause(WhyLost(rollout_, facts));
        break;
    }
    return {};
  }

  void NextWave() {
    ++rollout_.wave;
    rollout_.wait_until.reset();
    rollout_.wave_ended = false;
    more_ = true;
  }
  void Finish() {
    rollout_.state = rollout_.state == RolloutState::kRollingBack ? RolloutState::kRolledBack : RolloutState::kFinished;
    rollout_.ended = context_.now;
    rollout_.wait_until.reset();
    // The sweep: should something be left over.
    rollout_.waiting_for = model::RolloutWait::kResults;
    rollout_.rollback_wave = 0;
    more_ = true;
  }

  void JudgeWave(const model::RolloutFacts& facts) {
    // Somebody came or left since the look: once more.
    if (look_.judged_wave != rollout_.wave || look_.members != facts.wave.total()) {
      more_ = true;
      return;
    }
    if (PassesGate(rollout_.terms, look_.healthy, look_.members)) {
      rollout_.wait_until.reset();
      rollout_.wave_ended = true;
      more_ = true;
      return;
    }
    Pause("wave " + std::to_string(rollout_.wave) + ": " + std::to_string(look_.healthy) + " of " +
          std::to_string(look_.members) + " machines are healthy, " + std::to_string(rollout_.terms.min_healthy) +
          " % are needed: " + look_.why_not);
  }

  void Pause(std::string why) {
    rollout_.state = RolloutState::kPaused;
    rollout_.reason = model::RolloutReason::kGate;
    rollout_.reason_text = why;
    rollout_.waiting_for = model::RolloutWait::kNothing;
    rollout_.wait_until.reset();
    if (rollout_.terms.auto_rollback) rollout_.rollback_wave = rollout_.wave;
    AuditSlip slip;
    slip.record.source = "server";
    slip.record.action = "PauseAgentRollout";
    slip.record.resources = rollout_.id.str();
    const Error gate{Errc::kConflict, why, "Gate"};
    WriteAudit(tx_, context_, slip, &gate, {});
    context_.effects.notes.push_back(
        {OperatorNote::Level::kWarn, "rollout.paused", {}, rollout_.id.str() + ": " + why});
    more_ = more_ || rollout_.terms.auto_rollback;
  }

  store::Tx& tx_;
  Context& context_;
  model::Rollout rollout_;
  const RolloutLook& look_;
  bool more_ = false;
};

}  // namespace

Result<FindRolloutsOut> FindRollouts(store::ReadTx& tx, const ReadContext&, const FindRolloutsIn&) {
  return FindRolloutsOut{tx.rollouts().Live(kRolloutsAtATime)};
}

Result<RolloutLook> LookAtRollout(store::ReadTx& tx, const ReadContext& context, const LookAtRolloutIn& in) {
  RolloutLook look;
  const std::optional<model::Rollout> rollout = tx.rollouts().Load(in.rollout);
  if (!rollout) return look;
  look.rollout = in.rollout;
  LookForResults(tx, context, *rollout, look);
  // As if somebody were there: then it says whether, and how many, it wants.
  const model::RolloutStep step = NextStep(*rollout, FactsOf(tx, context, *rollout, true));
  if (step.kind == Kind::kOrder) LookForReady(tx, context, *rollout, step.room, look);
  if (step.kind == Kind::kJudge) LookAtHealth(tx, context, *rollout, look);
  return look;
}

Result<StepRolloutOut> StepRollout(store::Tx& tx, Context& context, const RolloutLook& look) {
  std::optional<model::Rollout> rollout = look.rollout ? tx.rollouts().Load(look.rollout) : std::nullopt;
  if (!rollout) return StepRolloutOut{};
  return Step(tx, context, std::move(*rollout), look).Run();
}

}  // namespace assist::server::control
