// What an agent says about a schedule, its runs and what was missed. Internal to control: RecordReport calls it.
#pragma once

#include "server/control/record_report.h"
#include "server/model/entities.h"
#include "server/store/tx.h"

namespace assist::server::control {

/// Our agent numbers occurrences; runs of a stock agent are told apart by their start and numbered here.
[[nodiscard]] RecordReportOut RecordScheduleReport(store::Tx& tx, Context& context, const RecordReportIn& in,
                                                   const model::Machine& machine, const model::Invocation& invocation,
                                                   const model::Task& task);

}  // namespace assist::server::control
