#include "server/control/rerun_invocation.h"

#include <unordered_set>
#include <utility>

#include "server/control/idempotency.h"
#include "server/control/runner.h"
#include "server/control/start_invocation.h"
#include "server/control/targets.h"
#include "server/control/waves.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

constexpr std::string_view kRerun = "RerunInvocation";

Result<model::Invocation> Former(store::ReadTx& tx, const InvokeId& id) {
  std::optional<model::Invocation> former = tx.FindInvocation(id);
  if (!former) return Fail(Errc::kNotFound, "there is no invocation " + id.str(), "InvalidInvokeId.NotFound");
  if (former->is_file()) {
    return Fail(Errc::kInvalid, id.str() + " sends a file: send it again with SendFile",
                "InvalidInvocation.NotSupported");
  }
  if (former->is_schedule()) {
    return Fail(Errc::kInvalid, id.str() + " runs by itself, again and again: run its command with InvokeCommand",
                "InvalidInvocation.NotSupported");
  }
  if (former->creating) {
    return Fail(Errc::kUnavailable, "the tasks of " + id.str() + " are not all written yet: try again in a second");
  }
  return std::move(*former);
}

/// Sorts the machines of `tasks` by what is to be done with them.
void Sort(store::ReadTx& tx, const std::vector<store::TaskOn>& tasks, bool uncertain, RerunTargets& out) {
  std::vector<model::MachineKey> again;
  for (const store::TaskOn& each : tasks) {
    switch (RerunCaseOf(each.task.progress)) {
      case RerunCase::kSucceeded:
        ++out.succeeded;
        break;
      case RerunCase::kOpen:
        ++out.open;
        break;
      case RerunCase::kUncertain:
        if (!uncertain) {
          ++out.uncertain;
          break;
        }
        [[fallthrough]];
      case RerunCase::kRuns:
        again.push_back(each.task.machine);
        break;
    }
  }
  const std::vector<model::MachineKey> left = tx.GoneAmong(again);
  const std::unordered_set<model::MachineKey> gone(left.begin(), left.end());  // only asked
  out.gone += static_cast<std::int64_t>(gone.size());
  for (const model::MachineKey key : again) {
    if (!gone.contains(key)) out.machines.push_back(key);
  }
}

Result<RerunTargets> Find(store::ReadTx& tx, const model::Invocation& former, const RerunInvocationIn& in) {
  RerunTargets out;
  if (in.instances.empty()) {
    model::TaskKey after;
    for (;;) {
      const std::vector<store::TaskOn> slice = tx.TasksOf(former.key, after, store::kSliceRows);
      Sort(tx, slice, in.uncertain, out);
      if (static_cast<std::int64_t>(slice.size()) < store::kSliceRows) return out;
      after = slice.back().task.key;
    }
  }
  std::vector<store::TaskOn> tasks;
  std::unordered_set<InstanceId> seen;
  for (const InstanceId& id : in.instances) {
    if (!seen.insert(id).second) continue;
    const std::optional<model::Machine> machine = tx.FindMachine(id);
    std::optional<model::Task> task = machine ? tx.FindTask(former.key, machine->key) : std::nullopt;
    if (!task) {
      return Fail(Errc::kNotFound, former.id.str() + " was never on a machine " + id.str(),
                  "InvalidInstanceId.NotFound");
    }
    tasks.push_back({std::move(*task), id});
  }
  Sort(tx, tasks, in.uncertain, out);
  return out;
}

/// Why nothing is left to run.
tl::unexpected<Error> Nothing(const InvokeId& id, const RerunTargets& targets) {
  std::string why = "nothing of " + id.str() + " is to be run again: " + std::to_string(targets.succeeded) +
                    " succeeded, " + std::to_string(targets.open) + " not ended";
  if (targets.gone > 0) why += ", " + std::to_string(targets.gone) + " machines deregistered";
  if (targets.uncertain > 0) {
    why +=
        ", " + std::to_string(targets.uncertain) + " may have run (IncludeUnknown=true runs them again all the same)";
  }
  return Fail(Errc::kInvalid, std::move(why), "InvalidInvocation.NothingToRerun");
}

