#include "server/control/waves.h"

#include <algorithm>

#include "server/control/stop_invocation.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

/// Of one look for the next machines: tasks that wait, and rows that are gone through for them.
constexpr std::int64_t kMostWaiting = 512;
constexpr std::int64_t kWindow = 8'192;
constexpr std::int64_t kWavesAtATime = 64;

Result<std::optional<model::Share>> ReadShare(std::string_view name, std::string_view reason, const std::string& text,
                                              std::int64_t least) {
  if (text.empty()) return std::optional<model::Share>();
  std::optional<model::Share> share = model::ParseShare(text);
  if (!share || share->number < least) {
    return Fail(Errc::kInvalid,
                std::string(name) + " is a number from " + std::to_string(least) + ", or a share such as 10%", reason);
  }
  return share;
}

/// Nothing more of it starts; what was given out goes on.
void Halt(store::Tx& tx, Context& context, const model::Invocation& invocation) {
  tx.KeepStops(invocation.key, {{}, {}, true});
  // The first slice, which is all of most invocations; scheduler finds what is left.
  const std::optional<model::Invocation> now = tx.LoadInvocation(invocation.key);
  if (now) (void)ContinueStop(tx, context, *now);
}

}  // namespace

Result<std::optional<model::Wave>> MakeWave(const std::string& concurrency, const std::string& errors,
                                            model::RepeatMode mode, std::int64_t targets) {
  constexpr std::string_view kConcurrency = "InvalidParameter.MaxConcurrency";
  constexpr std::string_view kErrors = "InvalidParameter.MaxErrors";
  Result<std::optional<model::Share>> at_a_time = ReadShare("MaxConcurrency", kConcurrency, concurrency, 1);
  if (!at_a_time) return Forward(at_a_time);
  Result<std::optional<model::Share>> failed = ReadShare("MaxErrors", kErrors, errors, 0);
  if (!failed) return Forward(failed);
  if (!*at_a_time && !*failed) return std::optional<model::Wave>();
  if (mode != model::RepeatMode::kOnce) {
    return Fail(Errc::kInvalid,
                std::string(*at_a_time ? "MaxConcurrency" : "MaxErrors") +
                    " is for what runs once: a schedule runs on each machine by itself; Splay spreads its runs",
                *at_a_time ? kConcurrency : kErrors);
  }
  model::Wave wave;
  wave.terms.concurrency = concurrency;
  wave.terms.errors = errors;
  if (*at_a_time) wave.terms.turns = std::max<std::int64_t>(model::ShareOf(**at_a_time, targets), 1);
  if (*failed) wave.terms.max_errors = model::ShareOf(**failed, targets);
  wave.marks.waiting = wave.terms.turns > 0;
  return std::optional<model::Wave>(std::move(wave));
}

void FollowWave(store::Tx& tx, Context& context, const model::Invocation& invocation, const model::TaskProgress& before,
                const model::TaskProgress& after) {
  if (!invocation.wave) return;
  const bool held = model::HoldsTurn(before);
  const bool holds = model::HoldsTurn(after);
  const bool waits = after.state == model::TaskState::kPending && after.delivery == model::Delivery::kNotDelivered;
  // The rest of a stop or a halt changes nothing here.
  if (held == holds && !model::IsError(after.state) && !waits) return;
  const std::optional<model::Invocation> now = tx.LoadInvocation(invocation.key);
  if (!now || !now->wave) return;
  const model::WaveTerms& terms = now->wave->terms;
  model::WaveMarks marks = now->wave->marks;
  marks.taken += (holds ? 1 : 0) - (held ? 1 : 0);
  marks.waiting = marks.waiting || (waits && terms.turns > 0);
  const std::int64_t errors = model::Errors(now->counts);
  const bool halts = !marks.halted && terms.max_errors && errors > *terms.max_errors;
  marks.halted = marks.halted || halts;
  if (marks.halted) marks.waiting = false;
  if (marks != now->wave->marks) tx.SaveWave(now->key, marks);
  if (halts) return Halt(tx, context, *now);
  if (!held || holds || terms.turns == 0 || marks.halted) return;
  // Those that wait could not have it before.
  if (now->delivery_timeout >= std::chrono::seconds(0)) {
    tx.MoveDeliveryDeadline(now->key, context.now + now->delivery_timeout);
  }
  model::Invocation next = *now;
  next.wave->marks = marks;
  WakeNext(tx, context, next);
}

void WakeNext(store::Tx& tx, Context& context, const model::Invocation& invocation) {
  if (!invocation.wave || invocation.creating || invocation.stopping) return;
  const model::Wave& wave = *invocation.wave;
  std::int64_t free = wave.terms.turns - wave.marks.taken;
  if (free <= 0 || !wave.marks.waiting) return;
  model::WaveMarks marks = wave.marks;
  if (invocation.counts.of(model::TaskState::kPending) == 0) {
    marks.waiting = false;
    marks.looked_at = 0;
    return tx.SaveWave(invocation.key, marks);
  }
  const auto found = tx.WaitingTasksOf(invocation.key, {marks.looked_at}, kMostWaiting, kWindow);
  marks.looked_at = found.after.value;
  for (const auto& [task, machine] : found.tasks) {
    if (!context.presence.Of(machine).connected) continue;
    context.effects.wakes.push_back(machine);
    if (--free > 0) continue;
    marks.looked_at = task.value;
    break;
  }
  if (marks != wave.marks) tx.SaveWave(invocation.key, marks);
}

Result<FindWavesOut> FindWaves(store::ReadTx& tx, const ReadContext&, const FindWavesIn&) {
  return FindWavesOut{tx.WavesWithRoom(kWavesAtATime)};
}

Result<WakeNextOut> WakeNextOf(store::Tx& tx, Context& context, const WakeNextIn& in) {
  const std::optional<model::Invocation> invocation = tx.LoadInvocation(in.invocation);
  if (invocation) WakeNext(tx, context, *invocation);
  return WakeNextOut{};
}

}  // namespace assist::server::control
