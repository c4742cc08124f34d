// What time does to the state, a slice a call; scheduler decides when. `more`: call again soon.
#pragma once

#include "server/control/context.h"
#include "server/model/keys.h"

namespace assist::server::control {

/// Tasks whose delivery deadline passed and that nobody accepted: presumed Aborted.
struct ExpireDeliveriesIn {
  model::InvocationKey invocation;  ///< Go on with this one below `after`; none: the one most overdue.
  model::TaskKey after;
  /// All its turns are held (waves.h): what waits for one is left alone, and what took one without a word is not.
  bool given_out = false;
};
struct ExpireDeliveriesOut {
  bool more = false;
  ExpireDeliveriesIn next;  ///< With `more`.
};
Result<ExpireDeliveriesOut> ExpireDeliveries(store::Tx& tx, Context& context, const ExpireDeliveriesIn& in);

/// Accepted tasks of agents that have been silent for too long: presumed Error (it ran) or Aborted. An agent of ours
/// that is online keeps its tasks and is waited for; it is asked about those of run-once commands.
struct CloseSilentTasksIn {};
struct CloseSilentTasksOut {
  bool more = false;
};
Result<CloseSilentTasksOut> CloseSilentTasks(store::Tx& tx, Context& context, const CloseSilentTasksIn& in);

/// Schedules whose next due time has passed, splay and grace too, without a word of the agent: presumed overdue, until
/// a report comes.
struct MarkOverdueIn {};
struct MarkOverdueOut {
  bool more = false;
};
Result<MarkOverdueOut> MarkOverdue(store::Tx& tx, Context& context, const MarkOverdueIn& in);

/// History past its time or number, expired nonces and client tokens, machines long gone.
struct ForgetOldIn {};
struct ForgetOldOut {
  bool more = false;
};
Result<ForgetOldOut> ForgetOld(store::Tx& tx, Context& context, const ForgetOldIn& in);

/// Invocations that are being created or stopped in slices, or changed, and the last slice is missing.
struct FindUnfinishedIn {};
struct FindUnfinishedOut {
  std::vector<InvokeId> invocations;  ///< At most 100, oldest first.
};
Result<FindUnfinishedOut> FindUnfinished(store::ReadTx& tx, const ReadContext& context, const FindUnfinishedIn& in);

}  // namespace assist::server::control