/// The former one as it was given, not yet run.
model::Invocation Again(store::Tx& tx, Context& context, const model::Invocation& former, const RerunInvocationIn& in,
                        std::int64_t targets) {
  model::Invocation invocation = former;
  invocation.key = {};
  invocation.id = InvokeId("t-" + context.random.Hex(16));
  invocation.rerun_of = former.id;
  tx.ShareContent(invocation.content);
  if (invocation.run_content != invocation.content) tx.ShareContent(invocation.run_content);
  if (in.delivery_timeout) invocation.delivery_timeout = *in.delivery_timeout;
  invocation.delivery_deadline.reset();
  if (invocation.delivery_timeout >= std::chrono::seconds(0)) {
    invocation.delivery_deadline = context.now + invocation.delivery_timeout;
  }
  invocation.targets = targets;
  invocation.creating = targets > store::kSliceRows;
  invocation.stopping = invocation.spreading = false;
  invocation.created = context.now;
  invocation.finished.reset();
  invocation.counts = {};
  return invocation;
}

}  // namespace

RerunCase RerunCaseOf(const model::TaskProgress& progress) noexcept {
  if (!model::IsFinal(progress.state)) return RerunCase::kOpen;
  if (progress.state == model::TaskState::kSuccess) return RerunCase::kSucceeded;
  const bool certain = progress.outcome == model::Outcome::kFinal;
  return certain ? RerunCase::kRuns : RerunCase::kUncertain;
}

Result<RerunTargets> FindRerunTargets(store::ReadTx& tx, const ReadContext& /*context*/, const RerunInvocationIn& in) {
  Result<model::Invocation> former = Former(tx, in.invocation);
  if (!former) return Forward(former);
  return Find(tx, *former, in);
}

Result<RerunInvocationOut> RerunInvocation(store::Tx& tx, Context& context, const RerunInvocationIn& in) {
  RerunInvocationOut out;
  Result<std::optional<std::string>> answered = FormerAnswer(tx, context, kRerun, in.client_token);
  if (!answered) return Forward(answered);
  if (*answered) {
    out.invocation = InvokeId(**answered);
    if (const auto made = tx.FindInvocation(out.invocation)) {
      out.command = made->command_id;
      out.count = made->targets;
      out.creating = made->creating;
    }
    return out;
  }
  Result<model::Invocation> former = Former(tx, in.invocation);
  if (!former) return Forward(former);
  if (static_cast<std::int64_t>(in.instances.size()) > context.limits().targets) {
    return TooManyTargets(context.limits().targets);
  }
  Result<RerunTargets> targets = in.resolved ? *in.resolved : Find(tx, *former, in);
  if (!targets) return Forward(targets);
  if (targets->machines.empty()) return Nothing(in.invocation, *targets);
  if (Status room = CheckInvocationRoom(tx, context); !room) return Forward(room);

  out.count = static_cast<std::int64_t>(targets->machines.size());
  const model::WaveTerms then = former->wave ? former->wave->terms : model::WaveTerms();
  Result<std::optional<model::Wave>> wave =
      MakeWave(in.max_concurrency.value_or(then.concurrency), in.max_errors.value_or(then.errors), former->repeat_mode,
               out.count);
  if (!wave) return Forward(wave);
  model::Invocation invocation = Again(tx, context, *former, in, out.count);
  invocation.wave = std::move(*wave);
  tx.InsertInvocation(invocation);
  if (const auto command = tx.FindCommand(invocation.command_id)) tx.CountInvoke(command->key);
  Targets chosen;
  chosen.keys = targets->machines;
  WriteTargets(tx, context, invocation, std::move(chosen));
  out.command = invocation.command_id;
  out.invocation = invocation.id;
  out.creating = invocation.creating;
  out.targets = std::move(*targets);
  RememberAnswer(tx, context, kRerun, in.client_token, out.invocation.str());
  return out;
}

boost::asio::awaitable<Result<RerunInvocationOut>> RerunWholeInvocation(Runner& runner, RerunInvocationIn in,
                                                                        Origin origin) {
  RerunInvocationIn query = in;
  Result<RerunTargets> targets = co_await runner.Read(FindRerunTargets, std::move(query));
  // A few are looked up in the change itself, which also tells what is wrong, after what is checked before.
  constexpr auto kFew = static_cast<std::size_t>(store::kSliceRows);
  if (targets && targets->machines.size() + static_cast<std::size_t>(targets->succeeded + targets->open) > kFew) {
    in.resolved = std::move(*targets);
  } else if (!targets && targets.error().code == Errc::kUnavailable) {
    co_return Forward(targets);
  }
  Result<RerunInvocationOut> out = co_await runner.Change(RerunInvocation, std::move(in), std::move(origin));
  if (!out || !out->creating) co_return out;
  // It is committed: what fails from here on scheduler makes up for.
  InvokeId id = out->invocation;
  Status complete = co_await CompleteInvocation(runner, std::move(id));
  out->creating = !complete;
  co_return out;
}

}  // namespace assist::server::control
