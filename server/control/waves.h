// Waves (model/wave.h): what happens when a task takes a turn or gives it back, and when too many have failed.
//
// A turn is taken when a task goes out (fetch_tasks) and given back when it ends, whatever ends it: both stand in the
// transaction of that change, so no more tasks are out than there are turns, whoever asks at whatever time. Who is
// next is not reserved: machines that are connected are woken in the order of the call, as many as turns are free, and
// whoever asks first gets one. So a machine that is away holds nobody up, and one that comes back may get a turn at
// once. The scheduler looks again, in case the woken ones do not come.
#pragma once

#include "server/control/context.h"
#include "server/model/entities.h"

namespace assist::server::control {

/// MaxConcurrency and MaxErrors as the caller gave them; empty: not given. None when neither was. Of a wave that is to
/// run more than once, or of a text of the wrong form: InvalidParameter.MaxConcurrency, InvalidParameter.MaxErrors.
Result<std::optional<model::Wave>> MakeWave(const std::string& concurrency, const std::string& errors,
                                            model::RepeatMode mode, std::int64_t targets);

/// After a task of `invocation` went from `before` to `after` and was written. Of one without a wave: nothing.
void FollowWave(store::Tx& tx, Context& context, const model::Invocation& invocation, const model::TaskProgress& before,
                const model::TaskProgress& after);

/// Wakes machines for the turns that are free.
void WakeNext(store::Tx& tx, Context& context, const model::Invocation& invocation);

/// Scheduler: waves with free turns, and the next machines of each.
struct FindWavesIn {};
struct FindWavesOut {
  std::vector<model::InvocationKey> waves;
};
Result<FindWavesOut> FindWaves(store::ReadTx& tx, const ReadContext& context, const FindWavesIn& in);
struct WakeNextIn {
  model::InvocationKey invocation;
};
struct WakeNextOut {};
Result<WakeNextOut> WakeNextOf(store::Tx& tx, Context& context, const WakeNextIn& in);

}  // namespace assist::server::control
