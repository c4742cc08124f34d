#include "server/scheduler/scheduler.h"

#include <algorithm>
#include <iterator>

#include "server/control/housekeeping.h"
#include "server/control/register_machine.h"
#include "server/control/rollout_step.h"
#include "server/control/start_invocation.h"
#include "server/control/waves.h"
#include "server/store/tx.h"

namespace assist::server::scheduler {
namespace {

constexpr int kRolloutSlices = 200;  ///< Of one rollout, before the next one has its turn.

}  // namespace

Scheduler::Scheduler(Options options, asio::any_io_executor executor, Clock& clock, control::Runner& runner,
                     control::SeenSource& seen, Log& log)
    : options_(options),
      clock_(clock),
      runner_(runner),
      seen_(seen),
      log_(log),
      scope_(std::move(executor), [&log](std::string_view name, std::string_view what) {
        log.Error("scheduler.round_ended", {{"round", name}, {"why", what}});
      }) {}

void Scheduler::Start() {
  scope_.Spawn("deliveries", ExpireDeliveries());
  scope_.Spawn("silence", CloseSilentTasks());
  scope_.Spawn("overdue", MarkOverdue());
  scope_.Spawn("unfinished", CompleteInvocations());
  scope_.Spawn("turns", WakeWaves());
  scope_.Spawn("rollouts", StepRollouts());
  scope_.Spawn("retention", ForgetOld());
  scope_.Spawn("seen", WriteSeen());
}

asio::awaitable<void> Scheduler::Stop() {
  co_await scope_.Close();
  co_await WriteSeenOnce();
}

void Scheduler::Failed(std::string_view round, const Error& error) {
  log_.Warn("scheduler.round_failed", {{"round", round}, {"why", error.detail}});
}

asio::awaitable<void> Scheduler::ExpireDeliveries() {
  for (;;) {
    co_await clock_.SleepFor(options_.deliveries);
    control::ExpireDeliveriesIn in;
    for (bool more = true; more;) {
      Result<control::ExpireDeliveriesOut> out = co_await runner_.Change(control::ExpireDeliveries, std::move(in));
      if (!out) Failed("deliveries", out.error());
      more = out && out->more;
      in = out ? out->next : control::ExpireDeliveriesIn{};
    }
  }
}

asio::awaitable<void> Scheduler::CloseSilentTasks() {
  for (;;) {
    co_await clock_.SleepFor(options_.silence);
    for (bool more = true; more;) {
      control::CloseSilentTasksIn in;
      Result<control::CloseSilentTasksOut> out = co_await runner_.Change(control::CloseSilentTasks, std::move(in));
      if (!out) Failed("silence", out.error());
      more = out && out->more;
    }
  }
}

asio::awaitable<void> Scheduler::MarkOverdue() {
  for (;;) {
    co_await clock_.SleepFor(options_.overdue);
    for (bool more = true; more;) {
      control::MarkOverdueIn in;
      Result<control::MarkOverdueOut> out = co_await runner_.Change(control::MarkOverdue, std::move(in));
      if (!out) Failed("overdue", out.error());
      more = out && out->more;
    }
  }
}

asio::awaitable<void> Scheduler::CompleteInvocations() {
  for (;;) {
    control::FindUnfinishedIn in;
    Result<control::FindUnfinishedOut> found = co_await runner_.Read(control::FindUnfinished, std::move(in));
    if (!found) {
      Failed("unfinished", found.error());
    } else {
      for (InvokeId& invocation : found->invocations) {
        Status complete = co_await control::CompleteInvocation(runner_, std::move(invocation));
        if (!complete) Failed("unfinished", complete.error());
      }
    }
    co_await clock_.SleepFor(options_.unfinished);
  }
}

asio::awaitable<void> Scheduler::WakeWaves() {
  for (;;) {
    co_await clock_.SleepFor(options_.turns);
    control::FindWavesIn in;
    Result<control::FindWavesOut> found = co_await runner_.Read(control::FindWaves, std::move(in));
    if (!found) {
      Failed("turns", found.error());
      continue;
    }
    for (const model::InvocationKey wave : found->waves) {
      control::WakeNextIn next{wave};
      Result<control::WakeNextOut> out = co_await runner_.Change(control::WakeNextOf, std::move(next));
      if (!out) Failed("turns", out.error());
    }
  }
}

asio::awaitable<void> Scheduler::StepRollouts() {
  for (;;) {
    co_await clock_.SleepFor(options_.rollouts);
    control::FindRolloutsIn in;
    Result<control::FindRolloutsOut> found = co_await runner_.Read(control::FindRollouts, std::move(in));
    if (!found) {
      Failed("rollouts", found.error());
      continue;
    }
    for (const model::RolloutKey rollout : found->rollouts) {
      for (int slices = 0; slices < kRolloutSlices; ++slices) {
        const bool more = co_await StepRollout(rollout);
        if (!more) break;
        co_await clock_.SleepFor(options_.breath);
      }
    }
  }
}

asio::awaitable<bool> Scheduler::StepRollout(model::RolloutKey rollout) {
  control::LookAtRolloutIn in{rollout};
  Result<control::RolloutLook> look = co_await runner_.Read(control::LookAtRollout, std::move(in));
  if (!look) {
    Failed("rollouts", look.error());
    co_return false;
  }
  Result<control::StepRolloutOut> out = co_await runner_.Change(control::StepRollout, std::move(*look));
  if (!out) Failed("rollouts", out.error());
  co_return out && out->more;
}

asio::awaitable<void> Scheduler::ForgetOld() {
  for (;;) {
    co_await clock_.SleepFor(options_.retention);
    for (bool more = true; more;) {
      control::ForgetOldIn in;
      Result<control::ForgetOldOut> out = co_await runner_.Change(control::ForgetOld, std::move(in));
      if (!out) Failed("retention", out.error());
      more = out && out->more;
      if (more) co_await clock_.SleepFor(options_.breath);
    }
  }
}

asio::awaitable<void> Scheduler::WriteSeen() {
  for (;;) {
    co_await clock_.SleepFor(options_.seen);
    co_await WriteSeenOnce();
  }
}

asio::awaitable<void> Scheduler::WriteSeenOnce() {
  std::vector<control::Seen> seen = co_await seen_.TakeSeen();
  constexpr auto kSlice = static_cast<std::size_t>(store::kSliceRows);
  for (std::size_t from = 0; from < seen.size(); from += kSlice) {
    const auto begin = seen.begin() + static_cast<std::ptrdiff_t>(from);
    const auto end = seen.begin() + static_cast<std::ptrdiff_t>(std::min(from + kSlice, seen.size()));
    control::TouchMachinesIn in;
    in.seen.assign(std::make_move_iterator(begin), std::make_move_iterator(end));
    Result<control::TouchMachinesOut> out = co_await runner_.Change(control::TouchMachines, std::move(in));
    // What could not be written comes again with the next heart-beats.
    if (!out) Failed("seen", out.error());
  }
}

}  // namespace assist::server::scheduler
