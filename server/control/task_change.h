// One event, one task: judged by the model, written, counted. Internal to control.
#pragma once

#include "server/control/context.h"
#include "server/model/entities.h"
#include "server/store/tx.h"

namespace assist::server::control {

/// What the rules need to know of the invocation, now.
[[nodiscard]] model::TaskTerms TermsOf(const model::Invocation& invocation, const ReadContext& context);

/// Applies `event` to `task` and writes it; false when it changes nothing. Of a schedule also its marks and the runs
/// that go on; a report is RecordScheduleReport's.
bool ChangeTask(store::Tx& tx, Context& context, const model::Invocation& invocation, model::Task& task,
                const model::TaskEvent& event);

}  // namespace assist::server::control
