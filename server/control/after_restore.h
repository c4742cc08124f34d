// What becomes of tasks when the store is an older copy of itself (promise 1 of at most one start).
//
// Our agents tell the highest delivery number they have had, so fetch_tasks.h finds out for each of them. Stock agents
// tell nothing: what they were given between the copy and now would be offered once more and start twice. So what had
// not ended on their machines when the copy was made becomes unknown before anybody fetches.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/result.h"
#include "server/control/context.h"
#include "server/model/paging.h"
#include "server/store/tx.h"

namespace assist::server::control {

struct AfterRestoreIn {
  std::optional<model::Position> after;  ///< Go on behind this machine.
};
struct AfterRestoreOut {
  std::int64_t unknown = 0;             ///< Tasks changed in this slice.
  std::optional<model::Position> next;  ///< Absent: that was the last machine.
};
/// The next hundred machines. No invocation may be half written (FindUnfinished). Tasks that may start twice
/// (repeatable invocations) and schedules are left as they are.
Result<AfterRestoreOut> AfterRestore(store::Tx& tx, Context& context, const AfterRestoreIn& in);

}  // namespace assist::server::control
